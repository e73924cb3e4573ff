package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.engine.Engines;
import java.nio.FloatBuffer;

/** The answer in double precision to the first queries. A contender with another answer is not timed. */
final class ReferenceAnswer {
    static final double THETA = 60;
    private static final double PEER_TOLERANCE = 1e-3;
    private static final int QUERIES = 4; // the reference does a billion additions a second

    private final FloatBuffer queries;
    private final Distributions answer;

    /** @param index an index of float32 keys */
    ReferenceAnswer(CacheIndex index, FloatBuffer all) {
        int batch = Math.min(QUERIES, all.remaining() / index.dim());
        queries = all.duplicate().limit(batch * index.dim());
        answer = index.withEngine(Engines.named("reference")).query(queries, THETA);
    }

    /**
     * Compares an index's answer to the queries with that of OpenBLAS.
     *
     * @throws IllegalStateException if they differ by more than 2e-5 with float32 keys, or 2e-2 with others
     */
    static void check(CacheIndex index, Distributions blas, FloatBuffer queries) {
        double difference = difference(probabilities(index.query(queries, THETA), blas), blas);
        require(index.engine().name(), index.type(), difference);
        System.out.printf("%s: probabilities within %.1e of blas%n", index.type(), difference);
    }

    /**
     * Returns the largest |Δp| of an index's answer.
     *
     * @throws IllegalStateException if it exceeds 2e-5 with float32 keys, or 2e-2 with others
     */
    double error(String name, CacheIndex index) {
        double error = difference(probabilities(index.query(queries, THETA), answer), answer);
        require(name, index.type(), error);
        return error;
    }

    /**
     * Returns the largest |Δp| of a peer's answer from float32 keys, in whatever way the peer rounds.
     *
     * @param probabilities {@code (batch, classes)} row-major
     * @throws IllegalStateException if it exceeds {@value #PEER_TOLERANCE}
     */
    double errorOfPeer(String name, double[] probabilities) {
        double error = difference(probabilities, answer);
        require(name, PEER_TOLERANCE, error);
        return error;
    }

    private static void require(String name, ElementType type, double error) {
        require(name, type == ElementType.FLOAT32 ? 2e-5 : 2e-2, error);
    }

    private static void require(String name, double allowed, double error) {
        if (!(error <= allowed)) { // NaN too
            throw new IllegalStateException(name + ": probabilities are off by " + error + ", more than " + allowed);
        }
    }

    private static double[] probabilities(Distributions actual, Distributions expected) {
        double[] probabilities = new double[expected.batch() * expected.classes()];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = actual.probability(i / expected.classes(), i % expected.classes());
        }
        return probabilities;
    }

    private static double difference(double[] probabilities, Distributions expected) {
        double greatest = 0;
        for (int i = 0; i < expected.batch() * expected.classes(); i++) {
            double p = expected.probability(i / expected.classes(), i % expected.classes());
            greatest = Math.max(greatest, Math.abs(probabilities[i] - p));
        }
        return greatest;
    }

    FloatBuffer queries() {
        return queries.duplicate();
    }
}
