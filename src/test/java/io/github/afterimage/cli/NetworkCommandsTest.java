package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that run a network, a tiny one: it tells red, green and blue images apart. */
class NetworkCommandsTest {
    private static final double THETA = Math.log(3);

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
        return "npz:"
                + new NpzFile()
                        .floats("images", values, colours.length, 3, 2, 2)
                        .labels(colours)
                        .write(folder.resolve(name + ".npz"));
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
        List<Object> first = List.of(
                "build", "--model", model, "--layers", "hidden", "--data", images("keys", 0, 1, 2), "--out", index);
        Run.done(Run.join(first, more));
    }

    @Test
    void listsLayersWithTheirSizes() throws IOException {
        assertThat(Run.done("layers", model).out()).containsPattern("hidden +Relu +12 +12 +48 B");
        assertThat(Run.objects(Run.json("layers", model), "layers"))
                .contains(
                        Map.of("name", "hidden", "operator", "Relu", "shape", List.of(12), "values", 12, "bytes", 48));
    }

    @Test
    void buildsTunesAndEvaluates() throws IOException {
        build("--flip");
        Map<String, Object> info = Run.json("info", index);
        assertThat(info).containsEntry("keys", 6).containsEntry("dim", 12).containsEntry("classes", 3);
        Map<?, ?> attributes = (Map<?, ?>) info.get("attributes");
        assertThat((String) attributes.get("data")).endsWith("keys.npz +mirrors");
        assertThat(Run.done("info", index).out()).contains("layers hidden", "sha256 ", "tuned", "logits");
        String test = images("test", 2, 2, 1, 0);
        Run.done(
                "tune",
                "--index",
                index,
                "--model",
                model,
                "--data",
                test,
                "--theta",
                "2",
                "--lambda",
                "0.5",
                "--save");
        assertThat(Run.json("evaluate", "--index", index, "--model", model, "--data", test))
                .containsEntry("examples", 4)
                .containsEntry("networkError", 0.0)
                .containsEntry("mixedError", 0.0)
                .containsEntry("cacheOnlyError", 0.0)
                .containsKey("networkImagesPerSecond");
    }

    @Test
    void preprocessesImagesAsTheIndexRecords() throws IOException {
        build("--preprocess", "resize=2");
        Path large = png("large.png", 0x0000ff, 9);
        assertThat(Run.done("predict", "--index", index, "--model", model, "--theta", 1, "--lambda", 0.5, large)
                        .out())
                .contains("large.png: class 2");
        assertThat(Run.done("info", index).out()).containsPattern("preprocess +resize=2");
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
        List<Object> first = List.of("build", "--model", network, "--layers", layer, "--data", data, "--out", index);
        return Run.failure(exitCode, Run.join(first, more));
    }

    @Test
    void refusesAnotherNetworkThanTheOneTheIndexWasMadeWith() throws IOException {
        build();
        Path other = ColourModel.write(folder.resolve("other.onnx"), 5);
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "evaluate",
                        "--index",
                        index,
                        "--model",
                        other,
                        "--theta",
                        1,
                        "--lambda",
                        0.5,
                        "--data",
                        images("test", 0)))
                .contains("other.onnx", "sha256");
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "evaluate",
                        "--index",
                        index,
                        "--theta",
                        1,
                        "--lambda",
                        0.5,
                        "--data",
                        images("test", 0)))
                .contains("--model");
    }
}
