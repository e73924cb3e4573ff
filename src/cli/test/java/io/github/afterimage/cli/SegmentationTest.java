package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures of a red object on blue ground, both noisy; the masks say which is which. */
class SegmentationTest {
    private static final int SIDE = PatchModel.SIDE;
    private static final int VOID = 255;

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private Path model;

    @BeforeEach
    void writeModel() throws IOException {
        model = PatchModel.write(folder.resolve("net.onnx"));
    }

    @Test
    void aMemoryOfPatchesFindsTheObjectInOtherPictures() throws IOException {
        Path page = folder.resolve("page.html");
        Map<String, Object> found = Run.json(
                "measure segmentation --model %s --layers patches --train %s --validation %s --test %s --classes ground,object "
                        + "--sizes 100,1000000 --nearest 5 --theta 1,30 --page %s",
                model, set("train", 4), set("val", 2), set("test", 3), page);
        List<Map<String, Object>> results = Run.objects(found, "results");
        assertThat(results).as("seed %d", seed).hasSize(4).allSatisfy(result -> {
            assertThat((double) result.get("meanIou")).isGreaterThan(0.9);
            assertThat((double) result.get("accuracy")).isGreaterThan(0.95);
        });
        assertThat(results).extracting(result -> result.get("keys")).containsExactly(100, 100, patches(4), patches(4));
        assertThat(results).extracting(result -> result.get("nearest")).containsExactly(0, 5, 0, 5);
        assertThat(Run.objects(found, "classes"))
                .extracting(one -> one.get("class"))
                .containsExactly("ground", "object");
        assertThat(Files.readString(page)).contains("data:image/png", "> ground <", "> object <");
    }

    @Test
    void withoutTestPicturesItMeasuresOnThoseOfValidation() throws IOException {
        Map<String, Object> found = Run.json(
                "measure segmentation --model %s --layers patches --train %s --validation %s --classes ground,object "
                        + "--sizes 50 --theta 30",
                model, set("train", 2), set("val", 1));
        assertThat(Run.objects(found, "results")).as("seed %d", seed).hasSize(2).allSatisfy(result -> assertThat(result)
                .containsKey("validationMeanIou")
                .doesNotContainKey("meanIou"));
    }

