package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engines;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.answer.Query;
import io.github.afterimage.engine.KeyEngine;
import io.github.afterimage.engine.Projection;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.MemoryKind;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows that the device reduces are those that the processor reduces. Needs a GPU: tools/gpu-check.sh runs it on one,
 * tools/cuda-on-host.sh on a stand-in.
 */
class CudaReduceTest {
    private static final int DIM = 300;
    private static final int BATCH = 21;

    @BeforeEach
    void needsAGpu() {
        assumeTrue(new CudaProvider().problem() == null, "no GPU: " + new CudaProvider().problem());
        System.setProperty(CudaProperties.REDUCE, "device");
    }

    @AfterEach
    void forgetSettings() {
        System.clearProperty(CudaProperties.REDUCE);
    }

    private static float[] random(int length, long seed) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Reducer reducer(String text, int dim) {
        Reduction reduction = Reduction.parse(text);
        float[] none = {};
        return reduction.learned()
                ? LearnedReducer.of(reduction, dim, random(reduction.dim() * dim, 3), none, none, 1)
                : reduction.reducer(dim, 2);
    }

    private static boolean project(Reducer reducer, int threads, float[] rows, float[] target) {
        try (Workers workers = new Workers(threads);
                Projection projection = new Projection(
                        reducer.inputDim(),
                        reducer.outputDim(),
                        reducer.entries().orElseThrow())) {
            return KeyEngine.of(Engines.named("cuda"))
                    .project(projection, workers, FloatBuffer.wrap(rows), FloatBuffer.wrap(target));
        }
    }

    /** Unit vectors are reduced to the columns of the matrix: no sum is rounded. */
    @ParameterizedTest
    @ValueSource(strings = {"gaussian:5:seed=-7", "pca:5"})
    void theMatrixIsTheProcessorsForEveryDimUpToTheLastBit(String text) {
        for (int dim :
                new int[] {5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 31, 32, 33, 63, 64, 65, 511, 513, 700}) {
            float[] unit = new float[dim * dim];
            for (int i = 0; i < dim; i++) {
                unit[i * dim + i] = 1;
            }
            float[] found = new float[dim * 5];
            float[] expected = new float[dim * 5];
            try (Reducer reducer = reducer(text, dim)) {
                assertThat(project(reducer, 2, unit, found)).isTrue();
                reducer.reduce(FloatBuffer.wrap(unit), FloatBuffer.wrap(expected));
            }
            for (int i = 0; i < found.length; i++) {
                // One for the entry, one for its product with the scale.
                assertThat(found[i])
                        .as("dim %d, value %d", dim, i)
                        .isCloseTo(expected[i], within(2 * Math.ulp(expected[i])));
            }
        }
    }

