package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.tensors.ArrayFile;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** build takes values from a file of features, and what is made of the index keeps them. */
class KeyValuesCommandsTest {
    private static final int ROWS = 30;
    private static final int DIM = 8;
    private static final int WIDTH = 5;

    @TempDir
    private Path folder;

    private final float[] values = numbers(ROWS * WIDTH, 1);

    private static float[] numbers(int count, long seed) {
        Random random = new Random(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private NpzFile features() {
        return new NpzFile().floats("features", numbers(ROWS * DIM, 2), ROWS, DIM);
    }

    private Path data() throws IOException {
        int[] labels = new Random(3).ints(ROWS, 0, 3).toArray();
        return features().labels(labels).floats("values", values, ROWS, WIDTH).write(folder.resolve("in.npz"));
    }

    /** Compares the values of an index, row by row from the first one on. */
    private void assertValues(Path index, int rows) throws IOException {
        Path exported = folder.resolve("exported.npz");
        Run.done("export %s --out %s", index, exported);
        float[] found = new float[rows * WIDTH];
        try (ArrayFile arrays = ArrayFile.open(exported, List.of("values"))) {
            assertThat(arrays.require("values").shape()).containsExactly(rows, WIDTH);
            arrays.require("values").readRows(0, rows, FloatBuffer.wrap(found));
        }
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isEqualTo(values[i % values.length]);
        }
        Run.done("check %s", index);
    }

    private static void assertDescribed(Path index, int rows) throws IOException {
        assertThat(Run.json("info %s", index))
                .containsEntry("keys", rows)
                .containsEntry("valueWidth", WIDTH)
                .containsEntry("valueType", "f32")
                .containsEntry("valueBytes", rows * WIDTH * Float.BYTES);
    }

    @Test
    void examplesWithoutLabelsAreNotAddedToAnIndexWithClasses() throws IOException {
        Path index = folder.resolve("labelled.safetensors");
        Run.done("build --data features:%s --out %s", data(), index);
        Path unlabelled = features().floats("values", values, ROWS, WIDTH).write(folder.resolve("unlabelled.npz"));
        assertThat(Run.of("add --index %s --data features:%s", index, unlabelled)
                        .err())
                .contains("the examples have no labels: expected \"labels\", (n), one of 0..2");
    }

    @Test
    void valuesGoFromAFileOfFeaturesToAnIndexAndBack() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data features:%s --out %s", data(), index);
        assertValues(index, ROWS);
        assertDescribed(index, ROWS);
        assertThat(Run.done("info %s", index).out()).contains("5 numbers beside each label, f32, 600");
        Path again = folder.resolve("again.safetensors");
        Run.done("build --data features:%s --out %s", folder.resolve("exported.npz"), again);
        assertValues(again, ROWS);
        Run.warned("count twice", "add --index %s --data features:%s", index, folder.resolve("in.npz"));
        assertValues(index, 2 * ROWS);
        Run.warned(
                "these find themselves",
                "evaluate --index %s --data features:%s --theta 5",
                index,
                folder.resolve("in.npz"));
    }

    @Test
    void valuesNeedNoLabels() throws IOException {
        Path data = features().floats("values", values, ROWS, WIDTH).write(folder.resolve("in.npz"));
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data features:%s --out %s", data, index);
        assertValues(index, ROWS);
        assertThat(Run.json("info %s", index)).containsEntry("classes", 1);
    }

    @Test
    void aValueThatIsNotFiniteIsNamedOnceByItsRow() throws IOException {
        float[] wrong = values.clone();
        wrong[17 * WIDTH + 2] = Float.NaN;
        Path data = features()
                .labels(new int[ROWS])
                .floats("values", wrong, ROWS, WIDTH)
                .write(folder.resolve("nan.npz"));
        for (String[] parts : new String[][] {{}, {"--part-bytes", "400"}}) {
            assertThat(Run.failure(
                            ExitCode.CORRUPT, "build --data features:%s --out %s", data, folder.resolve("x"), parts))
                    .contains("row 17 of \"values\" in ")
                    .endsWith("/nan.npz has NaN at column 2: every value must be finite");
        }
    }

    /** The values of an earlier export would be read with keys that have none. */
    @Test
    void anExportIsNotMixedWithAnEarlierOne() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Path keys = folder.resolve("keys.npy");
        Run.done("build --data features:%s --out %s", data(), index);
        Run.done("export %s --out %s", index, keys);
        Run.done("export %s --out %s", index, keys);
        Path plain = TwoClasses.index(Files.createDirectory(folder.resolve("plain")));
        byte[] before = Files.readAllBytes(keys);
        assertThat(Run.failure(ExitCode.FAILED, "export %s --out %s", plain, keys))
                .endsWith("keys.npy: would be read together with keys.values.npy beside it, which this does not write:"
                        + " move that away, or choose another name");
        assertThat(keys).hasBinaryContent(before);
        Files.delete(folder.resolve("keys.values.npy"));
        Run.done("export %s --out %s", plain, keys);
        Run.done("export %s --out %s", plain, keys);
    }

    @Test
    void valuesOfOtherCountsAreRefused() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Path wrong = features().floats("values", values, WIDTH, ROWS).write(folder.resolve("wrong.npz"));
        assertThat(Run.failure(ExitCode.CORRUPT, "build --data features:%s --out %s", wrong, index))
                .contains("has shape [5, 30]: expected 30 rows, one for each row of features");
        Run.done("build --data features:%s --out %s", data(), index);
        Path none = features().labels(new int[ROWS]).write(folder.resolve("none.npz"));
        assertThat(Run.failure(ExitCode.FAILED, "add --index %s --data features:%s", index, none))
                .contains(
                        "none.npz: the examples have no values: expected features with \"values\", (n, 5), as the index has");
        Path plain = folder.resolve("plain.safetensors");
        Run.done("build --data features:%s --out %s", none, plain);
        assertThat(Run.failure(ExitCode.FAILED, "add --index %s --data features:%s", plain, folder.resolve("in.npz")))
                .contains("in.npz: the examples have values of 5 numbers, and the index has none: build an index with");
        Path narrow = new NpzFile()
                .floats("features", numbers(ROWS * 3, 2), ROWS, 3)
                .labels(new int[ROWS])
                .floats("values", values, ROWS, WIDTH)
                .write(folder.resolve("narrow.npz"));
        assertThat(Run.failure(ExitCode.FAILED, "add --index %s --data features:%s", index, narrow))
                .contains("narrow.npz: the data have dim 3: expected the index's dim " + DIM);
    }
}
