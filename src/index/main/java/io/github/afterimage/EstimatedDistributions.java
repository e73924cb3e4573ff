package io.github.afterimage;

import io.github.afterimage.engine.EstimatedScan;
import java.util.Objects;

/**
 * Estimated p_mem of each query of a batch, {@code (batch, classes)} float32 row-major, with half widths of intervals.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"), new OpenOptions().sketch(64))) {
 *     EstimatedDistributions answer = index.estimated(new float[index.dim()], 60, 0.01);
 *     System.out.println(answer.probability(0, 3) + " ± " + answer.halfWidth(0));
 * }
 * }</pre>
 *
 * <p>Guarantee: all probabilities of a query, equations (1) and (2), lie within {@link #halfWidth} of the estimates for about 99 of
 * 100 queries that are like the keys. The index measures this at the first query of a theta and a tolerance, and again when a quarter
 * of the keys has changed: it asks for 128 of its keys, each of which does not answer itself, and makes half widths so great that all
 * intervals hold. If this takes too many keys, the plain pass answers. The guarantee fails for queries that are near a few rare keys
 * in directions which the components do not keep: no draw may find these keys. More components keep more directions, and
 * {@code evaluate --sketch} counts how often intervals hold on your data.
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class EstimatedDistributions {
    private static final double MIN_TOLERANCE = 1e-4;

    private final EstimatedScan.Answer answer;
    private final int classes;
    private final long keys;
    private final long version;

    EstimatedDistributions(EstimatedScan.Answer answer, int classes, long keys, long version) {
        this.answer = answer;
        this.classes = classes;
        this.keys = keys;
        this.version = version;
    }

    static void checkTolerance(double tolerance) {
        if (!(tolerance >= MIN_TOLERANCE && tolerance < 1)) {
            throw new IllegalArgumentException("tolerance " + tolerance + ": expected " + MIN_TOLERANCE
                    + " or more and less than 1, of a probability");
        }
    }

    /** Number of queries. */
    public int batch() {
        return answer.best().length;
    }

    /** Number of classes. */
    public int classes() {
        return classes;
    }

    /** Number of keys of the index at the moment of the query. */
    public long keys() {
        return keys;
    }

    /** Identifies these keys; see {@link Distributions#version}. */
    public long version() {
        return version;
    }

    /**
     * Returns the class that is most probable by the estimates.
     *
     * @throws IndexOutOfBoundsException if there is no such query
     */
    public int best(int query) {
        return answer.best()[Objects.checkIndex(query, batch())];
    }

    /**
     * Returns the estimated probability of a class.
     *
     * @throws IndexOutOfBoundsException if there is no such query or class
     */
    public float probability(int query, int label) {
        return answer.probabilities()[
                Objects.checkIndex(query, batch()) * classes + Objects.checkIndex(label, classes)];
    }

    /** Half width of the 99 % interval around each probability of this query; 0 if all keys were read. */
    public double halfWidth(int query) {
        return answer.halfWidths()[Objects.checkIndex(query, batch())];
    }

    /** Number of keys that were read beside their sketch; {@link #keys} if the plain pass answered. */
    public long read(int query) {
        return answer.read()[Objects.checkIndex(query, batch())];
    }

    @Override
    public String toString() {
        return "EstimatedDistributions[" + batch() + " queries, " + classes + " classes, " + keys + " keys]";
    }
}
