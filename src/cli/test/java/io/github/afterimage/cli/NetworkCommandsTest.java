package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Preprocessing;
import io.github.afterimage.model.network.Preset;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that run a network, a tiny one: it tells red, green and blue images apart. */
class NetworkCommandsTest {
    @TempDir
    private Path folder;

    private Path model;
    private Path index;

    @BeforeEach
    void write() throws IOException {
        model = ColourModel.write(folder.resolve("colours.onnx"));
        index = folder.resolve("index.safetensors");
    }

    /** Images of one colour each, 2 x 2, of that class. */
    private String images(String name, int... colours) throws IOException {
        float[] values = new float[colours.length * 12];
        for (int i = 0; i < colours.length; i++) {
            for (int pixel = 0; pixel < 4; pixel++) {
                values[i * 12 + colours[i] * 4 + pixel] = 1;
            }
        }
        return NpzFile.images(folder.resolve(name + ".npz"), values, 2, colours);
    }

    private Path png(String name, int rgb, int side) throws IOException {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < side * side; i++) {
            image.setRGB(i % side, i / side, rgb);
        }
        Path file = folder.resolve(name);
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private void build(Object... more) throws IOException {
        String keys = images("keys", 0, 1, 2);
        Run.done("build --model %s --layers hidden --data %s --out %s", model, keys, index, more);
    }

    @Test
    void listsLayersWithTheirSizes() throws IOException {
        Run.printed("layers %s", model).containsPattern("hidden +Relu +12 +12 +48 B");
        assertThat(Run.objects(Run.json("layers %s", model), "layers"))
                .contains(
                        Map.of("name", "hidden", "operator", "Relu", "shape", List.of(12), "values", 12, "bytes", 48));
    }

    @Test
    void buildsTunesAndEvaluates() throws IOException {
        build("--flip");
        Map<String, Object> info = Run.json("info %s", index);
        assertThat(info).containsEntry("keys", 6).containsEntry("dim", 12).containsEntry("classes", 3);
        Map<?, ?> attributes = (Map<?, ?>) info.get("attributes");
        assertThat((String) attributes.get("data")).endsWith("keys.npz +mirrors");
        Run.printed("info %s", index).contains("layers hidden", "sha256 ", "tuned", "logits");
        String test = images("test", 2, 2, 1, 0);
        Run.done("tune --index %s --model %s --data %s --theta 2 --lambda 0.5 --save", index, model, test);
        Run.reported("evaluate --index %s --model %s --data %s", index, model, test)
                .containsEntry("examples", 4)
                .containsEntry("networkError", 0.0)
                .containsEntry("togetherError", 0.0)
                .containsEntry("memoryError", 0.0)
                .containsKey("networkImagesPerSecond");
    }

    /** The values are those of scipy.ndimage.gaussian_filter, scaled to unit norm. */
    @Test
    void blursImagesBeforeTheNetworkSeesThem() throws IOException {
        float[] corner = new float[12];
        corner[4] = 1;
        String images = NpzFile.images(folder.resolve("corner.npz"), corner, 2, new int[] {1});
        Path out = folder.resolve("blurred.safetensors");
        Run.done("features --model %s --layers hidden --data %s --blur 0.6 --out %s", model, images, out);
        float[] expected = new float[12];
        System.arraycopy(new float[] {0.9593772f, 0.19741477f, 0.19741477f, 0.0406228f}, 0, expected, 4, 4);
        FloatBuffer found = FloatBuffer.allocate(12);
        try (FeatureSet features = FeatureSet.open("features:" + out)) {
            features.read(0, 1, found);
        }
        assertThat(found.array()).containsExactly(expected, within(1e-6f));
    }

    /**
     * Values are 0.5 in the image's own channel and -0.5 in the others, so flat's products of two colours sum to -1, its
     * squares to 3, hidden's to 0 and 1: a score of -a² / (3 a² + b²) with weights a and b.
     */
    @Test
    void weightsOfLayersAreKeptWithTheIndexAndUsedForQueries() throws IOException {
        String keys = images("keys", 0, 1, 2);
        Run.done(
                "build --model %s --layers flat*0.5,hidden*2 --preprocess mean=0.5 --data %s --out %s",
                model, keys, index);
        Run.printed("info %s", index).contains("layers flat*0.5, hidden*2");
        Map<String, Object> found = Run.json(
                "predict --index %s --model %s --theta 1 --lambda 0.5 %s", index, model, png("green.png", 0x00ff00, 2));
        List<Map<String, Object>> neighbors =
                Run.objects(Run.objects(found, "predictions").get(0), "neighbors");
        assertThat(((Number) neighbors.get(0).get("score")).doubleValue()).isCloseTo(1, within(1e-6));
        assertThat(((Number) neighbors.get(1).get("score")).doubleValue()).isCloseTo(-0.25 / 4.75, within(1e-6));
        assertThat(refusal(ExitCode.USAGE, model, "flat*-1", keys))
                .contains("\"flat*-1.0\": expected a positive weight");
    }

