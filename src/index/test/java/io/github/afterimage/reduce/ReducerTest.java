package io.github.afterimage.reduce;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.platform.Parallel;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of all reducers. */
class ReducerTest extends ReducerRows {
    private static final String RANDOM = "gaussian:40:seed=3 hadamard:40:seed=-1";

    private static List<Reducer> reducers(int dim, int threads) {
        List<Reducer> reducers = new ArrayList<>();
        for (String text : RANDOM.split(" ")) {
            reducers.add(Reduction.parse(text).reducer(dim, threads));
        }
        float[] none = {};
        reducers.add(LearnedReducer.of(Reduction.principalComponents(40), dim, unitRows(8, 40, dim), none, none, 1));
        return reducers;
    }

    @Test
    void theMatrixIsTheSameForEveryNumberOfThreads() {
        for (String text : RANDOM.split(" ")) {
            float[] expected = null;
            for (int threads : new int[] {1, 2, 3, 8}) {
                try (Reducer reducer = Reduction.parse(text).reducer(300, threads)) {
                    float[] matrix = matrix(reducer);
                    assertThat(expected == null || Arrays.equals(matrix, expected))
                            .as(text)
                            .isTrue();
                    expected = matrix;
                }
            }
        }
    }

    @Test
    void gradientsOfALinearMapAreMultipliedByTheTransposedMatrix() {
        for (int dim : new int[] {40, 299, 1024}) {
            for (Reducer reducer : reducers(dim, 2)) {
                try (reducer) {
                    assertTransposes(reducer);
                }
            }
        }
        Reduction gaussian = Reduction.parse("gaussian:40");
        try (Reducer inParts = new GaussianReducer(gaussian, 299, 1, 299 * 4 * 7)) {
            assertTransposes(inParts);
        }
    }

    private static void assertTransposes(Reducer reducer) {
        int dim = reducer.inputDim();
        float[] columns = matrix(reducer); // (dim, outputDim): what each unit vector is reduced to
        float[] rows = unitRows(9, 3, 40);
        float[] back = new float[3 * dim];
        reducer.pullBack(FloatBuffer.allocate(3 * dim), FloatBuffer.wrap(rows), FloatBuffer.wrap(back));
        for (int i = 0; i < back.length; i++) {
            double expected = 0;
            for (int j = 0; j < 40; j++) {
                expected += (double) rows[i / dim * 40 + j] * columns[i % dim * 40 + j];
            }
            assertThat((double) back[i])
                    .as("%s of %d, value %d", reducer.reduction(), dim, i)
                    .isCloseTo(expected, within(1e-5));
        }
    }

    @Test
    void theEntriesAreThoseOfTheMatrixUpToTheScale() {
        int dim = 299;
        for (Reducer reducer : reducers(dim, 2)) {
            try (reducer) {
                String name = reducer.reduction().toString();
                assertThat(reducer.entries().isEmpty()).as(name).isEqualTo(name.startsWith("hadamard"));
                reducer.entries().ifPresent(entries -> {
                    float[] columns = matrix(reducer); // (dim, outputDim)
                    float[] row = new float[dim];
                    for (int j = 0; j < 40; j++) {
                        entries.fill(j, row);
                        for (int i = 0; i < dim; i++) {
                            float expected = columns[i * 40 + j];
                            assertThat(row[i] * entries.scale())
                                    .as(name)
                                    .isCloseTo(expected, within(Math.ulp(expected)));
                        }
                    }
                    assertThat(entries.gaussianSeed().isPresent()).as(name).isEqualTo(name.startsWith("gaussian"));
                });
            }
        }
    }

    @Test
    void whatIsKeptBesideAReducerIsMadeOnceAndClosedWithIt() {
        List<String> closed = new ArrayList<>();
        Reducer reducer = Reduction.gaussian(3).reducer(5, 1);
        AutoCloseable first = reducer.companion(AutoCloseable.class, () -> () -> closed.add("first"));
        assertThat(reducer.companion(AutoCloseable.class, () -> () -> closed.add("second")))
                .isSameAs(first);
        reducer.close();
        reducer.close();
        assertThat(closed).containsExactly("first");
        assertIllegalState(() -> reducer.companion(AutoCloseable.class, () -> () -> closed.add("third")));
    }

    @Test
    void rowsAreReducedTheSameInWhateverPiecesTheyCome() {
        int dim = 299;
        float[] rows = unitRows(4, 37, dim);
        for (Reducer reducer : reducers(dim, 2)) {
            try (reducer) {
                float[] whole = reduce(reducer, rows);
                for (int step : new int[] {1, 2, 3, 4, 5, 16, 36}) {
                    for (int row = 0; row < 37; row += step) {
                        int end = Math.min(37, row + step);
                        float[] piece = reduce(reducer, Arrays.copyOfRange(rows, row * dim, end * dim));
                        for (int i = 0; i < piece.length; i++) {
                            // float32 sums of another order; values are about 1 / sqrt(40)
                            assertThat(piece[i]).isCloseTo(whole[row * 40 + i], within(1e-6f));
                        }
                    }
                }
            }
        }
    }

    @Test
    void aMatrixThatIsTooLargeToKeepGivesTheSame() {
        Reduction reduction = Reduction.gaussian(45).withSeed(2);
        float[] rows = unitRows(5, 11, 130);
        try (Reducer kept = reduction.reducer(130, 1)) {
            for (long limit : new long[] {0, 4000, 45 * 130}) {
                try (Reducer parts = new GaussianReducer(reduction, 130, 1, limit)) {
                    assertThat(matrix(parts)).containsExactly(matrix(kept));
                    assertThat(reduce(parts, rows)).containsExactly(reduce(kept, rows), within(1e-6f));
                    assertThat(parts.bytes()).isZero();
                }
            }
        }
    }

