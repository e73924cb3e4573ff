package io.github.afterimage;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheIndexTest {
    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void refusesTheWholeBatchWhenOneValueIsNotFinite(float bad) {
        for (int column = 0; column < 33; column++) {
            try (CacheIndex index = new CacheIndexBuilder(33, 2).build()) {
                float[] features = filled(3 * 33, 1);
                index.add(features, new int[] {0, 1, 0});
                features[2 * 33 + column] = bad;
                assertIllegalArgument(() -> index.add(features, new int[] {0, 1, 1}))
                        .hasMessageContaining("key 2 has " + bad + " at column " + column);
                assertIllegalArgument(() -> index.query(features, 10))
                        .hasMessageContaining("query 2 has " + bad + " at column " + column);
                assertThat(index.size()).isEqualTo(3);
            }
        }
    }

    @Test
    void refusesTheWholeBatchWhenOneRowIsAllZeros() {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            assertIllegalArgument(() -> index.add(new float[] {1, 2, 0, 0}, new int[] {0, 1}))
                    .hasMessageContaining("key 1 is all zeros");
            assertThat(index.size()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 100, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void refusesTheWholeBatchWhenOneLabelIsOutOfRange(int label) {
        try (CacheIndex index = new CacheIndexBuilder(2, 100).build()) {
            assertIllegalArgument(() -> index.add(new float[] {1, 2, 3, 4}, new int[] {5, label}))
                    .hasMessage("label " + label + " at row 1 is outside 0..99");
            assertThat(index.size()).isZero();
        }
    }

    @Test
    void refusesWrongLengthsAndSettings() {
        assertThatThrownBy(() -> new CacheIndexBuilder(0, 3).build()).hasMessageContaining("dim 0");
        assertThatThrownBy(() -> new CacheIndexBuilder(3, -1).build()).hasMessageContaining("classes -1");
        assertThatThrownBy(() -> new CacheIndexBuilder(3, 3).threads(0).build()).hasMessageContaining("threads 0");
        try (CacheIndex index = new CacheIndexBuilder(3, 3).build()) {
            assertThatThrownBy(() -> index.add(new float[4], new int[] {0})).hasMessageContaining("4 values");
            index.add(new float[] {1, 2, 3}, new int[] {0});
            assertThatThrownBy(() -> index.query(new float[4], 1)).hasMessageContaining("multiple of dim 3");
            assertThatThrownBy(() -> index.query(new float[0], 1)).hasMessageContaining("multiple of dim 3");
            for (double theta : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
                assertIllegalArgument(() -> index.query(new float[] {1, 2, 3}, theta))
                        .hasMessageContaining("theta " + theta);
            }
            FloatBuffer query = FloatBuffer.wrap(new float[] {1, 2, 3});
            assertThatThrownBy(() -> index.answer(Query.of(query).thetas(new double[0])))
                    .hasMessageContaining("set thetas or neighbors");
            assertThatThrownBy(() -> index.partial(Query.of(query).thetas(new double[0])))
                    .hasMessageContaining("set thetas or neighbors");
            assertThatThrownBy(() -> index.gradient(Query.of(query).thetas(1), new float[] {0, Float.NaN, 0}))
                    .hasMessageContaining("cotangent 1 of query 0 is NaN");
        }
    }

    @Test
    void aBuilderRefusesWhatItCannotBuild() {
        CacheIndexBuilder builder = new CacheIndexBuilder(3000, 2);
        assertThatThrownBy(() -> builder.type(null)).hasMessage("type");
        assertThatThrownBy(() -> builder.engine(null)).hasMessage("engine");
        assertThatThrownBy(() -> builder.expectedKeys(-5)).hasMessageContaining("expected keys -5");
        assertIllegalArgument(() -> builder.expectedKeys(Long.MAX_VALUE));
        assertThatThrownBy(() -> builder.threads(Integer.MAX_VALUE)).hasMessageContaining("at most 4096");
    }

    @Test
    void aBuilderRefusesAReductionBesideAReducer() {
        CacheIndexBuilder random = new CacheIndexBuilder(8, 2).reduce(Reduction.gaussian(4));
        try (Reducer reducer = Reduction.gaussian(4).reducer(8, 1)) {
            assertIllegalState(() -> random.reduce(reducer)).hasMessageContaining("call reduce once");
            CacheIndexBuilder given = new CacheIndexBuilder(8, 2).reduce(reducer);
            assertIllegalState(() -> given.reduce(Reduction.gaussian(4))).hasMessageContaining("call reduce once");
        }
    }

    @Test
    void aBuilderBuildsSeveralIndexesOfTheSameSettings() {
        CacheIndexBuilder builder = new CacheIndexBuilder(8, 2).reduce(Reduction.gaussian(4));
        String before = builder.toString();
        try (CacheIndex first = builder.build();
                CacheIndex second = builder.attributes(Map.of("theta", "3")).build()) {
            assertThat(builder).hasToString(before);
            assertThat(first.attributes()).doesNotContainKey("theta").containsKey("reduction");
            assertThat(second.attributes()).containsEntry("theta", "3");
        }
    }

    @Test
    void aReducerBelongsToTheFirstIndexOfABuilder() {
        Reducer reducer = Reduction.gaussian(4).reducer(8, 1);
        CacheIndexBuilder builder = new CacheIndexBuilder(8, 2).reduce(reducer);
        builder.build().close();
        assertIllegalState(builder::build).hasMessageContaining("make a builder for each index");
        assertIllegalState(() -> reducer.reduce(FloatBuffer.allocate(8), FloatBuffer.allocate(4)));
    }

    @Test
    void closingAViewClosesTheViewOnly() {
        Problem problem = Problem.random(3, 50, 4, 2, 2);
        try (CacheIndex index = problem.index()) {
            CacheReader view = index.withEngine(Engines.named("reference"));
            view.query(problem.queries(), 10);
            view.close();
            view.close();
            assertIllegalState(() -> view.query(problem.queries(), 10))
                    .hasMessageContaining("reader of the index is closed");
            assertThat(view.toString()).contains("closed");
            assertThat(index.query(problem.queries(), 10).batch()).isEqualTo(problem.batch());
        }
    }

    @Test
    void closingAnIndexEndsItsViews() {
        Problem problem = Problem.random(3, 50, 4, 2, 2);
        CacheIndex index = problem.index();
        CacheReader view = index.withoutReduction();
        index.close();
        assertIllegalState(() -> view.query(problem.queries(), 10)).hasMessageContaining("the index is closed");
    }

    @Test
    void classesWithoutNamesAreNumbered() {
        try (CacheIndex index = new CacheIndexBuilder(2, 100_000).build()) {
            assertThat(index.classNames()).hasSize(100_000).startsWith("class 0", "class 1");
        }
    }

    @Test
    void aClosedIndexSaysThatItIsClosed() {
        CacheIndex index = Problem.random(1, 10, 4, 2, 1).index();
        index.close();
        index.close();
        assertIllegalState(() -> index.query(new float[] {1, 2, 3, 4}, 1));
        assertIllegalState(index::size);
        assertIllegalState(() -> index.add(new float[] {1, 2, 3, 4}, new int[] {0}));
    }

    @Test
    void savedAndOpenedItAnswersTheSame(@TempDir Path folder) throws Exception {
        Problem problem = Problem.random(11, 777, 29, 7, 5);
        Path file = folder.resolve("index.safetensors");
        Answer before;
        List<String> names = List.of("a", "b \"c\"", "d\\e", "ü", " e ", "f", "g");
        try (CacheIndex index = problem.builder()
                .classNames(names)
                .attributes(Map.of("theta", "3"))
                .build()) {
            index.add(problem.keys(), problem.labels());
            before = index.query(problem.queries(), 50);
            index.save(file);
        }
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(index.classNames()).isEqualTo(names);
            assertThat(index.attributes()).containsEntry("theta", "3");
            assertThat(index.size()).isEqualTo(777);
            for (int b = 0; b < problem.batch(); b++) {
                assertThat(index.query(problem.queries(), 50).row(b).probabilities())
                        .containsExactly(before.row(b).probabilities());
            }
        }
        assertThat(folder.toFile().list()).containsExactly("index.safetensors");
    }

    @Test
    void aViewForReducedQueriesAnswersTheSameAndSavesTheReduction(@TempDir Path folder) throws Exception {
        Problem problem = Problem.random(12, 200, 40, 3, 4);
        Path file = folder.resolve("reduced.safetensors");
        Answer before;
        try (ComponentLearner learner = LearnedReducer.learner(Reduction.principalComponents(8), 40, 200)) {
            learner.add(FloatBuffer.wrap(problem.keys()));
            try (CacheIndex index = problem.builder().reduce(learner.learn(1)).build()) {
                index.add(problem.keys(), problem.labels());
                before = index.query(problem.queries(), 20);
                CacheReader view = index.withoutReduction();
                Answer same = view.query(index.encode(FloatBuffer.wrap(problem.queries())), 20);
                for (int b = 0; b < problem.batch(); b++) {
                    assertThat(same.row(b).probabilities())
                            .containsExactly(before.row(b).probabilities(), within(1e-6f));
                }
                index.save(file);
            }
        }
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(index.dim()).isEqualTo(40);
            assertThat(index.format().keyDim()).isEqualTo(8);
            Answer after = index.query(problem.queries(), 20);
            for (int b = 0; b < problem.batch(); b++) {
                assertThat(after.row(b).probabilities())
                        .containsExactly(before.row(b).probabilities(), within(1e-6f));
            }
        }
    }

    @Test
    void refusesMoreNeighborsThanOneAnswerHolds() {
        try (CacheIndex index = new CacheIndexBuilder(1, 1).build()) {
            index.add(filled(3000, 1), new int[3000]);
            FloatBuffer queries = FloatBuffer.wrap(filled(30_000, 1));
            assertIllegalArgument(() -> index.answer(Query.of(queries).neighbors(Integer.MAX_VALUE)))
                    .hasMessage("30000 queries x k 3000: expected at most 67108864 neighbours in one answer, which take"
                            + " 1.6 GiB of the Java heap; ask for fewer queries at once");
            assertThat(index.answer(Query.of(queries).neighbors(3)).batch()).isEqualTo(30_000);
        }
    }

    @Test
    void aQuerySeesExactlyTheBatchesAddedBeforeIt() throws Exception {
        int dim = 8;
        ExecutorService writer = Executors.newSingleThreadExecutor();
        try (CacheIndex index = new CacheIndexBuilder(dim, 2).threads(2).build()) {
            float[] zero = {1, 0, 0, 0, 0, 0, 0, 0};
            index.add(zero, new int[] {0});
            Future<?> adding = writer.submit(() -> {
                float[] batch = new float[dim * 37];
                for (int row = 0; row < 37; row++) {
                    batch[row * dim] = 1;
                }
                int[] labels = new int[37];
                java.util.Arrays.fill(labels, 1);
                for (int i = 0; i < 300; i++) {
                    index.add(batch, labels);
                }
            });
            do {
                Answer answer = index.query(zero, 10);
                assertThat((answer.keys() - 1) % 37).isZero();
                assertThat((double) answer.row(0).probability(0)).isEqualTo((float) (1.0 / answer.keys()));
            } while (!adding.isDone());
            adding.get();
            assertThat(index.size()).isEqualTo(1 + 300 * 37);
        } finally {
            writer.shutdown();
        }
    }

    @Test
    void interruptingACallerEndsItsQuery() throws Exception {
        Problem problem = Problem.random(6, 3000, 2048, 10, 512);
        try (CacheIndex index =
                problem.builder().engine(Engines.named("reference")).threads(1).build()) {
            index.add(problem.keys(), problem.labels());
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread caller = new Thread(() -> {
                try {
                    index.query(problem.queries(), 10);
                } catch (RuntimeException e) {
                    thrown.set(e);
                }
            });
            caller.start();
            Thread.sleep(100);
            caller.interrupt();
            caller.join();
            assertThat(thrown.get()).isInstanceOf(CancellationException.class);
        }
    }
}