    private String folders(String name, int copies) throws IOException {
        int[] colours = {0xff0000, 0x00ff00, 0x0000ff};
        for (int i = 0; i < 3; i++) {
            Path inner = Files.createDirectories(
                    folder.resolve(name).resolve(List.of("rose", "leaf", "sky").get(i)));
            for (int copy = 0; copy < copies; copy++) {
                png(folder.relativize(inner.resolve(copy + ".png")).toString(), colours[i], 2);
            }
        }
        return "images:" + folder.resolve(name);
    }

    @Test
    void aNetworkOfOtherClassesServesAsABackbone() throws IOException {
        Path other = ColourModel.write(folder.resolve("five.onnx"), 1, 5);
        String photos = folders("photos", 2);
        Object[] build = {"build --model %s --layers hidden --data %s --out %s", other, photos, index};
        Run.printed(build).contains("the network's 5 classes are not the 3 of the images: the memory answers alone");
        Run.reported("info %s", index)
                .containsEntry("classes", 3)
                .containsEntry("classNames", List.of("leaf", "rose", "sky"));
        Object[] on = {"--index %s --model %s --data %s", index, other, photos};
        assertThat(Run.warned("these find themselves", "tune", on, "--save", "--json")
                        .object())
                .containsEntry("verdict", "memory-alone")
                .containsEntry("memoryAlone", true);
        assertThat(Run.warned("these find themselves", "evaluate", on).out())
                .contains("the memory answers alone")
                .containsPattern("memory alone +0\\.00 %");
        Path spare = folder.resolve("spare.safetensors");
        Run.done("convert %s --spare-classes 2 --out %s", index, spare);
        assertThat(Run.warned("these find themselves", "tune --index %s --model %s --data %s", spare, other, photos)
                        .out())
                .as("spare classes are neither the network's nor of the images")
                .contains("the network's 5 classes are not the 3 of the images");
        Path green = png("green.png", 0x00ff00, 2);
        Map<String, Object> found = Run.json("predict --index %s --model %s %s", index, other, green);
        assertThat(Run.objects(found, "predictions").get(0))
                .containsEntry("name", "leaf")
                .doesNotContainKey("networkLabel");
        Run.printed("predict --index %s --model %s %s", index, other, green)
                .contains("green.png: leaf")
                .doesNotContain("p_net");
        try (CacheModel cacheModel = CacheModel.open(other, index)) {
            Classification answer = cacheModel.classify(Image.read(green));
            assertThat(answer.name()).isEqualTo("leaf");
            assertThat(answer.hasNetwork()).isFalse();
            assertThat(answer.candidate(answer.label()).network()).isNaN();
            assertThat(answer.probability())
                    .isEqualTo(answer.candidate(answer.label()).memory());
        }
        Run.refused("reproduce jacobian --index %s --model %s --data %s --space image", index, other, photos)
                .contains("other classes than its network");
    }

    @Test
    void asManyOtherClassesAreNamedSo() throws IOException {
        build("--memory-alone");
        String test = images("test", 2, 1);
        Run.reported("evaluate --index %s --model %s --data %s", index, model, test)
                .containsEntry("memoryAlone", true)
                .containsEntry("memoryErrors", 0)
                .doesNotContainKey("networkError");
    }

    @Test
    void writesFeaturesOfLayersWithoutAnIndex() throws IOException {
        Path features = folder.resolve("features.safetensors");
        Object[] command = {
            "features --model %s --layers flat,hidden --data %s --out %s", model, images("some", 0, 1, 1), features
        };
        Run.reported(command)
                .containsEntry("examples", 3)
                .containsEntry("keyDim", 24)
                .containsEntry("probabilities", true);
        try (FeatureSet set = FeatureSet.open("features:" + features)) {
            assertThat(set.labels()).containsExactly(0, 1, 1);
            assertThat(set.probabilityClasses()).hasValue(3);
            float[] row = new float[24];
            set.read(0, 1, FloatBuffer.wrap(row));
            assertThat(row[0]).isCloseTo((float) Math.sqrt(1 / 8.0), within(1e-6f));
        }
        Run.refused("features --model %s --data %s --out %s", model, images("s", 0), features)
                .contains("--index INDEX", "--layers");
        build();
        Run.refused(command, "--index", index).contains("leave them out with --index");
    }

