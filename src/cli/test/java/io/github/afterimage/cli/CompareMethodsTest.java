package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
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
    void theCacheHasTheErrorsThatTuneAndEvaluateFind() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data %s --out %s", training, index);
        Run.done("tune --index %s --data %s --theta 1,2,4 --save", index, tuning);
        Map<String, Object> expected = Run.json("evaluate --index %s --data %s", index, test);
        Map<String, Object> found = Run.objects(compare("--tuning", tuning, "--theta", "1,2,4"), "results")
                .get(0);
        assertThat(found)
                .containsEntry("keys", 150)
                .containsEntry("examples", 120)
                .containsEntry("draws", 1);
        assertThat(method(found, "network").get("error")).isEqualTo(expected.get("networkError"));
        assertThat(method(found, "cache + network"))
                .containsEntry("error", expected.get("mixedError"))
                .containsEntry("corrected", expected.get("corrected"))
                .containsEntry("broken", expected.get("broken"));
    }

    /** Two keys of another class lie on both sides of each key, at cosines up to 0.999: it wins above θ = log 2 / 0.001. */
    @Test
    void theGridOfWhitenedKeysIsWidenedUntilItHasTheBestTheta() throws IOException {
        int dim = 20;
        Random random = new Random(5);
        float[] keys = new float[180 * dim];
        float[] examples = new float[60 * dim];
        int[] labels = new int[180];
        int[] own = new int[60];
        for (int triple = 0; triple < 60; triple++) {
            own[triple] = triple % 3;
            for (int i = 0; i < dim; i++) {
                float centre = (float) random.nextGaussian();
                float side = (0.05f + 0.15f * triple / 60) * (float) random.nextGaussian();
                examples[triple * dim + i] = centre;
                for (int key = 0; key < 3; key++) {
                    keys[(3 * triple + key) * dim + i] = centre + (key == 0 ? 0 : key == 1 ? side : -side);
                    labels[3 * triple + key] = (own[triple] + (key == 0 ? 0 : 1)) % 3;
                }
            }
        }
        training = NpzFile.features(folder.resolve("keys.npz"), keys, labels);
        test = NpzFile.features(folder.resolve("examples.npz"), examples, own);
        Object[] whitened = {"--tuning", test, "--methods", "whitened"};
        Map<String, Object> found = method(
                Run.objects(
                                Run.of(
                                                "measure methods --data %s --test %s --work %s --json",
                                                training, test, folder, whitened)
                                        .object(),
                                "results")
                        .get(0),
                "whitened");
        assertThat(found).containsEntry("error", 0.0);
        assertThat((String) found.get("chosen")).matches("ε .*, θ ([2-9].{2}|.*e.*)");
    }

    @Test
    void everyMethodIsMeasuredAloneAndMixedWithFewLabelsAndWithAll() throws IOException {
        Path page = folder.resolve("page.html");
        List<Map<String, Object>> results = Run.objects(
                compare("--hold-out", 30, "--labels", "2,50%,100%", "--draws", 2, "--page", page), "results");
        assertThat(results).extracting(result -> result.get("keys")).containsExactly(6, 60, 120);
        assertThat(results).extracting(result -> result.get("draws")).containsExactly(2, 2, 1);
        assertThat(Run.objects(results.get(0), "methods"))
                .extracting(method -> method.get("name"))
                .containsExactly(
                        "network",
                        "network, temperature",
                        "cache",
                        "cache + network",
                        "k nearest",
                        "k nearest + network",
                        "class means",
                        "class means + network",
                        "whitened",
                        "whitened + network",
                        "whitened, class factor",
                        "whitened, class factor + network",
                        "linear discriminant",
                        "linear discriminant + network",
                        "pooled + network",
                        "linear read-out",
                        "linear read-out + network");
        double network = (double) method(results.get(2), "network").get("error");
        assertThat((double) method(results.get(2), "class means").get("error")).isLessThan(network);
        assertThat((double) method(results.get(2), "network, temperature").get("error"))
                .isCloseTo(network, within(1e-9));
        assertThat((String) method(results.get(2), "pooled + network").get("chosen"))
                .matches("ε .*, θ .*, exponents: network .*, keys .*, class factor .*");
        assertThat(Files.readString(page))
                .contains("Cache, read-out, class means", "2 labels of each class", "exponents: network", "p_mem^b");
    }

    @Test
    void aSecondRunReusesTheResults() throws IOException {
        Map<String, Object> first = compare("--methods", "cache,means", "--draws", 2);
        Map<String, Object> again = compare("--methods", "means,cache", "--draws", 2);
        assertThat(again.get("results")).isEqualTo(first.get("results"));
        assertThat(again).containsEntry("partsComputed", 0);
    }

    @Test
    void featuresWithoutANetworkAreComparedWithTheCache() throws IOException {
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
                        "1 of 3 test examples have labels that no training example has, so no method can answer them: they are");
        assertThat(Run.objects(Run.objects(run.object(), "results").get(0), "methods"))
                .extracting(method -> method.get("name"))
                .containsExactly(
                        "cache",
                        "k nearest",
                        "class means",
                        "whitened",
                        "whitened, class factor",
                        "linear discriminant",
                        "linear read-out");
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "measure methods --data %s --test %s --tuning %s --work %s --methods pooled",
                        data,
                        other,
                        other,
                        folder.resolve("work")))
                .contains("method \"pooled\"", "no probabilities of a network to pool");
    }

    @Test
    void aClassWithoutKeysIsPooledToo() throws IOException {
        float[] features = {1, 0, 0, 1, 1, 0.1f, 0.1f, 1};
        float[] network = {.8f, .1f, .1f, .1f, .1f, .8f, .7f, .2f, .1f, .2f, .1f, .7f};
        String data = NpzFile.features(folder.resolve("plain.npz"), features, network, new int[] {0, 2, 0, 2});
        float[] others = {1, .2f, .2f, 1, .9f, .8f, .3f, 1};
        String other = NpzFile.features(folder.resolve("other.npz"), others, network, new int[] {0, 2, 1, 2});
        Run run = Run.of(
                "measure methods --data %s --test %s --tuning %s --work %s --methods pooled --json",
                data, other, other, folder.resolve("work"));
        Map<String, Object> found = Run.objects(run.object(), "results").get(0);
        assertThat((double) method(found, "pooled + network").get("logLoss")).isBetween(0.1, 10.0);
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
        String command = "measure methods --data %s --test %s --tuning %s --work %s --methods cache --json";
        Path work = folder.resolve("work");
        Run widened = Run.of(command, data, asked, asked, work);
        Run given = Run.of(command, data, asked, asked, work, "--theta", "10:90:33");
        assertThat(method(Run.objects(widened.object(), "results").get(0), "cache"))
                .containsEntry("error", 0.0);
        assertThat(method(Run.objects(given.object(), "results").get(0), "cache"))
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
        Map<String, Object> first = compare("--methods", "means", "--draws", 1);
        Clusters.write(folder.resolve("training.npz"), 150, 9);
        Files.setLastModifiedTime(folder.resolve("training.npz"), FileTime.fromMillis(1));
        Map<String, Object> other = compare("--methods", "means", "--draws", 1);
        assertThat((int) other.get("partsComputed")).isPositive();
        assertThat(other.get("results")).isNotEqualTo(first.get("results"));
    }

    @Test
    void featuresWithoutLabelsAreRefused() throws IOException {
        String plain = new NpzFile()
                .floats("features", new float[] {1, 2, 3, 4}, 2, 2)
                .floats("values", new float[] {1, 2}, 2, 1)
                .write(folder.resolve("plain.npz"))
                .toString();
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "measure methods --data features:%s --test features:%s --work %s",
                        plain,
                        plain,
                        folder.resolve("work")))
                .contains("the data have no labels");
    }

    @Test
    void wrongOptionsAreNamed() {
        assertThat(failure("--labels 0")).contains("--labels: \"0\": expected a number of labels of each class");
        assertThat(failure("--labels 51 --tuning " + tuning))
                .contains("51 labels of each class: class 0 has 50 examples; give at most that many");
        assertThat(failure("--methods svm"))
                .contains("--methods", "but was 'svm'")
                .contains("readout");
        assertThat(failure("--draws 0")).contains("--draws 0");
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
