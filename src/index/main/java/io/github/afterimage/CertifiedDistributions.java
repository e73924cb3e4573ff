package io.github.afterimage;

import io.github.afterimage.engine.CertifiedScan;
import java.util.Objects;

/**
 * The class of each query of a batch as double precision determines it, and probabilities within a certain tolerance:
 * {@code (batch, classes)} float32 row-major.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"), new OpenOptions().screen(4))) {
 *     CertifiedDistributions answer = index.certified(Query.of(new float[index.dim()]).thetas(60).tolerance(1e-3));
 *     System.out.println(answer.best(0) + ", p within " + answer.tolerance(0));
 * }
 * }</pre>
 *
 * <p>Guarantee: {@link #best} is the class with the greatest p_mem, equations (1) and (2), over the stored keys, independent of
 * rounding; if sums agree to nine digits, it is the first of them.
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class CertifiedDistributions {
    private final CertifiedScan.Answer answer;
    private final int classes;
    private final long keys;
    private final long version;

    CertifiedDistributions(CertifiedScan.Answer answer, int classes, long keys, long version) {
        this.answer = answer;
        this.classes = classes;
        this.keys = keys;
        this.version = version;
    }

    /** Number of queries. */
    public int batch() {
        return answer.best().length;
    }

    /** Number of classes. */
    public int classes() {
        return classes;
    }

    /** Number of keys of the index at the moment of the query; all of them were read. */
    public long keys() {
        return keys;
    }

    /** Identifies these keys; see {@link Distributions#version}. */
    public long version() {
        return version;
    }

    /**
     * Returns the most probable class.
     *
     * @throws IndexOutOfBoundsException if there is no such query
     */
    public int best(int query) {
        return answer.best()[Objects.checkIndex(query, batch())];
    }

    /**
     * Returns the probability of a class, with an error of at most {@link #tolerance}.
     *
     * @throws IndexOutOfBoundsException if there is no such query or class
     */
    public float probability(int query, int label) {
        return answer.probabilities()[
                Objects.checkIndex(query, batch()) * classes + Objects.checkIndex(label, classes)];
    }

    /** Maximum error of a probability of this query. */
    public double tolerance(int query) {
        return answer.tolerances()[Objects.checkIndex(query, batch())];
    }

    /** Returns true if the screen and refined keys gave this answer, false if the plain pass did. */
    public boolean byScreen(int query) {
        return answer.screened()[Objects.checkIndex(query, batch())];
    }

    /** Number of stored keys whose scores were computed in double precision; the plain pass reads all keys beside these. */
    public long refined(int query) {
        return answer.refined()[Objects.checkIndex(query, batch())];
    }

    @Override
    public String toString() {
        return "CertifiedDistributions[" + batch() + " queries, " + classes + " classes, " + keys + " keys, version "
                + version + "]";
    }
}
