package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sketch that convert has written serves predict and evaluate. */
class SketchCommandsTest {
    private static final int KEYS = 24_000;
    private static final int DIM = 160;
    private static final int CLASSES = 7;

    private final Random random = new Random(23);
    private final float[][] centres = new float[CLASSES][];

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    private float[] row(double size) {
        float[] row = new float[DIM];
        for (int i = 0; i < DIM; i++) {
            row[i] = (float) (size * random.nextGaussian() / Math.sqrt(1 + i));
        }
        return row;
    }

    private String features(String name, int count) throws IOException {
        float[] rows = new float[count * DIM];
        int[] labels = new int[count];
        for (int k = 0; k < count; k++) {
            labels[k] = random.nextInt(CLASSES);
            float[] noise = row(1);
            for (int i = 0; i < DIM; i++) {
                rows[k * DIM + i] = centres[labels[k]][i] + noise[i];
            }
        }
        NpzFile file = new NpzFile().floats("features", rows, count, DIM).labels(labels);
        return "features:" + file.write(folder.resolve(name + ".npz"));
    }

    @Test
    void predictAndEvaluateTakeTheSketchThatConvertWrites() throws IOException {
        for (int c = 0; c < CLASSES; c++) {
            centres[c] = row(1.3);
        }
        Path index = folder.resolve("index.safetensors");
        Path sketched = folder.resolve("sketched.safetensors");
        Run.done("build --data %s --out %s", features("keys", KEYS), index);
        Run.done("convert --index %s --sketch 64 --out %s", index, sketched);
        Run.done("check %s", sketched);
        Path tuned = folder.resolve("tuned.safetensors");
        try (CacheIndex opened = CacheIndex.open(index)) {
            Map<String, String> attributes = new HashMap<>(opened.attributes());
            attributes.putAll(new Hyperparameters(20, 1).attributes());
            opened.files().saveWhole(tuned, attributes);
        }
        Run.done("convert --index %s --sketch 64 --out %s", tuned, tuned);
        assertThat(Files.size(tuned))
                .as("with a calibration")
                .isGreaterThan(Files.size(sketched) + 1024 * Double.BYTES);
        String one = features("one", 1);
        Object[] predict = {"predict --index %s --theta 20 --data %s", sketched, one};
        Map<String, Object> exact = prediction(Run.json((Object) predict));
        Map<String, Object> estimated = prediction(Run.json(predict, "--tolerance", 0.01));
        double halfWidth = (double) estimated.get("halfWidth");
        assertThat(halfWidth).isBetween(0.0, 0.01);
        assertThat((int) estimated.get("keysRead")).isLessThan(KEYS / 4);
        assertThat((List<?>) estimated.get("neighbors")).isEmpty();
        assertThat(Math.abs((double) estimated.get("probability") - (double) exact.get("probability")))
                .isLessThan(halfWidth + 1e-4);
        assertThat(exact).doesNotContainKey("halfWidth");
        assertThat(Run.done(predict, "--tolerance", 0.01).out())
                .contains("estimated from a sketch and", "1 row estimated, p_mem within 0.0");
        Object[] factor = {predict, "--beta", 10, "--neighbors", 3};
        assertThat(Run.warned(
                                "--tolerance has no effect: with a class factor (beta 10) every answer is exact",
                                factor,
                                "--tolerance",
                                0.01)
                        .out())
                .isEqualTo(Run.done((Object) factor).out())
                .contains("nearest key");
        assertThat(Run.failure(ExitCode.USAGE, predict, "--tolerance", 0.01, "--neighbors", 3))
                .contains("--neighbors 3 with --tolerance: the nearest keys need a pass over all keys");
        Path small = folder.resolve("i8.safetensors");
        Run.done("convert --index %s --dtype i8 --out %s", index, small);
        assertThat(Run.failure(ExitCode.USAGE, "predict --index %s --data %s --tolerance 0.01", small, one))
                .contains(
                        "--tolerance with i8 keys: ",
                        "leave --tolerance out, or use an index that \"convert --dtype bf16\" makes");
        Map<String, Object> evaluation =
                Run.json("evaluate --index %s --theta 20 --data %s --sketch", sketched, features("some", 50));
        assertThat((int) evaluation.get("sketchBytes")).as("64 components").isLessThan(KEYS * 20);
    }

    @ParameterizedTest
    @CsvSource({"70, 64", "32, 32", "8, 0"})
    void aToleranceTakesTheGreatestSketchThatShortKeysAllow(int dim, int components) throws IOException {
        float[] rows = new float[300 * dim];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        NpzFile file = new NpzFile()
                .floats("features", rows, 300, dim)
                .labels(IntStream.range(0, 300).map(i -> i % 2).toArray());
        String data = "features:" + file.write(folder.resolve("short.npz"));
        Path index = folder.resolve("short.safetensors");
        Run.done("build --data %s --out %s", data, index);
        String predict = "predict --index %s --theta 5 --data %s";
        double exact = (double) prediction(Run.json(predict, index, data)).get("probability");
        double estimated = (double)
                prediction(Run.json(predict + " --tolerance 0.01", index, data)).get("probability");
        assertThat(estimated).isCloseTo(exact, within(0.0101));
        String sketch = "convert --index %s --sketch %s --out %s";
        assertThat(Run.failure(ExitCode.USAGE, sketch, index, 128, folder.resolve("new.safetensors")))
                .contains("a sketch of 128 components: expected at most " + dim + ", the numbers of a key");
        String evaluate = "evaluate --index %s --theta 5 --data %s --sketch";
        if (components == 0) {
            assertThat(Run.failure(ExitCode.USAGE, evaluate, index, data))
                    .contains("a sketch of 32 components: expected at most 8");
        } else {
            int bytes = (int) Run.of(evaluate + " --json", index, data).object().get("sketchBytes");
            assertThat(bytes / 300).isBetween(components / 4, components / 4 + 4);
        }
    }

    @Test
    void aToleranceOfFewKeysIsKeptByAPassOverAll() throws IOException {
        NpzFile file =
                new NpzFile().floats("features", new float[] {1, 0, 0, 1}, 2, 2).labels(new int[] {0, 1});
        String data = "features:" + file.write(folder.resolve("few.npz"));
        Path index = folder.resolve("few.safetensors");
        Run.done("build --data %s --out %s", data, index);
        Map<String, Object> first =
                prediction(Run.json("predict --index %s --theta 5 --tolerance 0.01 --data %s", index, data));
        assertThat((double) first.get("probability")).isGreaterThan(0.9);
        assertThat(Run.done("predict --index %s --theta 5 --tolerance 0.01 --data %s", index, data)
                        .out())
                .contains("0 rows estimated");
    }

    private static Map<String, Object> prediction(Map<String, Object> result) {
        return Run.objects(result, "predictions").get(0);
    }

    @Test
    void refusesWhatASketchIsNotFor() {
        assertThat(Run.failure(ExitCode.USAGE, "predict --index i --data features:f --tolerance 1"))
                .contains("--tolerance 1.0: expected 1e-4 or more and less than 1");
    }
}
