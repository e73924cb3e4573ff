package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of two by two pixels in the colour of their class, and a network that asks for the greatest channel. */
class ShiftTest {
    private static final int CLASSES = 3;

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private Object[] data = {};

    @BeforeEach
    void write() throws IOException {
        data = new Object[] {
            "--model %s --data %s --test %s --layers hidden --reduce none --work %s",
            ColourModel.write(folder.resolve("net.onnx")),
            images("training.npz", 150),
            images("test.npz", 150),
            folder.resolve("work")
        };
    }

    /** One label in ten is wrong. */
    private String images(String name, int count) throws IOException {
        float[] values = new float[count * 12];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            int colour = i % CLASSES;
            labels[i] = random.nextInt(10) == 0 ? random.nextInt(CLASSES) : colour;
            for (int value = 0; value < 12; value++) {
                values[12 * i + value] = (value / 4 == colour ? 0.5f : 0.3f) + 0.3f * random.nextFloat();
            }
        }
        return NpzFile.images(folder.resolve(name), values, 2, labels);
    }

    private Map<String, Object> run(Object... more) throws IOException {
        return Run.json("measure shift --hold-out 30", data, more);
    }

    @Test
    void aCorruptionThatTheNetworkDoesNotSeeChangesNothing() throws IOException {
        // Contrast keeps the mean of each channel, which is all that the network asks for.
        Map<String, Object> found =
                run("--corruptions contrast --strengths 1,3 --received 1,4 --reported 70 --phase 0");
        assertThat(found).as("seed %d", seed).containsEntry("reported", 70).containsEntry("keys", 150);
        assertThat(found).doesNotContainKey("stream");
        assertThat(Run.objects(found, "watch")).allSatisfy(each -> assertThat(each)
                .containsEntry("coverage", found.get("cleanCoverage"))
                .doesNotContainKeys("flagged", "flaggedLater"));
        Map<String, Object> clean = Run.objects(found, "clean").get(0);
        for (Map<String, Object> shift : Run.objects(found, "shifts")) {
            assertThat((double) shift.get("networkError"))
                    .as("seed %d", seed)
                    .isCloseTo((double) clean.get("networkError"), within(1e-9));
            assertThat(Run.objects(shift, "learned"))
                    .extracting(learned -> learned.get("images"))
                    .containsExactly(3, 12);
        }
    }

    @Test
    void reportsEachCorruptionAndTheStreamAndGoesOnWhereItWas() throws IOException {
        Object[] options = {"--corruptions noise,jpeg --strengths 1,5 --received 1,5 --reported 60 --phase 20"};
        Map<String, Object> found = run(options);
        assertThat(Run.objects(found, "corruptions"))
                .extracting(row -> row.get("corruption"))
                .containsExactly("noise", "jpeg", "all");
        List<Map<String, Object>> shifts = Run.objects(found, "shifts");
        assertThat(shifts).extracting(row -> row.get("strength")).containsExactly(1, 5, 1, 5);
        assertThat(shifts)
                .extracting(row -> row.containsKey("readoutOfAllError"))
                .containsExactly(false, true, false, true);
        double sum = shifts.stream()
                .mapToDouble(row -> (double) row.get("errorWith5"))
                .sum();
        assertThat((double) Run.objects(found, "corruptions").get(2).get("errorWith5"))
                .as("seed %d", seed)
                .isCloseTo(sum / 4, within(1e-9));
        assertThat(Run.objects(found, "stream"))
                .extracting(row -> row.get("phase"))
                .containsExactly("clean", "noise", "jpeg", "clean");
        Map<String, Object> again = run(options);
        assertThat(again).containsEntry("partsComputed", 0);
        assertThat(again.get("shifts")).isEqualTo(found.get("shifts"));
        assertThat(run(options, "--strengths", "5").get("partsComputed")).isEqualTo(0);
    }

    @Test
    void whitenedKeysKeepTheirBetaWhenImagesChange() throws IOException {
        data[0] = ((String) data[0]).replace("--reduce none", "--reduce whiten:3");
        Object[] options = {"--corruptions noise --strengths 3 --received 1,5 --reported 60 --phase 20"};
        Map<String, Object> found = run(options);
        assertThat((double) found.get("beta")).as("seed %d", seed).isNotNegative();
        Map<String, Object> clean = Run.objects(found, "clean").get(0);
        Map<String, Object> stream = Run.objects(found, "stream").get(0);
        assertThat(clean).containsKeys("networkError", "memoryError");
        assertThat(stream).containsEntry("phase", "clean");
        assertThat(run(options)).containsEntry("partsComputed", 0);
    }

    @Test
    void testImagesThatTuneAreNotReportedOn() throws IOException {
        Object[] options = {"--hold-out 0 --corruptions fog --strengths 2 --received 2 --reported 1000 --phase 0"};
        Map<String, Object> found = Run.json("measure shift", data, options);
        assertThat(found)
                .containsEntry("keys", 150)
                .containsEntry("tunedOn", 75)
                .containsEntry("reported", 37);
    }

    @Test
    void saysWhatIsWrongWithACommandLine() throws IOException {
        assertThat(Run.failure(ExitCode.USAGE, "measure shift", data, "--corruptions", "snow"))
                .contains("corruption \"snow\": expected some of noise,");
        assertThat(Run.failure(ExitCode.USAGE, "measure shift", data, "--strengths", "6"))
                .contains("--strengths 6: expected 1 to 5");
        assertThat(Run.failure(ExitCode.USAGE, "measure shift", data, "--received", "0"))
                .contains("--received 0: expected a positive number");
        assertThat(Run.failure(ExitCode.USAGE, "measure shift", data, "--received", "99"))
                .contains("--received 99: class 0 has ", "report on fewer");
        String features = Clusters.write(folder.resolve("features.npz"), 60, 1);
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "measure shift --data %s --test %s --work %s",
                        features,
                        features,
                        folder.resolve("work")))
                .contains("features have no images that could change");
        assertThat(Files.exists(folder.resolve("page.html"))).isFalse();
    }
}
