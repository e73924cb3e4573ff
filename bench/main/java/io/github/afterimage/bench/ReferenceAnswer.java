package io.github.afterimage.bench;

import io.github.afterimage.CacheReader;
import io.github.afterimage.Engines;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;

/** The answer in double precision to the first queries. A contender with another answer is not timed. */
final class ReferenceAnswer {
    static final double THETA = 60;
    private static final double ROUNDING = 2e-5;
    private static final double ROUNDING_OF_SHORT_KEYS = 2e-2;
    private static final double PEER_TOLERANCE = 1e-3;
    private static final int QUERIES = 4; // the reference does a billion additions a second

    private final FloatBuffer queries;
    private final Answer answer;

    /** @param index an index whose keys are taken as they are stored */
    ReferenceAnswer(CacheReader index, FloatBuffer all) {
        int batch = Math.min(QUERIES, all.remaining() / index.dim());
        queries = all.duplicate().limit(batch * index.dim());
        answer = index.withEngine(Engines.named("reference"))
                .answer(Query.of(queries).thetas(THETA));
    }

    FloatBuffer queries() {
        return queries.duplicate();
    }

    /**
     * Returns the largest |Δp| of an index's answer.
     *
     * @throws IllegalStateException if it exceeds 2e-5 with float32 keys, or 2e-2 with others
     */
    double error(String name, CacheReader index) {
        Answer actual = index.answer(Query.of(queries).thetas(THETA));
        double error = 0;
        for (int query = 0; query < answer.batch(); query++) {
            for (int c = 0; c < answer.classes(); c++) {
                error = Math.max(
                        error,
                        Math.abs(actual.row(query).probability(c)
                                - answer.row(query).probability(c)));
            }
        }
        return required(name, index.format().type() == ElementType.FLOAT32 ? ROUNDING : ROUNDING_OF_SHORT_KEYS, error);
    }

    /**
     * Returns the largest |Δp| of a peer's answer from float32 keys, in whatever way the peer rounds.
     *
     * @param probabilities {@code (batch, classes)} row-major
     * @throws IllegalStateException if it exceeds {@value #PEER_TOLERANCE}
     */
    double errorOfPeer(String name, double[] probabilities) {
        int classes = answer.classes();
        double error = 0;
        for (int i = 0; i < answer.batch() * classes; i++) {
            error = Math.max(
                    error, Math.abs(probabilities[i] - answer.row(i / classes).probability(i % classes)));
        }
        return required(name, PEER_TOLERANCE, error);
    }

    private static double required(String name, double allowed, double error) {
        if (!(error <= allowed)) { // NaN too
            throw new IllegalStateException(name + ": probabilities are off by " + error + ", more than " + allowed);
        }
        return error;
    }
}
