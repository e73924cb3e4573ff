package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareMethodsTest {
    @TempDir
    private Path folder;

    private String training;
    private String tuning;
    private String test;

    @BeforeEach
    void write() throws IOException {
        training = Clusters.write(folder.resolve("training.npz"), 150, 1);
        tuning = Clusters.write(folder.resolve("tuning.npz"), 90, 2);
        test = Clusters.write(folder.resolve("test.npz"), 120, 3);
    }

    private Map<String, Object> compare(Object... more) throws IOException {
        return Run.json("measure methods --data %s --test %s --work %s", training, test, folder.resolve("work"), more);
    }

    private static Map<String, Object> method(Map<String, Object> result, String name) {
        return Run.objects(result, "methods").stream()
                .filter(method -> method.get("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theMemoryHasTheErrorsThatTuneAndEvaluateFind() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data %s --out %s", training, index);
        Run.done("tune --index %s --data %s --theta 1,2,4 --save", index, tuning);
        Map<String, Object> expected = Run.json("evaluate --index %s --data %s", index, test);
        Map<String, Object> found = compare("--tuning", tuning, "--theta", "1,2,4");
        assertThat(found).containsEntry("keys", 150).containsEntry("examples", 120);
        assertThat(method(found, "network").get("error")).isEqualTo(expected.get("networkError"));
        assertThat(method(found, "memory + network"))
                .containsEntry("error", expected.get("mixedError"))
                .containsEntry("corrected", expected.get("corrected"))
                .containsEntry("broken", expected.get("broken"));
    }

    @Test
    void everyMethodIsMeasuredAloneAndMixed() throws IOException {
        Map<String, Object> found = compare("--hold-out", 30);
        assertThat(found).containsEntry("keys", 120).containsEntry("examples", 120);
        assertThat(Run.objects(found, "methods"))
                .extracting(method -> method.get("name"))
                .containsExactly(
                        "network",
                        "memory",
                        "memory + network",
                        "k nearest",
                        "k nearest + network",
                        "class means",
                        "class means + network",
                        "linear probe",
                        "linear probe + network",
                        "linear discriminant",
                        "linear discriminant + network");
        double network = (double) method(found, "network").get("error");
        assertThat((double) method(found, "class means").get("error")).isLessThan(network);
        assertThat((String) method(found, "class means + network").get("chosen"))
                .matches("β .*, λ .*");
        assertThat((String) method(found, "linear discriminant").get("chosen")).matches("ε .*, β .*");
        assertThat(Run.done(
                                "measure methods --data %s --test %s --work %s --hold-out 30",
                                training, test, folder.resolve("work"))
                        .out())
                .contains("has the fewest errors", "compare with \"network\"");
    }

    /** Classes differ most along the first axis, where they overlap, and clearly along the second. */
    @Test
    void aDiscriminantFindsTheDirectionThatTellsClassesApart() throws IOException {
        Random random = new Random(5);
        training = stretched("stretched.npz", 200, random);
        test = stretched("asked.npz", 200, random);
        Map<String, Object> found =
                compare("--tuning", stretched("held.npz", 100, random), "--methods", "means,discriminant");
        double means = (double) method(found, "class means").get("error");
        assertThat((double) method(found, "linear discriminant").get("error")).isLessThan(means / 2);
    }

    private String stretched(String name, int rows, Random random) throws IOException {
        float[] features = new float[rows * 3];
        int[] labels = new int[rows];
        for (int row = 0; row < rows; row++) {
            labels[row] = row % 2;
            features[row * 3] = (float) random.nextGaussian() + (labels[row] == 0 ? 0.5f : -0.5f);
            features[row * 3 + 1] = (float) (0.05 * random.nextGaussian()) + (labels[row] == 0 ? 0.15f : -0.15f);
            features[row * 3 + 2] = 1;
        }
        return NpzFile.features(folder.resolve(name), features, labels);
    }

    @Test
    void aSecondRunReusesTheResults() throws IOException {
        Map<String, Object> first = compare("--methods", "memory,means");
        Map<String, Object> again = compare("--methods", "means,memory");
        assertThat(again.get("methods")).isEqualTo(first.get("methods"));
        assertThat(again).containsEntry("partsComputed", 0);
    }

    @Test
    void featuresWithoutANetworkAreComparedWithTheMemory() throws IOException {
        float[] features = {1, 0, 0, 1, 1, 0.1f, 0.1f, 1};
        int[] labels = {0, 2, 0, 2};
        String data = NpzFile.features(folder.resolve("plain.npz"), features, labels);
        String other = NpzFile.features(
                folder.resolve("other.npz"), new float[] {1, 0.2f, 0.2f, 1, 1, 0.3f}, new int[] {0, 2, 1});
        Run run = Run.of(
                "measure methods --data %s --test %s --tuning %s --work %s --json",
                data, other, other, folder.resolve("work"));
        assertThat(run.exitCode()).isZero();
        assertThat(run.err())
                .contains(
                        "1 of 3 test examples have labels that no training example has, so no method can answer them: they are left out");
        assertThat(run.object()).containsEntry("examples", 2);
        assertThat(Run.objects(run.object(), "methods"))
                .extracting(method -> method.get("name"))
                .containsExactly("memory", "k nearest", "class means", "linear probe", "linear discriminant");
    }

    /** One key of class 0 is nearer to each query than three of class 1: it wins where θ is great enough. */
    @Test
    void theGridIsWidenedWhereTheBestThetaIsAtItsEdgeAndNoGridWasGiven() throws IOException {
        double[] enough = {20, 60, 89, 150, 300};
        int dim = 2 * enough.length;
        float[] keys = new float[4 * enough.length * dim];
        float[] queries = new float[enough.length * dim];
        int[] labels = new int[4 * enough.length];
        for (int i = 0; i < enough.length; i++) {
            queries[i * dim + 2 * i] = 1;
            double angle = Math.acos(1 - Math.log(3) / enough[i]);
            for (int key = 4 * i; key < 4 * i + 4; key++) {
                labels[key] = key == 4 * i ? 0 : 1;
                keys[key * dim + 2 * i] = (float) Math.cos(labels[key] * angle);
                keys[key * dim + 2 * i + 1] = (float) Math.sin(labels[key] * angle);
            }
        }
        String data = NpzFile.features(folder.resolve("keys.npz"), keys, labels);
        String asked = NpzFile.features(folder.resolve("asked.npz"), queries, new int[enough.length]);
        String command = "measure methods --data %s --test %s --tuning %s --work %s --methods memory --json";
        Path work = folder.resolve("work");
        Run widened = Run.of(command, data, asked, asked, work);
        Run given = Run.of(command, data, asked, asked, work, "--theta", "10:90:33");
        assertThat(method(widened.object(), "memory")).containsEntry("error", 0.0);
        assertThat(method(given.object(), "memory"))
                .containsEntry("error", 0.4)
                .containsEntry("chosen", "θ 90 (the grid's edge)");
    }

    @Test
    void aNetworkWhoseClassesAreInAnotherOrderIsWarnedOf() throws IOException {
        float[] features = new float[120 * 2];
        float[] network = new float[120 * 2];
        int[] labels = new int[120];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 2;
            features[2 * i + labels[i]] = 1;
            network[2 * i + 1 - labels[i]] = 0.9f;
            network[2 * i + labels[i]] = 0.1f;
        }
        String data = NpzFile.features(folder.resolve("exchanged.npz"), features, network, labels);
        Run run = Run.of("measure methods --data %s --test %s --work %s", data, data, folder.resolve("work"));
        assertThat(run.err())
                .contains("labels look permuted")
                .contains("120 of 120 tuning and test examples equal training examples or each other");
    }

    @Test
    void otherFeaturesInAFileOfTheSameNameAreComputedAnew() throws IOException {
        Map<String, Object> first = compare("--methods", "means");
        Clusters.write(folder.resolve("training.npz"), 150, 9);
        Files.setLastModifiedTime(folder.resolve("training.npz"), FileTime.fromMillis(1));
        Map<String, Object> other = compare("--methods", "means");
        assertThat((int) other.get("partsComputed")).isPositive();
        assertThat(other.get("methods")).isNotEqualTo(first.get("methods"));
    }

    @Test
    void wrongOptionsAreNamed() {
        assertThat(failure("--methods svm"))
                .contains("--methods", "but was 'svm'")
                .contains("DISCRIMINANT");
        assertThat(failure("--hold-out 3 --tuning " + tuning)).contains("give one of them");
    }

    private String failure(String options) {
        return Run.failure(
                ExitCode.USAGE,
                "measure methods --data %s --test %s --work %s " + options,
                training,
                test,
                folder.resolve("work"));
    }
}