    @Test
    void foldersInAnotherOrderThanTheNetworksClassesAreNamed() throws IOException {
        String photos = folders("photos", 6); // sorted, leaf is class 0, which is red for the network
        Object[] build = {"build --model %s --layers hidden --data %s --out %s --json", model, photos, index};
        Run run = Run.of(build);
        assertThat(run.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(run.err())
                .startsWith(
                        "afterimage: warning: the network errs on 66.67 % of the examples, since the labels look permuted")
                .contains("\"leaf\" is its class 1, \"rose\" is its class 0", "it errs on 0.00 %");
        assertThat((List<?>) run.object().get("warnings")).hasSize(1);
        assertThat(run.object()).containsEntry("networkError", 2 / 3.0);
        Run evaluated = Run.of("evaluate --index %s --model %s --data %s --theta 5 --lambda 0.5", index, model, photos);
        assertThat(evaluated.err()).contains("labels look permuted");
    }

    @Test
    void preprocessesImagesAsTheIndexRecords() throws IOException {
        build("--preprocess", "resize=2");
        Path large = png("large.png", 0x0000ff, 9);
        Run.printed("predict --index %s --model %s --theta 1 --lambda 0.5 %s", index, model, large)
                .contains("large.png: class 2");
        Run.printed("info %s", index).containsPattern("preprocess +resize=2");
    }

    @Test
    void refusesNetworksLayersAndSettingsThatDoNotExist() throws IOException {
        String data = images("keys", 0, 1, 2);
        Path missing = folder.resolve("missing.onnx");
        assertThat(refusal(ExitCode.FAILED, missing, "hidden", data)).contains("missing.onnx");
        Path text = Files.writeString(folder.resolve("text.onnx"), "not a network");
        assertThat(refusal(ExitCode.FAILED, text, "hidden", data)).contains("text.onnx");
        assertThat(refusal(ExitCode.USAGE, model, "hiden", data)).contains("\"hiden\"", "hidden");
        assertThat(refusal(ExitCode.USAGE, model, "hidden", data, "--output", "nothing"))
                .contains("nothing");
        assertThat(refusal(ExitCode.USAGE, model, "hidden", data, "--preprocess", "scale=loud"))
                .contains("scale=loud");
        assertThat(refusal(ExitCode.USAGE, model, "hidden", data, "--classes", "3"))
                .contains("--classes");
        assertThat(refusal(ExitCode.FAILED, model, "hidden", "npz:" + missing)).contains("missing.onnx");
        assertThat(index).doesNotExist();
    }

    private String refusal(int exitCode, Path network, String layer, String data, Object... more) {
        String build = "build --model %s --layers %s --data %s --out %s";
        return Run.failure(exitCode, build, network, layer, data, index, more);
    }

    @Test
    void refusesAnotherNetworkThanTheOneTheIndexWasMadeWith() throws IOException {
        build();
        Path other = ColourModel.write(folder.resolve("other.onnx"), 5);
        Run.refused("evaluate --index %s --model %s --theta 1 --lambda 0.5 --data %s", index, other, images("test", 0))
                .contains("other.onnx", "sha256");
        Run.refused("evaluate --index %s --theta 1 --lambda 0.5 --data %s", index, images("test", 0))
                .contains("--model");
    }

    @Test
    void namesTheFileOfAnImageThatDoesNotFit() throws IOException {
        for (String name : List.of("blue", "green", "red")) {
            Files.createDirectories(folder.resolve("classes").resolve(name));
            png("classes/" + name + "/good.png", 0xff, 2);
        }
        png("classes/red/wide.png", 0xff, 3);
        Run.failed(
                        ExitCode.FAILED,
                        "build --model %s --layers hidden --data images:%s --out %s",
                        model,
                        folder.resolve("classes"),
                        index)
                .contains("red/wide.png: an image of 3x3 does not fit the network's 2x2");
    }

    @Test
    void namesAnImageWhoseKeyIsAllZerosOrLeavesItOut() throws IOException {
        for (String name : List.of("a", "b", "c")) {
            Files.createDirectories(folder.resolve("set").resolve(name));
        }
        png("set/a/red.png", 0xff0000, 2);
        png("set/b/black.png", 0, 2);
        png("set/c/blue.png", 0x0000ff, 2);
        Run.failed(
                        ExitCode.FAILED,
                        "build --model %s --layers hidden --data images:%s --out %s",
                        model,
                        folder.resolve("set"),
                        index)
                .containsPattern("example \\d \\(b/black\\.png\\) is all zeros and has no direction: remove it");
        for (String reduction : List.of("hadamard:8", "pca:1")) {
            Run run = Run.of(
                    "build --model %s --layers hidden --data images:%s --skip-broken --reduce %s --out %s --json",
                    model, folder.resolve("set"), reduction, index);
            assertThat(run.err()).contains("1 image left out, because the layers are zero for them: b/black.png");
            assertThat(run.object()).containsEntry("keys", 2).containsEntry("leftOut", 1);
        }
    }

    @Test
    void previewWritesTheImageAsTheNetworkSeesIt() throws IOException {
        BufferedImage wide = new BufferedImage(8, 4, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 32; i++) {
            wide.setRGB(i % 8, i / 8, i % 8 < 2 || i % 8 >= 6 ? 0xffffff : 0xff8000);
        }
        Path image = folder.resolve("wide.png");
        ImageIO.write(wide, "png", image.toFile());
        Path out = folder.resolve("seen.png");

        Map<String, Object> report = Run.json("preview %s %s --preprocess caffe --out %s", model, image, out);

        assertThat(report)
                .containsEntry("preprocessing", "resize=2,crop=2,order=bgr,scale=255,mean=104:117:123")
                .containsEntry("width", 2)
                .containsEntry("height", 2);
        BufferedImage seen = ImageIO.read(out.toFile());
        assertThat(List.of(seen.getWidth(), seen.getHeight())).containsExactly(2, 2);
        assertThat(Run.objects(report, "channels")).hasSize(3);
        double blue = (seen.getRGB(0, 0) & 0xff) - 104; // the first channel, as far as the picture's bytes say
        assertThat((Double) Run.objects(report, "channels").get(0).get("mean")).isCloseTo(blue, within(0.51));
        assertThat((Double) Run.objects(report, "channels").get(2).get("mean")).isCloseTo(255 - 123, within(1e-3));
        Run.printed("preview %s %s --preprocess caffe --out %s", model, image, out)
                .contains("preprocessing resize=2,crop=2,order=bgr", "channel", "132.000");
    }

    @Test
    void aPictureThatTheHeapCannotHoldIsNotCalledDamaged() throws Exception {
        Path large = folder.resolve("large.png");
        ImageIO.write(new BufferedImage(4000, 4000, BufferedImage.TYPE_3BYTE_BGR), "png", large.toFile());
        Process process = new ProcessBuilder(JavaCommand.of(
                        List.of("-Xmx40m"),
                        Afterimage.class,
                        "preview",
                        model.toString(),
                        large.toString(),
                        "--out=" + folder.resolve("seen.png")))
                .redirectErrorStream(true)
                .start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("afterimage: the Java heap is full (" + large
                        + " has too many pixels for it): give it more with java -Xmx4g -jar ...\n");
        assertThat(process.waitFor()).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void aWrongPresetIsAnErrorThatListsTheNames() throws IOException {
        Run.refused("layers %s --preprocess imagnet", model)
                .contains(
                        "preprocessing \"imagnet\": expected one of none, imagenet, imagenet-tf, caffe, clip, or steps");
    }

    @Test
    void featuresKeepTheNamesOfTheImages() throws IOException {
        Path features = folder.resolve("named.safetensors");
        Path index = folder.resolve("index.safetensors");
        ColourModel.picture(folder.resolve("pictures/a/one.bmp"), 0);
        ColourModel.picture(folder.resolve("pictures/b/two.bmp"), 1);
        ColourModel.picture(folder.resolve("pictures/c/three.bmp"), 2);
        Run.done(
                "features --model %s --layers hidden --data images:%s --out %s",
                model, folder.resolve("pictures"), features);
        Run.done("build --data features:%s --out %s", features, index);
        try (CacheIndex built = CacheIndex.open(index)) {
            assertThat(built.list(0, 3))
                    .extracting(KeyEntry::name)
                    .containsExactly("a/one.bmp", "b/two.bmp", "c/three.bmp");
        }
    }

    @Test
    void helpWritesEveryPresetOut() {
        String help = Run.done("help preprocess").out().replaceAll("\\s+", "");
        for (Preset preset : Preset.values()) {
            Preprocessing steps = preset.steps(224, 224);
            assertThat(help).contains(preset.text());
            List<String> written = Arrays.stream(steps.toString().split(","))
                    .filter(step ->
                            preset != Preset.CLIP || !step.matches("(mean|std)=.*")) // as published, not as float
                    .toList();
            assertThat(help).contains(written);
        }
    }
}
