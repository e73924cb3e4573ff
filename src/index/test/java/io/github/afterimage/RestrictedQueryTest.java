package io.github.afterimage;

import static io.github.afterimage.Slopes.assertSlopes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.KeySet;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.PartialAnswer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RestrictedQueryTest {
    private static final int DIM = 70;
    private static final int CLASSES = 7;
    private static final double[] THETAS = {0, 10, 90};
    private static final double[] TOLERANCES = {1e-6, 2e-6, 2e-5};

    /** Around a group of keys of a kernel, a block of the filter, and a stretch that is read in place. */
    private static final int[] SIZES = {1, 95, 96, 97, 192, 193, 1023, 1024, 1025, 2100, 9500};

    private static final double[] SHARES = {1, 0.95, 0.6, 0.1, 0.01};

    /** Rows of an index and the restriction of a query. */
    private static final class Case {
        final Random random;
        final int size;
        final int views;
        final float[] keys;
        final int[] labels;
        final BitSet removed = new BitSet();

        Case(long seed, int size) {
            this(seed, size, 1);
        }

        /** @param views keys of each picture; the size is a multiple of them */
        Case(long seed, int size, int views) {
            random = new Random(seed);
            this.size = size;
            this.views = views;
            keys = new float[size * DIM];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = (float) random.nextGaussian() + 0.2f;
            }
            labels = random.ints(size, 0, CLASSES).toArray();
            if (random.nextBoolean()) {
                Arrays.sort(labels);
            }
            Arrays.setAll(labels, row -> labels[row - row % views]);
            if (random.nextBoolean()) {
                random.ints(1 + size / 40, 0, size).forEach(removed::set);
            }
        }

        /** Adds some of the keys, each as a picture, in two steps, the first one much larger. */
        CacheIndex index(ElementType type, int[] rows) {
            return index(type, rows, 1);
        }

        private CacheIndex index(ElementType type, int[] rows, int each) {
            CacheIndex index =
                    new CacheIndexBuilder(DIM, CLASSES).type(type).threads(2).build();
            int cut = rows.length * 7 / 8 / each * each;
            add(index, Arrays.copyOfRange(rows, 0, cut), each);
            add(index, Arrays.copyOfRange(rows, cut, rows.length), each);
            return index;
        }

        private void add(CacheIndex index, int[] rows, int each) {
            float[] features = new float[rows.length * DIM];
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(keys, rows[i] * DIM, features, i * DIM, DIM);
            }
            int[] ofPictures = new int[rows.length / each];
            Arrays.setAll(ofPictures, picture -> labels[rows[picture * each]]);
            index.add(KeyBatch.of(features, ofPictures).views(each));
        }

        CacheIndex whole(ElementType type) {
            CacheIndex index = index(type, IntStream.range(0, size).toArray(), views);
            index.remove(removed.stream().asLongStream().toArray());
            return index;
        }

        long[] ids(double share) {
            return LongStream.range(-2, size + 2) // some that no key has
                    .filter(id -> random.nextDouble() < share)
                    .toArray();
        }

        /** Of unit norm and exact in every type: 64 values of 1/8 or -1/8. */
        float[] queries(int batch) {
            float[] queries = new float[batch * DIM];
            for (int query = 0; query < batch; query++) {
                for (int chosen = 0; chosen < 64; ) {
                    int place = query * DIM + random.nextInt(DIM);
                    if (queries[place] == 0) {
                        queries[place] = random.nextInt(3) == 0 ? -0.125f : 0.125f;
                        chosen++;
                    }
                }
            }
            return queries;
        }
    }

    private static IntPredicate in(long[] ids) {
        BitSet set = new BitSet();
        Arrays.stream(ids).filter(id -> id >= 0).forEach(id -> set.set((int) id));
        return set::get;
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void aRestrictedQueryIsAnsweredAsByAnIndexOfThoseKeysOnly(ElementType type) {
        for (int i = 0; i < SIZES.length; i++) {
            long seed = 100 * i + type.code();
            int views = SIZES[i] > 3 ? 1 + i % 2 : 1;
            Case example = new Case(seed, SIZES[i] - SIZES[i] % views, views);
            double share = SHARES[example.random.nextInt(SHARES.length)];
            Query query = Query.of(example.queries(SIZES[i] > 3000 ? 1 : i % 3 == 0 ? 17 : 2))
                    .thetas(THETAS)
                    .neighbors(9);
            long[] ids = example.ids(share);
            int label = example.random.nextInt(CLASSES);
            IntPredicate inIds = in(ids);
            IntPredicate listed = row -> inIds.test(row / views);
            List<Query> restricted = List.of(
                    query.only(KeySet.ids(ids)),
                    query.only(KeySet.ids(ids).complement()),
                    query.only(KeySet.labels(label).complement()).only(KeySet.ids(ids)),
                    query.only(KeySet.labels(label, 0, 1)));
            List<IntPredicate> chosen = List.of(
                    listed,
                    listed.negate(),
                    listed.and(id -> example.labels[id] != label),
                    id -> example.labels[id] == label || example.labels[id] <= 1);
            int which = (i + type.code()) % 4;
            int[] left = IntStream.range(0, example.size)
                    .filter(chosen.get(which))
                    .filter(row -> !example.removed.get(row / views))
                    .toArray();
            String as = "seed " + seed + ", size " + example.size + ", share " + share + ", " + restricted.get(which);
            try (CacheIndex index = example.whole(type);
                    CacheIndex subset = example.index(type, left)) {
                if (left.length == 0) {
                    assertThatThrownBy(() -> index.answer(restricted.get(which)))
                            .as(as)
                            .isInstanceOf(IllegalStateException.class);
                    continue;
                }
                Answer expected = subset.withEngine(Engines.named("reference")).answer(query);
                for (Engine engine : Engines.available()) {
                    Answer answer = index.withEngine(engine).answer(restricted.get(which));
                    compare(answer, expected, left, views, engine + ", " + as);
                    Answer again = index.withEngine(engine).answer(restricted.get(which));
                    for (int t = 0; t < THETAS.length; t++) {
                        assertThat(again.at(t).row(0).probabilities())
                                .as(as)
                                .containsExactly(answer.at(t).row(0).probabilities());
                    }
                }
            }
        }
    }

    /** @param ids of the keys of the index that gave the expected answer, {@code views} times those of the answer */
    private static void compare(Answer answer, Answer expected, int[] ids, int views, String as) {
        assertThat(answer.keys()).as(as).isEqualTo(ids.length);
        assertThat(answer.row(0).neighbors().size()).as(as).isEqualTo(Math.min(9, ids.length));
        for (int b = 0; b < answer.batch(); b++) {
            for (int t = 0; t < THETAS.length; t++) {
                assertThat(answer.at(t).row(b).probabilities())
                        .as(as)
                        .containsExactly(expected.at(t).row(b).probabilities(), within((float) TOLERANCES[t]));
                assertThat(answer.at(t).row(b).logMass())
                        .as(as)
                        .isCloseTo(expected.at(t).row(b).logMass(), within(1e-5 + 2e-6 * THETAS[t]));
            }
            List<Neighbor> found = answer.row(b).neighbors();
            for (int place = 0; place < found.size(); place++) {
                long id = found.get(place).id();
                assertThat(IntStream.of(ids).anyMatch(row -> row / views == id))
                        .as(as)
                        .isTrue();
                assertThat(found.get(place).score())
                        .as(as)
                        .isCloseTo(expected.row(b).neighbors().get(place).score(), within(2e-6f));
                if (found.get(0).score() - found.get(found.size() - 1).score() > 1e-4) {
                    assertThat(expected.row(b).neighbors())
                            .as(as)
                            .extracting(key -> (long) ids[(int) key.id()] / views)
                            .contains(id);
                }
            }
        }
    }

    @ForEachEngine
    void theGradientIsTheSlopeOfTheRestrictedAnswer(Engine engine) {
        Problem problem = Problem.random(7, 300, 20, 5, 3);
        float[] cotangents = new float[3 * 5];
        for (int i = 0; i < cotangents.length; i++) {
            cotangents[i] = i % 4 - 1.5f;
        }
        int[] left = IntStream.range(0, 300)
                .filter(id -> id % 3 == 0 && problem.labels()[id] != 2)
                .toArray();
        Oracle oracle = problem.oracle(left);
        Query query = Query.of(problem.queries())
                .thetas(20)
                .only(KeySet.ids(
                        LongStream.range(0, 300).filter(id -> id % 3 == 0).toArray()))
                .only(KeySet.labels(2).complement());
        try (CacheIndex index = problem.index()) {
            float[] gradient = index.withEngine(engine).gradient(query, cotangents);
            double[][] queries = Oracle.unit(problem.queries(), 20);
            for (int b = 0; b < queries.length; b++) {
                assertSlopes(gradient, b, queries[b], cotangents, row -> oracle.probabilities(row, 20), 2e-4);
            }
        }
    }

    @ForEachEngine
    void partsReadFromTheDiskGiveTheSumsAndTheNearestKeysOfTheirSet(Engine engine, @TempDir Path folder)
            throws IOException {
        Case example = new Case(11, 5000);
        Path file = folder.resolve("cache.safetensors");
        Query query = Query.of(example.queries(3))
                .thetas(10)
                .only(KeySet.labels(0).complement())
                .only(KeySet.ids(example.ids(0.3)));
        try (PartitionedIndexWriter build = new CacheIndexBuilder(DIM, CLASSES).buildInParts(file, 2000)) {
            build.add(example.keys, example.labels);
            build.complete();
        }
        try (CacheIndex whole = example.index(
                        ElementType.FLOAT32, IntStream.range(0, 5000).toArray());
                CacheIndex walked = CacheIndex.open(
                        file, new OpenOptions().threads(1).engine(engine).load(false));
                CacheIndex first =
                        CacheIndex.open(file, new OpenOptions().engine(engine).parts(0, 1));
                CacheIndex others =
                        CacheIndex.open(file, new OpenOptions().engine(engine).parts(1, 3))) {
            Answer expected = whole.answer(query.neighbors(9));
            Answer answer = walked.answer(query.neighbors(9));
            PartialAnswer sums = first.partial(query).merge(others.partial(query));
            assertThat(sums.keys()).isEqualTo(expected.keys());
            for (int b = 0; b < 3; b++) {
                float[] row = expected.row(b).probabilities();
                assertThat(answer.row(b).probabilities()).containsExactly(row, within(2e-6f));
                assertThat(sums.answer().row(b).probabilities()).containsExactly(row, within(2e-6f));
                for (int place = 0; place < 9; place++) {
                    assertThat(answer.row(b).neighbors().get(place).id())
                            .isEqualTo(expected.row(b).neighbors().get(place).id());
                }
            }
        }
    }
}