    @Test
    void buffersOfEveryKindAndPositionAreReducedAlike() {
        int dim = 130;
        float[] rows = unitRows(6, 7, dim);
        float[] padded = new float[rows.length + 8];
        System.arraycopy(rows, 0, padded, 5, rows.length);
        List<FloatBuffer> sources = List.of(
                FloatBuffer.wrap(padded),
                FloatBuffer.wrap(padded).asReadOnlyBuffer(),
                direct(padded, ByteOrder.LITTLE_ENDIAN),
                direct(padded, ByteOrder.BIG_ENDIAN));
        for (Reducer reducer : reducers(dim, 1)) {
            try (reducer) {
                float[] expected = reduce(reducer, rows);
                for (FloatBuffer source : sources) {
                    source.position(5).limit(5 + rows.length);
                    for (FloatBuffer target : List.of(
                            FloatBuffer.wrap(new float[expected.length + 6]),
                            direct(new float[expected.length + 6], ByteOrder.LITTLE_ENDIAN),
                            direct(new float[expected.length + 6], ByteOrder.BIG_ENDIAN))) {
                        target.position(2).limit(2 + expected.length);
                        reducer.reduce(source, target);
                        assertThat(List.of(source.position(), source.limit(), target.position(), target.limit()))
                                .containsExactly(5, 5 + rows.length, 2, 2 + expected.length);
                        float[] got = new float[expected.length + 6];
                        target.clear().get(got);
                        assertThat(Arrays.copyOfRange(got, 2, 2 + expected.length))
                                .containsExactly(expected);
                        assertThat(new float[] {got[0], got[1], got[got.length - 1]})
                                .containsOnly(0f);
                    }
                }
            }
        }
    }

    @Test
    void manyThreadsReduceAtOnce() throws Exception {
        float[] rows = unitRows(7, 5, 2000);
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try {
            for (Reducer reducer : reducers(2000, 2)) {
                try (reducer) {
                    List<Future<float[]>> results = new ArrayList<>();
                    for (int i = 0; i < 16; i++) {
                        results.add(executor.submit(() -> reduce(reducer, rows)));
                    }
                    for (Future<float[]> result : results) {
                        assertThat(result.get()).containsExactly(reduce(reducer, rows));
                    }
                }
            }
        } finally {
            executor.shutdown();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 15, 16, 17, 31, 33, 64, 127, 255, 256, 257, 1000, 1024})
    void everyLengthOfRowsWorks(int dim) {
        for (String kind : List.of("gaussian", "hadamard")) {
            for (int reduced : new int[] {1, (dim + 1) / 2, dim}) {
                try (Reducer reducer = Reduction.parse(kind + ":" + reduced).reducer(dim, 1)) {
                    assertThat(reduce(reducer, unitRows(9, 3, dim))).hasSize(3 * reduced);
                    assertThat(reducer.reduction()).hasToString(kind + ":" + reduced);
                }
            }
        }
    }

    @Test
    void nothingIsHeldBeforeTheFirstUseAndAfterClosing() {
        long before = MemoryUse.bytes();
        Reducer reducer = Reduction.gaussian(40).reducer(300, 1);
        assertThat(reducer.bytes()).isZero();
        reduce(reducer, new float[300]);
        assertThat(MemoryUse.bytes() - before).isEqualTo(reducer.bytes()).isBetween(48_000L, 60_000L);
        reducer.close();
        reducer.close();
        assertThat(MemoryUse.bytes()).isEqualTo(before);
    }

    @Test
    void refusesLengthsThatDoNotFit() {
        for (Reducer reducer : reducers(100, 1)) {
            try (reducer) {
                assertIllegalArgument(() -> reducer.reduce(FloatBuffer.allocate(250), FloatBuffer.allocate(80)))
                        .hasMessage("source holds 250 values: expected a multiple of inputDim 100");
                assertIllegalArgument(() -> reducer.reduce(FloatBuffer.allocate(200), FloatBuffer.allocate(81)))
                        .hasMessage("target holds 81 values: expected 2 rows x outputDim 40");
                assertIllegalArgument(() -> reducer.reduce(
                                FloatBuffer.allocate(200),
                                FloatBuffer.allocate(80).asReadOnlyBuffer()))
                        .hasMessageStartingWith("target is read-only");
                reducer.reduce(FloatBuffer.allocate(0), FloatBuffer.allocate(0));
            }
        }
    }

    @Test
    void refusesToReduceOnceClosed() {
        for (Reducer reducer : reducers(100, 1)) {
            reducer.close();
            assertIllegalState(() -> reducer.reduce(FloatBuffer.allocate(100), FloatBuffer.allocate(40)))
                    .hasMessageStartingWith("the reducer " + reducer.reduction() + " is closed, since ");
        }
    }

    @Test
    void anInterruptedCallerIsToldAndCanTryAgain() {
        try (Reducer reducer = Reduction.gaussian(40).reducer(100, 2)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> reduce(reducer, new float[100])).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(reducer.bytes()).isZero();
            assertThat(reduce(reducer, new float[100])).containsOnly(0f);
        }
    }

    @Test
    void aFailureInOneThreadIsThrownToTheCaller() {
        for (int threads : new int[] {1, 4}) {
            assertThatThrownBy(() -> Parallel.run(threads, 100, i -> {
                        if (i == 37) {
                            throw new OutOfMemoryError("task " + i);
                        }
                    }))
                    .isInstanceOf(OutOfMemoryError.class)
                    .hasMessage("task 37");
        }
    }
}
