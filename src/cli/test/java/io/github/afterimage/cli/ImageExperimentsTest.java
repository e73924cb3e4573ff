package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The paper's experiments on images in the real formats, of three colours, through a network that knows colours. */
class ImageExperimentsTest {
    private static final String TO_TWO_PIXELS = "resize=2";

    @TempDir
    private Path folder;

    private final Random random = new Random(5);

    /** CIFAR-100's binary layout: coarse label, label, 32 x 32 red, green and blue. Class c shows colour c mod 3. */
    private void cifar100(String name, int records) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < records; i++) {
            int label = i % 6;
            bytes.write(0);
            bytes.write(label);
            for (int value = 0; value < 3072; value++) {
                int base = value / 1024 == label % 3 ? 150 : 60;
                bytes.write(base + (label < 3 ? 0 : 40) + random.nextInt(40));
            }
        }
        Path inner = Files.createDirectories(folder.resolve("cifar-100-binary"));
        Files.write(inner.resolve(name), bytes.toByteArray());
    }

    private String images(String name, int perClass) throws IOException {
        for (int label = 0; label < 3; label++) {
            Path inner = Files.createDirectories(folder.resolve(name).resolve("class" + label));
            for (int i = 0; i < perClass; i++) {
                BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
                for (int pixel = 0; pixel < 16; pixel++) {
                    image.setRGB(pixel % 4, pixel / 4, (100 + random.nextInt(100)) << 16 - 8 * label | 0x202020);
                }
                ImageIO.write(image, "png", inner.resolve(i + ".png").toFile());
            }
        }
        return "images:" + folder.resolve(name);
    }

    @Test
    void holdsOutTheLastTrainingImagesOfCifar100() throws IOException {
        cifar100("train.bin", 240);
        cifar100("test.bin", 60);
        Map<String, Object> found = Run.json(
                "reproduce table1 --model %s --data cifar100:%s --flip --hold-out 60 --layers hidden --layers flat*2,logits --preprocess %s --neighbors 5 --work %s",
                ColourModel.write(folder.resolve("net.onnx"), 1, 100), folder, TO_TWO_PIXELS, folder.resolve("work"));
        for (Map<String, Object> block : Run.objects(found, "blocks")) {
            assertThat(block).containsEntry("keys", 480).containsEntry("examples", 60);
            Map<?, ?> tuning = (Map<?, ?>) block.get("tuning");
            assertThat(tuning.get("keys")).isEqualTo(360);
            assertThat(tuning.get("examples")).isEqualTo(120);
        }
    }

    @Test
    void takesAsManyImagesOfEachClassAndHalvesTheValidationSetOfAFolder() throws IOException {
        Map<String, Object> found = Run.json(
                "reproduce table1 --model %s --data %s --test %s --per-class 4 --layers hidden --preprocess %s --neighbors 3 --work %s",
                ColourModel.write(folder.resolve("net.onnx")),
                images("train", 9),
                images("val", 10),
                TO_TWO_PIXELS,
                folder.resolve("work"));
        Map<String, Object> block = Run.objects(found, "blocks").get(0);
        assertThat(block).containsEntry("keys", 12).containsEntry("examples", 15);
        assertThat(Run.objects(block, "methods").get(2)).containsEntry("error", 0.0);
    }

    @Test
    void sweepsAllLayersFromTheImageToTheOutput() throws IOException {
        Object[] command = onColours("reproduce layers --reduce pca:4 --work %s", folder.resolve("work"));
        Map<String, Object> found = Run.json(command);
        List<Map<String, Object>> layers = Run.objects(found, "layers");
        assertThat(layers).extracting(layer -> layer.get("layer")).containsExactly("image", "flat", "hidden", "logits");
        assertThat(layers).extracting(layer -> layer.get("keyDim")).containsExactly(4, 4, 4, 3);
        assertThat(layers).extracting(layer -> layer.get("cacheOnlyError")).containsOnly(0.0);
        Run.reported(command).containsEntry("partsComputed", 0).containsEntry("partsReused", 3);
        Run.printed(command).contains("pca:4 learned from 27 examples, f32; each layer alone");
        Run.refused(command, "--layers", "conv*").contains("no layer is called \"conv*\"");
    }

    private Object[] onColours(Object... command) throws IOException {
        Path model = ColourModel.write(folder.resolve("net.onnx"));
        String data = images("train", 9);
        String test = images("val", 10);
        return new Object[] {command, "--model", model, "--data", data, "--test", test, "--preprocess", TO_TWO_PIXELS};
    }
}