    private static CacheIndexBuilder builder(String text) {
        CacheIndexBuilder builder = new CacheIndexBuilder(DIM, 10).threads(3).engine(Engines.named("cuda"));
        return text.startsWith("pca") ? builder.reduce(reducer(text, DIM)) : builder.reduce(Reduction.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gaussian:64", "pca:40", "hadamard:64"})
    void anIndexAnswersTheSameWhereverItsRowsAreReduced(String text) {
        int[] labels = new Random(4).ints(400, 0, 10).toArray();
        float[] queries = random(BATCH * DIM, 6);
        List<float[]> answers = new ArrayList<>();
        for (String place : List.of("device", "processor")) {
            System.setProperty(CudaProperties.REDUCE, place);
            try (CacheIndex index = builder(text).build()) {
                index.add(random(400 * DIM, 5), labels);
                float[] all = new float[BATCH * 10];
                for (int b = 0; b < BATCH; b++) {
                    System.arraycopy(index.query(queries, 60).row(b).probabilities(), 0, all, b * 10, 10);
                }
                answers.add(all);
                answers.add(index.encode(FloatBuffer.wrap(queries)));
                answers.add(index.gradient(Query.of(FloatBuffer.wrap(queries)).thetas(10), random(BATCH * 10, 7)));
            }
        }
        assertThat(answers.get(0)).containsExactly(answers.get(3), within(2e-5f));
        assertThat(answers.get(1)).containsExactly(answers.get(4), within(1e-6f));
        assertThat(answers.get(2)).containsExactly(answers.get(5), within(1e-4f));
    }

    @Test
    void moreRowsThanABlockOrATaskTakesAreReducedAlike() {
        int dim = 8192;
        int count = ProjectionPass.blockRows(dim, 1) + 7;
        float[] rows = random(count * dim, 8);
        float[] expected = new float[count];
        try (Reducer reducer = reducer("gaussian:1", dim)) {
            float[] unit = new float[rows.length];
            for (int row = 0; row < count; row++) {
                double squares = 0;
                for (int i = row * dim; i < (row + 1) * dim; i++) {
                    squares += (double) rows[i] * rows[i];
                }
                for (int i = row * dim; i < (row + 1) * dim; i++) {
                    unit[i] = (float) (rows[i] / Math.sqrt(squares));
                }
            }
            reducer.reduce(FloatBuffer.wrap(unit), FloatBuffer.wrap(expected));
            for (int threads : new int[] {1, 3, 8}) {
                float[] found = new float[count];
                assertThat(project(reducer, threads, rows, found)).isTrue();
                // Sums of 8,192 float32 terms, in whichever order cuBLAS takes.
                assertThat(found).as("%d threads", threads).containsExactly(expected, within(2e-5f));
            }
            rows[(count - 2) * dim + 5] = Float.NaN;
            assertThatThrownBy(() -> project(reducer, 3, rows, new float[count]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("row " + (count - 2) + " has NaN at column 5");
        }
    }

    @Test
    void callersThatMeetAtTheFirstUseGetTheSameBitsAndNothingIsAllocatedAfterwards() throws Exception {
        long device = MemoryUse.bytes(MemoryKind.DEVICE);
        ExecutorService callers = Executors.newFixedThreadPool(6);
        try (CacheIndex index = builder("gaussian:64").build()) {
            FloatBuffer queries = FloatBuffer.wrap(random(BATCH * DIM, 9));
            List<Future<float[]>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                answers.add(callers.submit(() -> index.encode(queries)));
            }
            float[] expected = answers.get(0).get();
            for (Future<float[]> answer : answers) {
                assertThat(answer.get()).containsExactly(expected);
            }
            long used = MemoryUse.bytes(MemoryKind.DEVICE) + MemoryUse.bytes(MemoryKind.PINNED);
            assertThat(MemoryUse.bytes(MemoryKind.DEVICE)).isGreaterThan(device + 64 * DIM * Float.BYTES);
            assertThat(index.encode(queries)).containsExactly(expected);
            assertThat(MemoryUse.bytes(MemoryKind.DEVICE) + MemoryUse.bytes(MemoryKind.PINNED))
                    .isEqualTo(used);
        } finally {
            callers.shutdown();
        }
        assertThat(MemoryUse.bytes(MemoryKind.DEVICE)).isEqualTo(device);
    }

    @Test
    void withoutRoomForTheMatrixTheProcessorReduces() {
        assumeTrue(
                "36m".equals(System.getProperty(CudaProperties.MEMORY_LIMIT)),
                "the device's memory is not limited: run with -D" + CudaProperties.MEMORY_LIMIT + "=36m");
        FloatBuffer rows = FloatBuffer.wrap(random(BATCH * DIM, 10));
        try (CacheIndex device = builder("gaussian:64").build();
                CacheIndex processor =
                        builder("gaussian:64").engine(Engines.named("fused")).build()) {
            for (int i = 0; i < 2; i++) {
                assertThat(device.add(KeyBatch.of(rows.duplicate(), new int[BATCH]))
                                .first())
                        .isEqualTo((long) i * BATCH);
                assertThat(device.encode(rows)).containsExactly(processor.encode(rows));
            }
        }
        assertThat(MemoryUse.bytes(MemoryKind.DEVICE)).isZero();
    }
}
