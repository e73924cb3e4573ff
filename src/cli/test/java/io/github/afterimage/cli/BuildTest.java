package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuildTest {
    @TempDir
    private Path folder;

    private Path out() {
        return folder.resolve("index.safetensors");
    }

    private String features(float[] values, int dim, int... labels) throws IOException {
        return NpzFile.features(folder.resolve("features.npz"), values, labels);
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "bf16", "i8"})
    void buildsFromFeaturesInEveryElementType(String type) throws IOException {
        String data = features(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 0, 4, 2);
        Run.reported("build --data %s --dtype %s --out %s", data, type, out())
                .containsEntry("keys", 3)
                .containsEntry("dim", 3)
                .containsEntry("classes", 5)
                .containsEntry("type", type)
                .containsEntry("bytes", (int) Files.size(out()))
                .containsKeys("seconds", "keysPerSecond", "saveSeconds");
        Run.reported("info %s", out()).containsEntry("type", type).containsEntry("keys", 3);
        Run.printed("check %s", out()).contains("ok");
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void recordsWhatAnIndexWasMadeFrom() throws IOException {
        String data = features(new float[] {1, 2}, 1, 0, 1);
        Run.done("build --data %s --out %s", data, out());
        Map<?, ?> attributes = (Map<?, ?>) Run.json("info %s", out()).get("attributes");
        assertThat(attributes.get("data")).isEqualTo(data);
        assertThat(attributes.get("created by")).isEqualTo("afterimage " + Version.text());
    }

    @Test
    void takesTheNumberOfClassesThatLabelsDoNotTell() throws IOException {
        String data = features(new float[] {1, 2}, 1, 0, 1);
        Run.reported("build --data %s --classes 7 --out %s", data, out()).containsEntry("classes", 7);
    }

    @Test
    void namesWhatCannotBeAKeyAndKeepsTheOldIndex() throws IOException {
        Files.writeString(out(), "what was there");
        assertThat(fails(ExitCode.CORRUPT, features(new float[] {1, 0, Float.NaN, 1}, 2, 0, 1)))
                .contains("row 1 of \"features\" in ", "/features.npz has NaN at column 0: every value must be finite");
        assertThat(fails(ExitCode.CORRUPT, features(new float[] {1, 0, 0, Float.NEGATIVE_INFINITY}, 2, 0, 1)))
                .contains("row 1 of \"features\"", "-Infinity at column 1");
        assertThat(fails(ExitCode.CORRUPT, features(new float[] {0, 0, 1, 0}, 2, 0, 1)))
                .contains("row 0 of \"features\" in ", "/features.npz is all zeros and has no direction: remove it");
        assertThat(fails(ExitCode.FAILED, features(new float[] {1, 0, 0, 1}, 2, 0, 5), "--classes", 3))
                .contains("example 1 (features.npz row 1) has label 5: expected 0..2");
        assertThat(out()).hasContent("what was there");
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    private String fails(int exitCode, String data, Object... more) {
        return Run.failure(exitCode, "build --data %s --out %s", data, out(), more);
    }

    @Test
    void refusesDataFilesThatContradictTheirFormat() throws IOException {
        String data = features(new float[] {1, 2}, 1, 0, 1);
        Path file = Path.of(data.substring("features:".length()));
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        Run.failure(ExitCode.CORRUPT, "build --data %s --out %s", data, out());
        Run.failed(ExitCode.CORRUPT, "build --data %s --out %s", features(new float[] {1, 2}, 1, 0, -1), out())
                .contains("label -1 at row 1");
        assertThat(out()).doesNotExist();
    }

    @Test
    void looksBeforeItLeaps() throws IOException {
        String data = features(new float[] {1, 2}, 1, 0, 1);
        Path nowhere = folder.resolve("nowhere/index.safetensors");
        Run.failed(ExitCode.FAILED, "build --data %s --out %s", data, nowhere).contains("no such folder");
        Run.failed(ExitCode.FAILED, "build --data %s --out %s", data, folder).contains("is a folder");
        Run.failed(ExitCode.FAILED, "build --data features:%s --out %s", nowhere, out())
                .contains(nowhere.toString(), "no such file");
    }

    @Test
    void aFolderIsNotAFile() throws IOException {
        for (String kind : List.of("features:", "npz:")) {
            Run.failed(ExitCode.FAILED, "build --data %s --out %s", kind + folder, out())
                    .contains(folder + ": is a directory: expected a .npz");
        }
        Run.failed(ExitCode.FAILED, "layers %s", folder).contains(folder + ": is a directory: expected an ONNX");
        Run.failed(ExitCode.FAILED, "info %s", folder).contains(folder + ": is a directory: expected");
        assertThat(Run.of("check %s", folder).out()).startsWith(folder + ": is a directory: expected");
    }

    @Test
    void drawsAsManyExamplesOfEachClassBySeed() throws IOException {
        float[] values = new float[40];
        int[] labels = new int[40];
        for (int i = 0; i < 40; i++) {
            values[i] = i + 1;
            labels[i] = i < 30 ? 0 : 1;
        }
        String data = features(values, 1, labels);
        Object[] build = {"build --data %s --out %s --per-class", data, out()};
        Run.reported(build, 4).containsEntry("keys", 8);
        byte[] four = Files.readAllBytes(out());
        try (CacheIndex index = CacheIndex.open(out())) {
            Answer all = index.nearest(new float[] {1}, 8);
            int[] counts = new int[2];
            for (int place = 0; place < 8; place++) {
                counts[all.row(0).neighbors().get(place).label()]++;
            }
            assertThat(counts).containsExactly(4, 4);
            assertThat(index.attributes()).containsEntry("data", data + ", 4 of each class by seed 1");
        }
        Run.done(build, 4, "--seed", 1);
        assertThat(Files.readAllBytes(out())).isEqualTo(four);
        Run.refused(build, 11).contains("11 examples per class: class 1 has 10 examples, and no class may have fewer");
        Run.refused(build, 0).contains("--per-class 0: expected a positive");
    }

    @Test
    void drawnImagesComeWithTheirMirrorImages() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        for (int i = 0; i < 30; i++) {
            byte[] colours = new byte[12];
            colours[i % 3 * 4] = (byte) (i + 100);
            Path file = folder.resolve("images/class" + i % 3 + "/" + i + ".bmp");
            Files.createDirectories(file.getParent());
            Files.write(file, Image.ofBytes(2, 2, colours).encoded());
        }
        Object[] build = {"build --model %s --layers hidden --data images:%s", model, folder.resolve("images")};
        Run.reported(build, "--flip", "--per-class", 2, "--out", out()).containsEntry("keys", 12);
        try (CacheIndex index = CacheIndex.open(out())) {
            float[] left = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
            float[] right = {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
            for (float[] side : new float[][] {left, right}) {
                Answer nearest = index.nearest(side, 3);
                assertThat(nearest.row(0).neighbors().get(1).score()).isCloseTo(1f, within(1e-6f));
                assertThat(nearest.row(0).neighbors().get(2).score()).isCloseTo(0f, within(1e-6f));
            }
        }
    }

    @Test
    void anEmptyPathIsNone() throws IOException {
        String data = features(new float[] {1, 2}, 1, 0, 1);
        Run.refused("build --data %s --out %s", data, "").contains("--out", "the path is empty");
        Run.refused("info %s", "").contains("--index", "the path is empty");
        Run.refused("layers %s", "").contains("the path is empty");
        Run.refused("tune --index i --data d %s", "").contains("Unmatched argument at index ", "''");
        Run.refused("%s", "").contains("Unmatched argument at index 0: ''");
    }

    @Test
    void refusesOptionsThatDoNotGoTogether() throws IOException {
        String data = features(new float[] {1, 2}, 1, 0, 1);
        assertThat(usage("--data %s --layers a", data)).contains("--layers");
        assertThat(usage("--data %s --model a.onnx", data)).contains("--model is for images");
        assertThat(usage("--data %s --flip", data)).contains("--flip is for images");
        assertThat(usage("--data %s --blur 1", data)).contains("--blur is for images");
        assertThat(usage("--data images:%s --model a.onnx --layers a --blur 0", folder))
                .contains("--blur 0: expected a positive number of pixels, at most 1000");
        assertThat(usage("--data %s --preprocess scale=255", data)).contains("--preprocess");
        assertThat(usage("--data %s --dtype f64", data)).contains("f64", "f32, f16, bf16, i8");
        assertThat(usage("--data %s --threads 0", data)).contains("threads 0");
        assertThat(usage("--data %s --instructions sse9", data)).contains("sse9");
        assertThat(usage("--data images:%s --model a.onnx", folder)).contains("--layers");
        assertThat(usage("--data cats")).contains("cats", "features:FILE");
    }

    private String usage(Object... options) {
        String message = Run.failure(ExitCode.USAGE, "build --out %s", out(), options);
        assertThat(out()).doesNotExist();
        return message;
    }
}
