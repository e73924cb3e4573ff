package io.github.afterimage;

import io.github.afterimage.engine.CertifiedScan;
import java.util.Objects;

/**
 * For each query of a batch the class that double precision would name, and probabilities that are certain to be within a
 * tolerance of its own: {@code (batch, classes)} float32 row-major.
 *
 * <p>Guarantee: {@link #best} is the class with the greatest p_mem, equations (1) and (2), over the keys as they are stored,
 * whatever was rounded on the way; where sums agree to nine digits it is the first of them.
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class CertifiedDistributions {
    /** Less is within the rounding of float32 probabilities. */
    private static final double MIN_TOLERANCE = 1e-6;

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

    static void checkTolerance(double tolerance) {
        if (!(tolerance >= MIN_TOLERANCE && tolerance <= 1)) {
            throw new IllegalArgumentException(
                    "tolerance " + tolerance + ": expected " + MIN_TOLERANCE + " to 1, of a probability");
        }
    }

    /** How many queries these are for. */
    public int batch() {
        return answer.best().length;
    }

    /** How many classes there are. */
    public int classes() {
        return classes;
    }

    /** How many keys the index held when the query was answered: all of these were seen, and no others. */
    public long keys() {
        return keys;
    }

    /** Which keys these were; see {@link Distributions#version}. */
    public long version() {
        return version;
    }

    /**
     * The most probable class.
     *
     * @throws IndexOutOfBoundsException if there is no such query
     */
    public int best(int query) {
        return answer.best()[Objects.checkIndex(query, batch())];
    }

    /**
     * The probability of a class, at most {@link #tolerance} off.
     *
     * @throws IndexOutOfBoundsException if there is no such query or class
     */
    public float probability(int query, int label) {
        return answer.probabilities()[
                Objects.checkIndex(query, batch()) * classes + Objects.checkIndex(label, classes)];
    }

    /** How far a probability of this query may be off. */
    public double tolerance(int query) {
        return answer.tolerances()[Objects.checkIndex(query, batch())];
    }

    /** Whether the screen and the keys refined made this answer certain; where not, the plain pass gave it. */
    public boolean byScreen(int query) {
        return answer.screened()[Objects.checkIndex(query, batch())];
    }

    /** How many keys were read as they are stored and their scores computed in double precision. */
    public long refined(int query) {
        return answer.refined()[Objects.checkIndex(query, batch())];
    }

    @Override
    public String toString() {
        return "CertifiedDistributions[" + batch() + " queries, " + classes + " classes, " + keys + " keys, version "
                + version + "]";
    }
}
