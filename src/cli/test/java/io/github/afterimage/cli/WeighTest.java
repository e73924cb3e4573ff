package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeighTest {
    private static final int DIM = 4;
    private static final int CLASSES = 3;
    private static final int KEYS = 600; // more than two batches
    private static final double THETA = 8;

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();

    private static List<Float> weights(Path index) throws IOException {
        try (CacheIndex opened = CacheIndex.open(index, new OpenOptions().threads(1))) {
            return opened.list(0, Integer.MAX_VALUE).stream()
                    .map(KeyEntry::weight)
                    .toList();
        }
    }

    /** Each key against all others in double precision; a key that an earlier command removed has no part in it. */
    @ParameterizedTest
    @ValueSource(strings = {"f32", "i8"})
    void weighsEachKeyByTheAgreementOfAllOthers(String type) throws IOException {
        Random random = new Random(seed);
        int[] labels = random.ints(KEYS, 0, CLASSES).toArray();
        float[] features = new float[KEYS * DIM];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextGaussian() + (i % DIM == labels[i / DIM] ? 2 : 0);
        }
        for (int i = 0; i < KEYS; i += 10) {
            labels[i] = (labels[i] + 1) % CLASSES;
        }
        Path index = folder.resolve("index.safetensors");
        Run.done(
                "build --data %s --dtype %s --out %s",
                NpzFile.features(folder.resolve("keys.npz"), features, labels), type, index);
        Run.done("remove --index %s --ids 7", index);
        Run.done("weigh %s --weight 3 --label 1", index); // has no part in it either
        double floor = 0.05;
        Path suspects = folder.resolve("suspects.csv");
        Map<String, Object> found =
                Run.json("weigh %s --agreement --theta %s --floor %s --suspects %s", index, THETA, floor, suspects);
        List<Float> weights = weights(index);
        double[][] keys = new double[KEYS][];
        for (int k = 0; k < KEYS; k++) {
            keys[k] = unit(features, k);
        }
        int disagreeing = 0;
        for (int k = 0; k < KEYS; k++) {
            if (k == 7) {
                continue;
            }
            double[] sums = new double[CLASSES];
            for (int other = 0; other < KEYS; other++) {
                if (other != k && other != 7) {
                    sums[labels[other]] += Math.exp(THETA * (product(keys[k], keys[other]) - 1));
                }
            }
            double greatest = Math.max(sums[0], Math.max(sums[1], sums[2]));
            disagreeing += sums[labels[k]] < greatest ? 1 : 0;
            assertThat((double) weights.get(k < 7 ? k : k - 1))
                    .as("key %d, seed %d", k, seed)
                    .isCloseTo(Math.max(sums[labels[k]] / greatest, floor), within(type.equals("i8") ? 0.05 : 1e-4));
        }
        assertThat(found).containsEntry("keys", KEYS - 1).containsEntry("floor", floor);
        assertThat((double) (int) found.get("disagreeing")).isCloseTo(disagreeing, within(type.equals("i8") ? 9. : 1));
        assertThat(Run.json("info %s", index)).containsEntry("files", 1).containsEntry("logChanges", 0);
        List<Map<String, Object>> named = Run.objects(found, "suspects");
        assertThat(named).hasSize((int) found.get("disagreeing"));
        assertThat(named)
                .extracting(each -> ((Number) each.get("weight")).doubleValue())
                .isSorted();
        assertThat(named).allSatisfy(each -> {
            int key = Integer.parseInt(each.get("name").toString().replaceFirst(".* row ", ""));
            assertThat(each).containsEntry("label", "class " + labels[key]);
            assertThat(each.get("others")).isNotEqualTo(each.get("label"));
        });
        assertThat(Files.readAllLines(suspects))
                .hasSize(1 + named.size())
                .contains("id,name,label,others,probability,weight");
    }

    private static double[] unit(float[] features, int key) {
        double[] values = new double[DIM];
        double norm = 0;
        for (int i = 0; i < DIM; i++) {
            values[i] = features[key * DIM + i];
            norm += values[i] * values[i];
        }
        for (int i = 0; i < DIM; i++) {
            values[i] /= Math.sqrt(norm);
        }
        return values;
    }

    private static double product(double[] key, double[] other) {
        double sum = 0;
        for (int i = 0; i < DIM; i++) {
            sum += key[i] * other[i];
        }
        return sum;
    }

    @Test
    void setsTheWeightsOfChosenKeysAndResetsAll() throws IOException {
        Path index = TwoClasses.index(folder);
        assertThat(Run.json("weigh %s --weight 0.25 --ids 1,1", index))
                .containsEntry("weighed", 1)
                .containsEntry("keys", 2);
        assertThat(weights(index)).containsExactly(1f, 0.25f);
        assertThat(Run.json("info %s", index)).containsEntry("weighted", 1);
        assertThat(Run.done("info %s", index).out()).containsPattern("weights +1 are not 1");
        Run.done("weigh %s --weight 2 --label 0", index);
        Run.done("weigh %s --weight 4 --name *row?1", index);
        assertThat(weights(index)).containsExactly(2f, 4f);
        assertThat(Run.done("weigh %s --weight 1", index).out()).contains("2 keys of 2: weight 1.0, saved");
        assertThat(weights(index)).containsExactly(1f, 1f);
    }

    @Test
    void weightsGoFromAFileOfFeaturesToAnIndexAndBack() throws IOException {
        float[] features = {1, 0, 1, 1, 0, 1};
        Path data = new NpzFile()
                .floats("features", features, 3, 2)
                .labels(0, 1, 1)
                .floats("weights", new float[] {0.5f, 1, 4}, 3)
                .write(folder.resolve("in.npz"));
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data features:%s --out %s", data, index);
        assertThat(weights(index)).containsExactly(0.5f, 1f, 4f);
        for (String name : List.of("out.npz", "out.npy", "out.safetensors")) {
            Run.done("export %s --out %s", index, folder.resolve(name));
            Path again = folder.resolve("again.safetensors");
            Run.done("build --data features:%s --out %s --part-bytes 16", folder.resolve(name), again);
            assertThat(weights(again)).as(name).containsExactly(0.5f, 1f, 4f);
        }
        Run.warned("count twice", "add --index %s --data features:%s#[1:3]", index, data);
        assertThat(weights(index)).containsExactly(0.5f, 1f, 4f, 1f, 4f);
        assertThat(Run.json("info %s", index)).containsEntry("weighted", 3).containsEntry("logChanges", 1);
        Path wrong = new NpzFile()
                .floats("features", features, 3, 2)
                .labels(0, 1, 1)
                .floats("weights", new float[] {1, 0, 1}, 3)
                .write(folder.resolve("wrong.npz"));
        assertThat(Run.failure(ExitCode.FAILED, "add --index %s --data features:%s", index, wrong))
                .contains("example 1 (wrong.npz row 1) has weight 0.0: expected 1e-6 to 1e6");
        assertThat(Run.failure(ExitCode.USAGE, "add --server http://127.0.0.1:1/v2/models/x --data features:%s", data))
                .contains("in.npz has weights, which a server does not take");
    }

    @Test
    void changesNothingWhereNoKeyIsChosen() throws IOException {
        Path index = TwoClasses.index(folder);
        byte[] before = Files.readAllBytes(index);
        assertThat(Run.warned(
                                ExitCode.FAILED,
                                "no key matches name \"nothing\"",
                                "weigh %s --weight 2 --name nothing",
                                index)
                        .out())
                .contains("0 keys of 2: no key is chosen, and nothing is changed");
        assertThat(index).hasBinaryContent(before);
    }

    @Test
    void predictShowsAWeightThatIsNotOne() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        Path image = Files.createDirectories(folder.resolve("images/a")).resolve("1.bmp");
        Files.write(
                image,
                Image.ofBytes(2, 2, new byte[] {9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0})
                        .encoded());
        Path index = folder.resolve("index.safetensors");
        Run.done("build --model %s --layers hidden --data images:%s --out %s", model, folder.resolve("images"), index);
        Object[] predict = {"predict --index %s --model %s %s --theta 1", index, model, image};
        assertThat(Run.done(predict).out()).doesNotContain("weight");
        Run.done("weigh %s --weight 0.5", index);
        assertThat(Run.done(predict).out()).contains("a/1.bmp, weight 0.5");
    }

    @Test
    void keysOfOneClassDoNotDisagree() throws IOException {
        Path index = TwoClasses.index(folder);
        Run.done("remove --index %s --ids 0 --save", index);
        assertThat(Run.failure(ExitCode.USAGE, "weigh %s --agreement --theta 1", index))
                .contains("all keys have one label");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --weight 0 | --weight 0.0: expected 1e-6 to 1e6; a key
                    --weight x | 'x' is not a float
                    --agreement | the index has no theta: run tune --save, or add --theta T
                    --agreement --theta 1 --floor 0 | floor 0.0: expected 0.000001 to 1
                    --agreement --theta -1 | theta -1.0: expected a finite number
                    --agreement --theta 1 --ids 3 | --agreement: leave them out, since it weighs all keys
                    --weight 1 --theta 5 | --theta, --floor and --suspects with --weight: leave them out
                    --weight 1 --floor 0.1 | --theta, --floor and --suspects with --weight: leave them out
                    --weight 1 --suspects a.csv | --theta, --floor and --suspects with --weight: leave them out
                    --agreement --weight 1 | mutually exclusive
                    --ids 1 | (--agreement | --weight=W); see
                    """)
    void refusesWhatHasNoMeaning(String options, String message) throws IOException {
        Path index = TwoClasses.index(folder);
        assertThat(Run.failure(ExitCode.USAGE, "weigh %s", index, options.split(" ")))
                .contains(message);
        assertThat(weights(index)).containsExactly(1f, 1f);
    }
}
