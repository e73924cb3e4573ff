package io.github.afterimage.experiments;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Engine;
import java.util.Optional;

/** Checks an engine with a query whose answer is known. */
public final class EngineCheck {
    private static final double THETA = 3;
    private static final double TOLERANCE = 1e-6;

    private EngineCheck() {}

    /** Returns the engine's failure in one line; empty if its answer is right. */
    public static Optional<String> failure(Engine engine) {
        // The keys lie along two axes, one class each: p_mem of the query's own class is e^θ / (e^θ + 1).
        try (CacheIndex index =
                CacheIndex.builder(2, 2).threads(1).engine(engine).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Answer answer = index.query(new float[] {2, 0}, THETA);
            double expected = 1 / (1 + Math.exp(-THETA));
            double found = answer.row(0).probability(0);
            return Math.abs(found - expected) <= TOLERANCE
                    ? Optional.empty()
                    : Optional.of("gives " + found + ", expected " + expected);
        } catch (RuntimeException | LinkageError e) {
            return Optional.of(
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString()));
        }
    }
}