    @Test
    void refusesPicturesWithoutMasksAndFoldersWithoutPictures() throws IOException {
        String options =
                "measure segmentation --model %s --layers patches --validation a:b --classes ground,object --train ";
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThat(Run.failure(ExitCode.CORRUPT, options + "%s:%s", model, empty, empty))
                .contains("empty has no images");
        write(empty.resolve("0.png"), new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB));
        assertThat(Run.failure(ExitCode.CORRUPT, options + "%s:%s", model, empty, folder))
                .contains("0.png has no mask: expected");
        assertThat(Run.failure(ExitCode.USAGE, options + "%s", model, empty))
                .contains("expected the folders of images and of masks");
    }

    @Test
    void refusesAPageInPlaceOfAMaskAndMasksWithoutAClass() throws IOException {
        String train = set("train", 1);
        String command =
                "measure segmentation --model %s --layers patches --train %s --validation %s --classes ground,object";
        Path mask = folder.resolve("trainannot/0.png");
        byte[] before = Files.readAllBytes(mask);
        assertThat(Run.failure(ExitCode.USAGE, command + " --page %s", model, train, train, mask))
                .contains("expected a name that ends in .html");
        assertThat(Files.readAllBytes(mask)).isEqualTo(before);
        BufferedImage unmarked = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < SIDE * SIDE; i++) {
            unmarked.getRaster().setSample(i % SIDE, i / SIDE, 0, VOID);
        }
        write(mask, unmarked);
        assertThat(Run.failure(ExitCode.USAGE, command, model, train, train))
                .contains("the masks of the training images have no pixel of the classes 0 to 1, but 255");
        assertThat(Run.failure(ExitCode.USAGE, command, model, set("other", 1), train))
                .contains("the masks of the validation images have no pixel of the classes 0 to 1, but 255");
    }

    @Test
    void saysHowManyPixelsDoNotCount() throws IOException {
        String train = set("train", 1);
        String command =
                "measure segmentation --model %s --layers patches --train %s --validation %s --sizes 50 --theta 30";
        Map<String, Object> found = Run.json(command + " --classes ground,object", model, train, train);
        assertThat(Run.objects(found, "uncounted"))
                .containsExactly(
                        Map.of("images", "training", "share", 1.0 / SIDE, "numbers", List.of(VOID)),
                        Map.of("images", "validation", "share", 1.0 / SIDE, "numbers", List.of(VOID)));
        assertThat(Run.done(command + " --classes ground,object", model, train, train)
                        .out())
                .containsPattern("training masks +3\\.13 % +of the pixels have no class and do not count: 255");
    }

    @Test
    void refusesAMaskOfAnotherSizeAndNamesBothFiles() throws IOException {
        String train = set("train", 1);
        Path mask = folder.resolve("trainannot/0.png");
        write(mask, new BufferedImage(SIDE, SIDE / 2, BufferedImage.TYPE_BYTE_GRAY));
        assertThat(Run.failure(
                        ExitCode.CORRUPT,
                        "measure segmentation --model %s --layers patches --train %s --validation %s --classes ground,object",
                        model,
                        train,
                        train))
                .contains(mask + " has 32 x 16 pixels: expected 32 x 32, as " + folder.resolve("train/0.png") + " has");
    }

    @Test
    void namesThePictureThatDoesNotFitTheNetwork() throws IOException {
        String train = set("train", 1);
        Path picture = folder.resolve("train/0.png");
        write(picture, new BufferedImage(SIDE, SIDE / 2, BufferedImage.TYPE_INT_RGB));
        write(folder.resolve("trainannot/0.png"), new BufferedImage(SIDE, SIDE / 2, BufferedImage.TYPE_BYTE_GRAY));
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "measure segmentation --model %s --layers patches --train %s --validation %s --classes ground,object",
                        model,
                        train,
                        train))
                .startsWith("afterimage: " + picture + ": ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --classes a,b,a | --classes "a,b,a": the name of class 2 is that of class 0
                    --classes a,,b | --classes "a,,b": the name of class 1 is empty
                    --classes a | --classes "a": expected two or more
                    --classes a,b --sizes 5,5 | --sizes 5,5: expected positive numbers of patches in ascending order
                    --classes a,b --nearest 0 | --nearest 0: expected a positive number of keys
                    --classes a,b --theta 1,NaN | --theta NaN: expected a finite number
                    """)
    void refusesWhatHasNoMeaning(String options, String message) {
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "measure segmentation --model %s --layers patches --train a:b --validation a:b",
                        model,
                        options.split(" ")))
                .startsWith("afterimage: " + message);
    }

    @Test
    void helpMarksWhatIsRequired() {
        for (String command : new String[] {"measure segmentation", "measure video"}) {
            assertThat(Run.done(command, "--help").out()).contains("*     --model", "*     --layers");
        }
    }

    /** All patches: half of each patch in the first row counts. */
    private static int patches(int pictures) {
        return pictures * SIDE / 2 * SIDE / 2;
    }

    private String set(String name, int pictures) throws IOException {
        Path images = Files.createDirectory(folder.resolve(name));
        Path masks = Files.createDirectory(folder.resolve(name + "annot"));
        for (int i = 0; i < pictures; i++) {
            BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
            BufferedImage mask = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
            int left = 2 * random.nextInt(SIDE / 4);
            int top = 2 * random.nextInt(SIDE / 4);
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    boolean object = x >= left && x < left + SIDE / 2 && y >= top && y < top + SIDE / 2;
                    int noise = random.nextInt(80);
                    image.setRGB(x, y, object ? 0xb00000 | noise << 8 | noise : 0x0000b0 | noise << 8 | noise << 16);
                    mask.getRaster().setSample(x, y, 0, y == 0 ? VOID : object ? 1 : 0);
                }
            }
            write(images.resolve(i + ".png"), image);
            write(masks.resolve(i + ".png"), mask);
        }
        return images + ":" + masks;
    }

    private static void write(Path file, BufferedImage image) throws IOException {
        ImageIO.write(image, "png", file.toFile());
    }
}
