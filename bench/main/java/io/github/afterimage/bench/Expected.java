package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.engine.Engines;
import java.nio.FloatBuffer;

/** The answer to the first queries in double precision, which every contender's answer is held against. */
final class Expected {
    static final double THETA = 60;
    private static final double OTHERS_ERROR = 1e-3;
    private static final int QUERIES = 4; // the definition takes a billion additions a second

    private final FloatBuffer queries;
    private final Distributions answer;

    /** @param index of float32 keys */
    Expected(CacheIndex index, FloatBuffer all) {
        int batch = Math.min(QUERIES, all.remaining() / index.dim());
        queries = all.duplicate().limit(batch * index.dim());
        answer = index.withEngine(Engines.named("reference")).query(queries, THETA);
    }

    /** An answer's largest |Δp|, where it is no more than the type may round. */
    double error(String name, ElementType type, CacheIndex index) {
        Distributions actual = index.query(queries, THETA);
        double[] probabilities = new double[answer.batch() * answer.classes()];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = actual.probability(i / answer.classes(), i % answer.classes());
        }
        double error = greatest(probabilities);
        Answers.require(name, type, error);
        return error;
    }

    /**
     * The same of an answer by others, who may round as they like as long as it is the same operator.
     *
     * @param probabilities {@code (batch, classes)} row-major; what is behind the queries that are compared is not read
     * @throws IllegalStateException if it is off by more
     */
    double errorOfOther(String name, double[] probabilities) {
        double error = greatest(probabilities);
        if (!(error <= OTHERS_ERROR)) {
            throw new IllegalStateException(
                    name + ": probabilities are off by " + error + ", more than " + OTHERS_ERROR);
        }
        return error;
    }

    private double greatest(double[] probabilities) {
        double greatest = 0;
        for (int query = 0; query < answer.batch(); query++) {
            for (int c = 0; c < answer.classes(); c++) {
                double difference = probabilities[query * answer.classes() + c] - answer.probability(query, c);
                greatest = Math.max(greatest, Math.abs(difference));
            }
        }
        return greatest;
    }

    FloatBuffer queries() {
        return queries.duplicate();
    }
}
