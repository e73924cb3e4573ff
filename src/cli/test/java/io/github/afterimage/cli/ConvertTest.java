package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvertTest {
    private static final int ROWS = 600;
    private static final int DIM = 7;

    @TempDir
    private Path folder;

    private String features(boolean probabilities) throws IOException {
        Random random = new Random(probabilities ? 6 : 5);
        float[] features = new float[ROWS * DIM];
        float[] network = new float[ROWS * 3];
        int[] labels = new int[ROWS];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextGaussian();
        }
        for (int row = 0; row < ROWS; row++) {
            labels[row] = row % 3;
            features[row * DIM + labels[row]] += 2;
            network[row * 3 + (row % 10 == 0 ? (labels[row] + 1) % 3 : labels[row])] = 1;
        }
        NpzFile file = new NpzFile().floats("features", features, ROWS, DIM).labels(labels);
        if (probabilities) {
            file.floats("probabilities", network, ROWS, 3);
        }
        return "features:" + file.write(folder.resolve(probabilities + ".npz"));
    }

    @ParameterizedTest
    @CsvSource({"f32,f16", "f32,bf16", "f32,i8", "i8,f32", "bf16,f16"})
    void keepsKeysLabelsAndWhatIsSavedWithThem(String from, String to) throws IOException {
        Path source = folder.resolve("source");
        Path target = folder.resolve("target");
        String examples = features(true);
        Run.done("build --data %s --dtype %s --out %s", features(false), from, source);
        Run.done("tune --index %s --data %s --save", source, examples);
        Run.reported("convert %s --dtype %s --out %s", source, to, target)
                .containsEntry("from", from)
                .containsEntry("type", to)
                .containsEntry("keys", ROWS)
                .containsEntry("bytes", (int) Files.size(target));
        Run.done("check %s", target);
        assertThat(Run.json("info %s", target).get("attributes"))
                .isEqualTo(Run.json("info %s", source).get("attributes"));
        Map<String, Object> before = Run.json("evaluate --index %s --data %s", source, examples);
        Map<String, Object> after = Run.json("evaluate --index %s --data %s", target, examples);
        // Rounding moves a query or two across a boundary, no more.
        assertThat((Integer) after.get("memoryErrors"))
                .isBetween((Integer) before.get("memoryErrors") - 6, (Integer) before.get("memoryErrors") + 6);
    }

    @Test
    void refusesWhatMakesNoSense() throws IOException {
        Path index = TwoClasses.index(folder);
        Path out = folder.resolve("out");
        Run.refused("convert %s --dtype f32 --out %s", index, out).contains("already");
        Run.refused("convert %s --dtype f16", index).contains("--out");
        Run.failed(ExitCode.FAILED, "convert %s --dtype f16 --out %s", out, out).contains("no such index");
        assertThat(out).doesNotExist();
    }
}
