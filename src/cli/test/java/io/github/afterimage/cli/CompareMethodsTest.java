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
        Run.done("tune --index %s --data %s --save", index, tuning);
        Map<String, Object> expected = Run.json("evaluate --index %s --data %s", index, test);
        Map<String, Object> mixture = Run.json("evaluate --index %s --data %s --theta 2 --lambda 0.4", index, test);
        Map<String, Object> found = compare("--tuning", tuning, "--theta", "2", "--lambda", "0.4");
        assertThat(found).containsEntry("keys", 150).containsEntry("examples", 120);
        assertThat(method(found, "network").get("error")).isEqualTo(expected.get("networkError"));
        assertThat(method(found, "memory + network"))
                .containsEntry("error", expected.get("togetherError"))
                .containsEntry("corrected", expected.get("corrected"))
                .containsEntry("broken", expected.get("broken"));
        assertThat(method(found, "equation (3)"))
                .containsEntry("error", mixture.get("togetherError"))
                .containsEntry("corrected", mixture.get("corrected"))
                .containsEntry("broken", mixture.get("broken"));
    }

    @Test
    void everyMethodIsMeasuredAloneAndMixed() throws IOException {
        Map<String, Object> found = compare("--hold-out", 30);
        assertThat(found).containsEntry("keys", 120).containsEntry("examples", 120);
        assertThat(Run.objects(found, "methods"))
                .extracting(method -> method.get("name"))
                .containsExactly(
                        "network",
                        "network, temperature",
                        "memory",
                        "memory + network",
                        "equation (3)",
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
                .matches("temperature .*, λ .*");
        assertThat((String) method(found, "linear discriminant").get("chosen")).matches("ε .*, temperature .*");
        Run.printed(
                        "measure methods --data %s --test %s --work %s --hold-out 30",
                        training, test, folder.resolve("work"))
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

    /** Writes features with a network's probabilities for two views; each view is wrong about other images, and then less sure. */
    private String views(String name, int seed) throws IOException {
        Random random = new Random(seed);
        float[] features = new float[200 * 2];
        float[][] views = new float[2][200 * 2];
        int[] labels = new int[200];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i / 5 % 2;
            features[2 * i + labels[i]] = 1;
            features[2 * i + 1 - labels[i]] = random.nextFloat();
            for (int view = 0; view < 2; view++) {
                views[view][2 * i + labels[i]] = i % 10 == view ? 0.4f : 0.8f;
                views[view][2 * i + 1 - labels[i]] = 1 - views[view][2 * i + labels[i]];
            }
        }
        return "features:"
                + new NpzFile()
                        .floats("features", features, 200, 2)
                        .floats("probabilities", views[0], 200, 2)
                        .floats("mirror_probabilities", views[1], 200, 2)
                        .labels(labels)
                        .write(folder.resolve(name));
    }

    @Test
    void theNetworkIsAlsoAskedAboutMirrorImagesWhereTheDataHaveItsAnswers() throws IOException {
        training = views("keys.npz", 1);
        test = views("asked.npz", 2);
        Map<String, Object> found = compare("--tuning", views("held.npz", 3), "--methods", "memory");
        assertThat(Run.objects(found, "methods"))
                .extracting(method -> method.get("name"))
                .containsExactly(
                        "network",
                        "network, temperature",
                        "network, two views",
                        "memory",
                        "memory + network",
                        "memory + network, two views",
                        "equation (3)");
        assertThat(method(found, "network")).containsEntry("error", 0.1);
        assertThat(method(found, "network, temperature")).containsEntry("error", 0.1);
        assertThat(method(found, "network, two views"))
                .containsEntry("error", 0.0)
                .containsEntry("corrected", 20);
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
