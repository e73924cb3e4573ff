package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnnEvalTest {
    private static final int CLASSES = 12;
    private static final int DIM = 24;
    private static final int TRAIN = 600;
    private static final int TEST = 300;
    private static final int[] KS = {1, 3, 10, 20, 200};
    private static final double[] TEMPERATURES = {0.07, 0.5};

    @TempDir
    private Path folder;

    /** float32 may order two cosines or votes of one example otherwise than double does. */
    private static final Offset<Double> ONE_EXAMPLE = within(1.0 / TEST + 1e-9);

    private final long seed = System.nanoTime();

    /** The rule of eval_knn.py, written down in double precision. */
    @Test
    void countsWhatThePublishedRuleCounts() throws IOException {
        Random random = new Random(seed);
        int[] trainLabels = random.ints(TRAIN, 0, CLASSES).toArray();
        trainLabels[0] = CLASSES - 1;
        int[] testLabels = random.ints(TEST, 0, CLASSES).toArray();
        float[] train = features(random, trainLabels);
        float[] test = features(random, testLabels);
        Map<String, Object> found = Run.json(
                "measure knn --train %s --test %s --k 1,3,10,20,200 --temperature 0.07,0.5",
                NpzFile.features(folder.resolve("train.npz"), train, trainLabels),
                NpzFile.features(folder.resolve("test.npz"), test, testLabels));
        List<Map<String, Object>> results = Run.objects(found, "results");
        assertThat(results).hasSize(KS.length * TEMPERATURES.length);
        for (int i = 0; i < results.size(); i++) {
            int k = KS[i / TEMPERATURES.length];
            double temperature = TEMPERATURES[i % TEMPERATURES.length];
            int[] right = new int[2];
            for (int row = 0; row < TEST; row++) {
                double[] votes = votes(train, trainLabels, test, row, k, temperature);
                int label = testLabels[row];
                Integer[] order = IntStream.range(0, CLASSES).boxed().toArray(Integer[]::new);
                Arrays.sort(order, Comparator.comparing((Integer c) -> -votes[c])); // a stable sort
                right[0] += order[0] == label ? 1 : 0;
                right[1] += Arrays.asList(order).indexOf(label) < Math.min(5, k) ? 1 : 0;
            }
            assertThat(results.get(i))
                    .as("seed %d", seed)
                    .containsEntry("k", k)
                    .containsEntry("temperature", temperature);
            assertThat((double) results.get(i).get("top1"))
                    .as("top-1 of k %d, temperature %s, seed %d", k, temperature, seed)
                    .isCloseTo((double) right[0] / TEST, ONE_EXAMPLE);
            assertThat((double) results.get(i).get("top5"))
                    .as("top-5 of k %d, temperature %s, seed %d", k, temperature, seed)
                    .isCloseTo((double) right[1] / TEST, ONE_EXAMPLE);
        }
        assertThat(found).containsEntry("keys", TRAIN).containsEntry("examples", TEST);
    }

    private static float[] features(Random random, int[] labels) {
        float[] features = new float[labels.length * DIM];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextGaussian() + (i % DIM == labels[i / DIM] ? 2.5f : 0);
        }
        return features;
    }

    private static double[] votes(float[] train, int[] labels, float[] test, int row, int k, double temperature) {
        double[] cosines = IntStream.range(0, TRAIN)
                .mapToDouble(key -> product(train, key, test, row)
                        / Math.sqrt(product(train, key, train, key) * product(test, row, test, row)))
                .toArray();
        double[] votes = new double[CLASSES];
        IntStream.range(0, TRAIN)
                .boxed()
                .sorted(Comparator.comparing((Integer key) -> -cosines[key]))
                .limit(k)
                .forEach(key -> votes[labels[key]] += Math.exp(cosines[key] / temperature));
        return votes;
    }

    private static double product(float[] rows, int row, float[] others, int other) {
        double sum = 0;
        for (int i = 0; i < DIM; i++) {
            sum += (double) rows[row * DIM + i] * others[other * DIM + i];
        }
        return sum;
    }

    @Test
    void takesImagesThroughANetwork() throws IOException {
        Path model = ColourModel.write(folder.resolve("net.onnx"));
        Map<String, Object> found = Run.warned(
                        "3 of 3 examples of --test",
                        "measure knn --model %s --layers hidden --train %s --test %s --k 2 --dtype f16 --json",
                        model,
                        images("train", 3),
                        images("test", 1))
                .object();
        assertThat(Run.objects(found, "results").get(0)).containsEntry("top1", 1.0);
        assertThat(found).containsEntry("keys", 9).containsEntry("examples", 3).containsEntry("type", "f16");
        String text = Run.of(
                        "measure knn --model %s --layers hidden --train %s --test %s",
                        model, "images:" + folder.resolve("train"), "images:" + folder.resolve("test"))
                .out();
        assertThat(text).contains("top-1", "top-5", "95 % interval", "network", "peak memory");
    }

    private String images(String name, int copies) throws IOException {
        for (int colour = 0; colour < 3; colour++) {
            Path inner = Files.createDirectories(folder.resolve(name).resolve("colour" + colour));
            byte[] values = new byte[12];
            Arrays.fill(values, 4 * colour, 4 * colour + 4, (byte) 255);
            for (int copy = 0; copy < copies; copy++) {
                Files.write(
                        inner.resolve(copy + ".bmp"),
                        Image.ofBytes(2, 2, values).encoded());
            }
        }
        return "images:" + folder.resolve(name);
    }

    @Test
    void countsEachPointOnceAndSaysThatAGreaterKMeansAllKeys() throws IOException {
        String train = NpzFile.features(folder.resolve("train.npz"), new float[] {1, 0, 0, 1, 1, 1}, 0, 1, 1);
        String test = NpzFile.features(folder.resolve("test.npz"), new float[] {2, 1}, 0);
        Object[] command = {"measure knn --train %s --test %s --k 1,1,3,50,60 --temperature 0.1,0.1", train, test};
        assertThat(Run.objects(Run.json(command), "results"))
                .extracting(result -> result.get("k"))
                .containsExactly(1, 3);
        assertThat(Run.done(command).out()).containsOnlyOnce("A k above 3, the number of keys, means all keys.");
    }

    @Test
    void refusesOrWarnsOfLabelsThatMeasureNothing() throws IOException {
        String data = TwoClasses.keys(folder);
        NpzFile bare = new NpzFile().floats("features", new float[] {1, 2, 1, 3}, 2, 2);
        Path valued = bare.floats("values", new float[] {1, 2}, 2, 1).write(folder.resolve("valued.npz"));
        assertThat(Run.failure(ExitCode.FAILED, "measure knn --train %s --test features:%s", data, valued))
                .contains("valued.npz: the data have no labels", "add \"labels\"");
        assertThat(Run.failure(ExitCode.FAILED, "measure knn --train features:%s --test %s", valued, data))
                .contains("valued.npz: the data have no labels");
        String strange = NpzFile.features(folder.resolve("strange.npz"), new float[] {1, 2, 1, 3}, 5, 7);
        assertThat(Run.failure(ExitCode.FAILED, "measure knn --train %s --test %s", data, strange))
                .contains("strange.npz: no key has the label of any example: the examples are of class 5, class 7,")
                .contains("the keys of class 0, class 1");
        String mixed = NpzFile.features(folder.resolve("mixed.npz"), new float[] {1, 2, 1, 3}, 1, 7);
        Run.warned(
                "1 of 2 examples have labels that no key has (class 7)",
                "measure knn --train %s --test %s --k 1",
                data,
                mixed);
    }

    @Test
    void saysHowMuchMemoryItNeedsBeforeItRefuses() throws IOException {
        String data = TwoClasses.keys(folder);
        long limit = MemoryUse.limit();
        try {
            MemoryUse.limit(MemoryUse.bytes() + 1000);
            assertThat(Run.failure(ExitCode.FAILED, "measure knn --train %s --test %s", data, data))
                    .contains(
                            "need",
                            "of memory, and a batch of queries",
                            "are free: choose a smaller --dtype or fewer --threads");
        } finally {
            MemoryUse.limit(limit);
        }
    }

    @Test
    void refusesWhatHasNoAnswer() throws IOException {
        String data = TwoClasses.keys(folder);
        String longer = NpzFile.features(folder.resolve("longer.npz"), new float[] {1, 0, 0}, 0);
        assertThat(Run.failure(ExitCode.USAGE, "measure knn --train %s --test %s --k 5,0", data, data))
                .contains("--k 0: expected a positive number of neighbours");
        assertThat(Run.failure(ExitCode.USAGE, "measure knn --train %s --test %s --temperature 0", data, data))
                .contains("--temperature 0.0: expected a positive number");
        assertThat(Run.failure(ExitCode.USAGE, "measure knn --train %s --test images:x", data))
                .contains("--test images:x: expected features: of both, or images of both");
        assertThat(Run.failure(ExitCode.USAGE, "measure knn --train %s --test %s", data, longer))
                .contains("has 3 features in a row: expected the 2 of --train");
        assertThat(Run.failure(ExitCode.USAGE, "measure knn --train %s --test %s --layers x", data, data))
                .contains("leave them out with features:");
    }
}
