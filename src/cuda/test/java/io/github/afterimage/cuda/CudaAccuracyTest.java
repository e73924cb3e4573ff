package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rounding of long keys, which are positive as features behind a ReLU are, so that its errors have one sign. Needs a GPU:
 * tools/gpu-check.sh runs it on one, tools/cuda-on-host.sh on a stand-in that adds in one float32 chain and truncates as tensor
 * cores do.
 */
class CudaAccuracyTest {
    private static final int CLASSES = 10;
    private static final int KEYS = 150;
    private static final int BATCH = 3;

    @BeforeEach
    void needsAGpu() {
        assumeTrue(new CudaProvider().problem() == null, "no GPU: " + new CudaProvider().problem());
    }

    @AfterEach
    void forgetSettings() {
        System.clearProperty(CudaProperties.PATH);
    }

    /** Rows of a common direction and noise, all positive. */
    private static float[] rows(int count, int dim, long seed) {
        Random random = new Random(seed);
        float[] rows = new float[count * dim];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) Math.abs(1 + 0.7 * random.nextGaussian());
        }
        return rows;
    }

    private static CacheIndex index(int dim, ElementType type) {
        CacheIndex index =
                new CacheIndexBuilder(dim, CLASSES).type(type).threads(2).build();
        int[] labels = new int[KEYS];
        Arrays.setAll(labels, i -> i * CLASSES / KEYS);
        index.add(rows(KEYS, dim, 1), labels);
        return index;
    }

    @ParameterizedTest
    @ValueSource(ints = {2048, 12_288, 25_088})
    void longFloat32KeysKeepThePromise(int dim) {
        try (CacheIndex index = index(dim, ElementType.FLOAT32)) {
            FloatBuffer queries = FloatBuffer.wrap(rows(BATCH, dim, 2));
            double[] thetas = {10, 90};
            float[] tolerances = {1e-6f, 2e-5f};
            Answer found = index.withEngine(Engines.named("cuda"))
                    .answer(Query.of(queries).thetas(thetas));
            Answer expected = index.withEngine(Engines.named("reference"))
                    .answer(Query.of(queries).thetas(thetas));
            for (int t = 0; t < thetas.length; t++) {
                for (int b = 0; b < BATCH; b++) {
                    assertThat(found.at(t).row(b).probabilities())
                            .as("theta %s", thetas[t])
                            .containsExactly(expected.at(t).row(b).probabilities(), within(tolerances[t]));
                }
            }
        }
    }

    /** Every score is too low by about the same, so the probabilities differ by little. */
    @ParameterizedTest
    @CsvSource({"12288, gemm", "12288, fused", "25088, gemm", "25088, fused"})
    void truncatedSumsOfBfloat16HardlyMoveTheProbabilities(int dim, String path) {
        System.setProperty(CudaProperties.PATH, path);
        try (CacheIndex index = index(dim, ElementType.BFLOAT16)) {
            float[] queries = rounded(rows(BATCH, dim, 2), dim);
            Answer found = index.withEngine(Engines.named("cuda")).query(queries, 90);
            Answer expected = index.withEngine(Engines.named("reference")).query(queries, 90);
            for (int b = 0; b < BATCH; b++) {
                assertThat(found.row(b).probabilities())
                        .containsExactly(expected.row(b).probabilities(), within(5e-5f));
            }
        }
    }

    /** Scales rows to unit norm and rounds them to bfloat16, so that an engine that rounds them has little left to round. */
    private static float[] rounded(float[] rows, int dim) {
        float[] rounded = new float[rows.length];
        for (int first = 0; first < rows.length; first += dim) {
            double squares = 0;
            for (int i = first; i < first + dim; i++) {
                squares += (double) rows[i] * rows[i];
            }
            for (int i = first; i < first + dim; i++) {
                int bits = Float.floatToRawIntBits((float) (rows[i] / Math.sqrt(squares)));
                rounded[i] = Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
            }
        }
        return rounded;
    }

    @Test
    void scoresOfLongBfloat16KeysAreLowByAtMostTheStatedBias() {
        int dim = 25_088;
        try (CacheIndex index = index(dim, ElementType.BFLOAT16)) {
            FloatBuffer queries = FloatBuffer.wrap(rows(BATCH, dim, 2));
            Engine cuda = Engines.named("cuda");
            Answer found = index.withEngine(cuda).answer(Query.of(queries).neighbors(KEYS));
            Answer expected = index.withEngine(Engines.named("reference"))
                    .answer(Query.of(queries).neighbors(KEYS));
            for (int b = 0; b < BATCH; b++) {
                double bias = 0;
                for (int place = 0; place < KEYS; place++) {
                    bias += found.row(b).neighbors().get(place).score()
                            - expected.row(b).neighbors().get(place).score();
                }
                // A card that truncates later has a smaller bias; rounding the queries moves the mean a little.
                assertThat(bias / KEYS).isBetween(-7e-5, 1e-5);
            }
        }
    }
}
