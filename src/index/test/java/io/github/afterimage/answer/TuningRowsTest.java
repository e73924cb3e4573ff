package io.github.afterimage.answer;

import static io.github.afterimage.Numbers.normals;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.CacheReader;
import io.github.afterimage.ForgottenKeys;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TuningRowsTest {
    private static final int DIM = 16;
    private static final int CLASSES = 4;
    private static final int KEYS = 600;
    private static final int ROWS = 120;
    private static final double THETA = 12;

    @TempDir
    private Path folder;

    private final long seed = 65;
    private final Random random = new Random(seed);
    private final float[] centres = normals(random, CLASSES * DIM);
    private final int[] labels = random.ints(ROWS, 0, CLASSES).toArray();
    private final float[] features = rows(labels);
    private final float[] network = network();
    private final float[] mirror = network();

    /** Returns rows around the centres of their classes. */
    private float[] rows(int... classes) {
        float[] rows = normals(random, classes.length * DIM);
        for (int i = 0; i < rows.length; i++) {
            rows[i] += 0.8f * centres[classes[i / DIM] * DIM + i % DIM];
        }
        return rows;
    }

    /** Returns what a network says that is often right. */
    private float[] network() {
        float[] probabilities = new float[ROWS * CLASSES];
        for (int row = 0; row < ROWS; row++) {
            double[] weights = new double[CLASSES];
            for (int c = 0; c < CLASSES; c++) {
                weights[c] = Math.exp(1.5 * random.nextGaussian() + (c == labels[row] ? 2 : 0));
            }
            double total = Arrays.stream(weights).sum();
            for (int c = 0; c < CLASSES; c++) {
                probabilities[row * CLASSES + c] = (float) (weights[c] / total);
            }
        }
        return probabilities;
    }

    private CacheIndex filled() {
        CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).threads(2).build();
        int[] classes = random.ints(KEYS, 0, CLASSES).toArray();
        index.add(rows(classes), classes);
        return index;
    }

    /** Tunes with examples as an index keeps them. */
    private Tuner tuner(CacheIndex index, TuningRows rows) {
        Tuner tuner = new Tuner(THETA);
        float[] rounded = new float[ROWS * DIM];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = rows.tensors().keys()[i];
        }
        Answer memory =
                index.answer(Query.of(rounded).thetas(THETA).neighbors(1).evidence(true));
        tuner.accept(memory, kept(network), kept(mirror), labels);
        return tuner;
    }

    /** Rounds probabilities as an index keeps them, with another conversion to float16. */
    private static float[] kept(float[] probabilities) {
        float[] kept = new float[probabilities.length];
        for (int i = 0; i < kept.length; i++) {
            double log = Math.log(probabilities[i]);
            double step = Math.scalb(1, Math.max(-14, Math.getExponent(log)) - 10);
            kept[i] = (float) Math.exp((float) (Math.rint(log / step) * step));
        }
        return kept;
    }

    private TuningRows examples(CacheIndex index) {
        return TuningRows.of(index.encode(FloatBuffer.wrap(features)), labels, network, mirror);
    }

    private Path saved() throws IOException {
        Path file = folder.resolve("index.safetensors");
        try (CacheIndex index = filled()) {
            TuningRows rows = examples(index);
            index.files()
                    .saveTuned(file, tuner(index, rows).attributes(index.attributes(), DoubtThreshold.SHARE), rows);
            assertThat(index.attributes()).containsEntry("tuned_keys", "600 600");
        }
        return file;
    }

    private static void assertSameWeights(Map<String, String> found, Map<String, String> expected, double error) {
        for (String name : List.of("pool.alone", "pool.one_view", "pool.two_views")) {
            double[] weights = numbers(found.get(name));
            assertThat(weights).as(name).hasSize(3).containsExactly(numbers(expected.get(name)), within(error));
        }
    }

    private static double[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    private static long[] ids(long from, long to) {
        return LongStream.range(from, to).toArray();
    }

    @Test
    void aSaveAfterManyChangesFitsTheWeightsThatTuningWouldFit() throws IOException {
        Path file = saved();
        try (CacheIndex index = CacheIndex.open(file)) {
            Map<String, String> before = index.attributes();
            index.remove(ids(0, KEYS / 2));
            assertThat(index.attributes()).isEqualTo(before);
            index.save(file);
            Map<String, String> after = index.attributes();
            Map<String, String> expected = tuner(index, examples(index)).attributes(before, DoubtThreshold.SHARE);
            assertThat(after).as("seed %d", seed).containsEntry("tuned_keys", "300 600");
            assertSameWeights(after, expected, 1e-9);
            assertThat(after.get("pool.two_views")).isNotEqualTo(before.get("pool.two_views"));
            assertThat(after.get("class_shares")).isEqualTo(expected.get("class_shares"));
            Map<String, String> others = new HashMap<>(after);
            others.keySet()
                    .removeAll(List.of(
                            "background",
                            "pool.alone",
                            "pool.one_view",
                            "pool.two_views",
                            "class_shares",
                            "tuned_keys"));
            assertThat(before).as("sets and thresholds stay").containsAllEntriesOf(others);
        }
    }

    /** Digits that depend on where the keys lie in memory are left out, which fails for one in some thousands of seeds. */
    @Test
    void theSameChangesGiveTheSameBits() throws IOException {
        byte[] original = Files.readAllBytes(saved());
        Map<String, String> first = null;
        for (int run = 0; run < 4; run++) {
            Path file = folder.resolve("copy" + run + ".safetensors");
            Files.write(file, original);
            OpenOptions options = new OpenOptions().threads(2);
            if (run % 2 == 1) {
                options.log(Durability.everyChange());
            }
            CacheIndex index = CacheIndex.open(file, options);
            index.remove(ids(100, 350));
            if (run == 3) { // the log is replayed
                index.close();
                index = CacheIndex.open(file, new OpenOptions().threads(2).log(Durability.everyChange()));
            }
            index.save(file);
            Map<String, String> attributes = index.attributes();
            index.close();
            first = first == null ? attributes : first;
            assertThat(attributes).as("seed %d, run %d", seed, run).isEqualTo(first);
            try (CacheIndex opened = CacheIndex.open(file)) {
                assertThat(opened.attributes()).isEqualTo(attributes);
            }
        }
    }

    @Test
    void fewerChangesThanATenthLeaveTheWeightsUntilMoreFollow() throws IOException {
        Path file = saved();
        String before;
        try (CacheIndex index = CacheIndex.open(file)) {
            before = index.attributes().get("pool.one_view");
            index.remove(ids(0, 30));
            index.save(file);
            assertThat(index.attributes())
                    .containsEntry("pool.one_view", before)
                    .containsEntry("tuned_keys", "600 600");
        }
        try (CacheIndex index = CacheIndex.open(file)) {
            index.add(KeyBatch.of(rows(new int[28]), new int[14]).views(2));
            index.save(file);
            assertThat(index.attributes())
                    .as("58 of 600 keys changed")
                    .containsEntry("pool.one_view", before)
                    .containsEntry("tuned_keys", "600 600");
            index.add(KeyBatch.of(rows(new int[2]), new int[1]).views(2));
            index.save(file);
            assertThat(index.attributes()).containsEntry("tuned_keys", "600 615");
            assertThat(index.attributes().get("pool.one_view")).isNotEqualTo(before);
            index.remove(ids(0, 615));
            index.save(file);
            assertThat(index.attributes()).as("an empty index").containsEntry("tuned_keys", "600 615");
        }
    }

    @Test
    void anIndexOfThePapersRuleKeepsIt() throws IOException {
        Path file = folder.resolve("index.safetensors");
        try (CacheIndex index = filled()) {
            index.files().saveTuned(file, Map.of("theta", "12", "lambda", "0.3"), examples(index));
            index.remove(ids(0, 400));
            index.save(file);
            assertThat(index.attributes())
                    .containsEntry("lambda", "0.3")
                    .containsEntry("tuned_keys", "200 600")
                    .doesNotContainKey("pool.alone");
        }
    }

    @Test
    void noExamplesAreLeftWhereNoneAreKept() throws IOException {
        Path file = saved();
        assertThat(StoredIndex.contents(file).tuningRows()).isEqualTo(ROWS);
        try (CacheIndex index = CacheIndex.open(file)) {
            index.save(file);
            assertThat(StoredIndex.contents(file).tuningRows()).isEqualTo(ROWS);
            index.files().saveTuned(file, index.attributes(), TuningRows.NONE);
            assertThat(index.attributes()).doesNotContainKey("tuned_keys");
        }
        assertThat(StoredIndex.contents(file).tuningRows()).isZero();
        assertThat(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain("tuning_");
    }

    @Test
    void conversionsKeepTheExamplesAndReductionsDropThem() throws IOException {
        Path file = saved();
        Path converted = folder.resolve("small.safetensors");
        Path reduced = folder.resolve("reduced.safetensors");
        Path repaired = folder.resolve("repaired.safetensors");
        try (StoredIndex stored = StoredIndex.open(file, true)) {
            stored.convert(converted, ElementType.FLOAT16, Progress.NONE);
            try (CacheIndex index = stored.reduce(
                            io.github.afterimage.reduce.Reduction.parse("pca:8"),
                            ElementType.FLOAT32,
                            KEYS,
                            1,
                            Progress.NONE)
                    .index()) {
                index.save(reduced);
                assertThat(index.attributes()).doesNotContainKeys("tuned_keys", "theta");
            }
        }
        assertThat(StoredIndex.contents(converted).tuningRows()).isEqualTo(ROWS);
        assertThat(StoredIndex.contents(reduced).tuningRows()).isZero();
        assertThat(StoredIndex.repair(file, repaired).losses()).isEmpty();
        assertThat(StoredIndex.contents(repaired).tuningRows()).isEqualTo(ROWS);
        assertThat(StoredIndex.check(repaired)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEffectIsWhatCountingByHandFinds(boolean reopened) throws IOException {
        Path file = saved();
        CacheIndex index = CacheIndex.open(file, new OpenOptions().threads(1));
        TuningRows rows = examples(index);
        for (int lesson = 0; lesson < 6; lesson++) {
            boolean[] before = right(index, rows);
            try (CacheReader then = index.snapshot()) {
                if (lesson % 3 == 2) {
                    index.remove(ids(KEYS + lesson / 3 * 120, KEYS + lesson / 3 * 120 + 64));
                } else {
                    int[] wrong = new int[60];
                    Arrays.fill(wrong, lesson % CLASSES);
                    index.add(
                            rows(IntStream.generate(() -> (wrong[0] + 1) % CLASSES)
                                    .limit(60)
                                    .toArray()),
                            wrong);
                }
                boolean[] after = right(index, rows);
                int more = 0;
                int fewer = 0;
                for (int row = 0; row < ROWS; row++) {
                    more += after[row] && !before[row] ? 1 : 0;
                    fewer += before[row] && !after[row] ? 1 : 0;
                }
                assertThat(index.effect(then))
                        .as("seed %d, lesson %d", seed, lesson)
                        .hasValue(new ChangeEffect(ROWS, more, fewer));
            }
            if (reopened) {
                index.save(file);
                index.close();
                index = CacheIndex.open(file, new OpenOptions().threads(1));
            }
        }
        index.close();
    }

    private boolean[] right(CacheIndex index, TuningRows rows) {
        int views = index.calibration().views();
        AnswerRule rule = index.calibration().rule();
        float[] rounded = new float[ROWS * DIM];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = rows.tensors().keys()[i];
        }
        Answer answer = index.answer(Query.of(rounded).thetas(rule.theta()).evidence(true));
        float[] one = kept(network);
        float[] seen = views == 2 ? Pool.mean(one, kept(mirror), ROWS) : one;
        boolean[] right = new boolean[ROWS];
        for (int row = 0; row < ROWS; row++) {
            float[] own = Arrays.copyOfRange(seen, row * CLASSES, (row + 1) * CLASSES);
            right[row] = ArgMax.of(rule.probabilities(own, answer.row(row))) == labels[row];
        }
        return right;
    }

    @Test
    void noEffectIsToldWhereItIsUnknownOrTakesLong() throws IOException {
        try (CacheIndex index = filled();
                CacheReader before = index.snapshot()) {
            index.remove(7);
            assertThat(index.effect(before)).as("no examples").isEmpty();
            assertIllegalArgument(() -> index.effect(index)).hasMessageContaining("take one before the change");
            try (CacheIndex other = filled()) {
                assertIllegalArgument(() -> other.effect(before));
            }
        }
        try (CacheIndex index = CacheIndex.open(saved());
                CacheReader before = index.snapshot()) {
            index.remove(ids(0, 64));
            assertThat(index.effect(before)).isPresent();
            index.remove(64);
            assertThat(index.effect(before)).as("65 keys").isEmpty();
            long queries = index.statistics().queries();
            assertThat(queries).as("nobody has asked").isZero();
        }
    }

    @Test
    void forgettingDropsTheExamplesThatEqualAKey() throws IOException {
        for (ElementType type : ElementType.values()) {
            Path file = folder.resolve(type + ".safetensors");
            try (CacheIndex index =
                    new CacheIndexBuilder(DIM, CLASSES).type(type).build()) {
                index.add(features, labels);
                TuningRows rows = examples(index);
                index.files().saveTuned(file, tuner(index, rows).attributes(Map.of(), DoubtThreshold.SHARE), rows);
            }
            try (CacheIndex index = CacheIndex.open(file)) {
                ForgottenKeys receipt = index.forget(file, 5, 77, 5000);
                assertThat(receipt.removed()).isEqualTo(2);
                assertThat(StoredIndex.contents(file).tuningRows())
                        .as("seed %d, %s", seed, type)
                        .isEqualTo(ROWS - 2);
                index.forget(file, ids(0, ROWS - 1));
                assertThat(StoredIndex.contents(file).tuningRows()).isEqualTo(1);
            }
            assertThat(StoredIndex.check(file)).isEmpty();
            CacheIndex.open(file).close();
        }
        assertThat(ForgottenKeys.NOT_UNDONE).contains("tuning it again without any drops them");
    }

    @Test
    void anIndexInPartsKeepsTheExamplesInItsFirstFile() throws IOException {
        Path file = saved();
        try (CacheIndex index = CacheIndex.open(file)) {
            index.add(rows(0, 1), new int[] {0, 1});
            index.save(file);
        }
        assertThat(StoredIndex.files(file)).hasSize(3);
        try (CacheIndex index = CacheIndex.open(file);
                CacheReader before = index.snapshot()) {
            index.remove(0);
            assertThat(index.effect(before).orElseThrow().examples()).isEqualTo(ROWS);
        }
        assertThat(StoredIndex.check(file)).isEmpty();
    }

    @Test
    void examplesThatDoNotFitAreRefused() throws IOException {
        float[] one = {1, 0};
        int[] label = {0};
        assertIllegalArgument(() -> TuningRows.of(new float[501], new int[501], null, null))
                .hasMessage("501 examples to keep: expected at most 500");
        assertIllegalArgument(() -> TuningRows.of(new float[3], new int[2], null, null))
                .hasMessageContaining("rows of 3 values: expected as many for each of 2 labels");
        assertIllegalArgument(() -> TuningRows.of(one, label, new float[2], new float[1]))
                .hasMessageContaining("1 values, expected as many as of the images");
        assertIllegalArgument(() -> TuningRows.of(new float[2], label, null, null))
                .hasMessageContaining("no direction");
        try (CacheIndex index = new CacheIndexBuilder(3, 2).build()) {
            index.add(new float[] {1, 0, 0}, label);
            Path file = folder.resolve("other.safetensors");
            assertIllegalArgument(() -> index.files().saveTuned(file, Map.of(), TuningRows.of(one, label, null, null)))
                    .hasMessageContaining("encoded rows of 3 values");
            float[] row = {1, 0, 0};
            assertIllegalArgument(() ->
                            index.files().saveTuned(file, Map.of(), TuningRows.of(row, new int[] {2}, null, null)))
                    .hasMessage("label 2: expected 0 to 1");
            assertIllegalArgument(() ->
                            index.files().saveTuned(file, Map.of(), TuningRows.of(row, label, new float[3], null)))
                    .hasMessageContaining("at most 2 classes");
            assertThat(file).doesNotExist();
        }
    }
}
