package io.github.afterimage;

import static io.github.afterimage.Numbers.normals;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Slopes.assertSlopes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.github.afterimage.answer.KeySet;
import io.github.afterimage.answer.Query;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The gradient of log E_c and zᵀm_c is that of their definition, by differences in double precision. */
class EvidenceGradientTest {
    private static final int DIM = 24;
    private static final int CLASSES = 7;

    @ForEachEngine
    void theGradientIsThatOfTheDefinition(Engine engine) {
        Problem problem = Problem.random(8, 90, DIM, CLASSES, 4);
        assertGradient(
                engine,
                problem,
                1,
                Query.of(problem.queries()),
                IntStream.range(0, 90).toArray());
    }

    /** The evidence for such a class, and its direction, are means over the keys of all others. */
    @ForEachEngine
    void classesWithoutKeysHaveGradientsToo(Engine engine) {
        Problem problem = Problem.random(9, 90, DIM, CLASSES, 4).ofPictures(2);
        assertGradient(
                engine,
                problem,
                2,
                Query.of(problem.queries()).only(KeySet.labels(0, 1, 3, 4)),
                IntStream.range(0, 90)
                        .filter(id -> problem.labels()[id] < 5 && problem.labels()[id] != 2)
                        .toArray());
    }

    private static void assertGradient(Engine engine, Problem problem, int views, Query asked, int[] chosen) {
        double[][] queries = Oracle.unit(problem.queries(), DIM);
        Random random = new Random(8);
        float[] ofEvidence = normals(random, 4 * CLASSES);
        float[] ofDirections = normals(random, 4 * CLASSES);
        try (CacheIndex index = problem.index(views)) {
            for (double theta : new double[] {0, 6, 60}) {
                Query query = asked.thetas(theta);
                CacheReader view = index.withEngine(engine);
                float[] ofLogs = view.gradient(query, ofEvidence, new float[4 * CLASSES]);
                float[] ofProducts = view.gradient(query, new float[4 * CLASSES], ofDirections);
                float[] ofBoth = view.gradient(query, ofEvidence, ofDirections);
                Oracle oracle = problem.oracle(chosen);
                for (int row = 0; row < 4; row++) {
                    // The index gives the gradient with respect to the unit query.
                    double tolerance = 2e-4 * (1 + theta);
                    assertSlopes(ofLogs, row, queries[row], ofEvidence, q -> oracle.logEvidence(q, theta), tolerance);
                    assertSlopes(ofProducts, row, queries[row], ofDirections, oracle::directions, 1e-5);
                }
                for (int i = 0; i < ofBoth.length; i++) {
                    assertThat(ofBoth[i]).isCloseTo(ofLogs[i] + ofProducts[i], within(1e-5f * (1 + (float) theta)));
                }
            }
        }
    }

    @Test
    void theGradientOfManyQueriesIsThatOfEachAndTakesMemoryInProportion() {
        int classes = 100;
        int few = 1100; // more than two blocks
        int many = 8 * few;
        Problem problem = Problem.random(9, 300, 2, classes, many);
        float[] cotangents = normals(new Random(9), many * classes);
        try (CacheIndex index = problem.index()) {
            gradient(index, problem, cotangents, 1); // loads classes
            long before = allocated();
            float[] ofFew = gradient(index, problem, cotangents, few);
            long bytes = allocated() - before;
            float[] ofMany = gradient(index, problem, cotangents, many);
            assertThat(allocated() - before - bytes).isLessThan(12 * bytes);
            assertThat(Arrays.copyOf(ofMany, ofFew.length)).containsExactly(ofFew, within(1e-4f));
        }
    }

    private static float[] gradient(CacheIndex index, Problem problem, float[] cotangents, int count) {
        Query query = Query.of(Arrays.copyOf(problem.queries(), 2 * count)).thetas(6);
        float[] some = Arrays.copyOf(cotangents, count * index.classes());
        return index.gradient(query, some, some);
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    @Test
    void cotangentsThatDoNotFitAreRefused() {
        Problem problem = Problem.random(3, 20, 2, 3, 2);
        float[] fitting = new float[6];
        try (CacheIndex index = problem.index()) {
            Query query = Query.of(problem.queries()).thetas(5);
            assertIllegalArgument(() -> index.gradient(query, new float[5], fitting))
                    .hasMessageContaining("cotangents hold 5 values");
            assertIllegalArgument(() -> index.gradient(query, fitting, new float[7]))
                    .hasMessageContaining("cotangents hold 7 values");
            assertIllegalArgument(() -> index.gradient(query, fitting, new float[] {0, 0, 0, 0, Float.NaN, 0}))
                    .hasMessageContaining("cotangent 1 of query 1 is NaN");
            assertIllegalArgument(() -> index.gradient(query.thetas(1, 2), fitting, fitting))
                    .hasMessageContaining("2 thetas");
        }
    }
}
