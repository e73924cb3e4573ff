package io.github.afterimage;

import java.util.Arrays;
import java.util.Objects;

/**
 * A probability of each class for each query of a batch: {@code (batch, classes)} float32 row-major.
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class Distributions {
    private final float[] probabilities;
    private final int classes;
    private final long keys;
    private final long version;

    Distributions(float[] probabilities, int classes, long keys, long version) {
        this.probabilities = probabilities;
        this.classes = classes;
        this.keys = keys;
        this.version = version;
    }

    /** How many queries these are for. */
    public int batch() {
        return probabilities.length / classes;
    }

    /** How many classes there are. */
    public int classes() {
        return classes;
    }

    /** How many keys the index held when the query was answered: all of these were seen, and no others. */
    public long keys() {
        return keys;
    }

    /** How many changes the index had seen since it was opened; answers of one version are of the same keys. */
    public long version() {
        return version;
    }

    /**
     * The probability of a class.
     *
     * @throws IndexOutOfBoundsException if there is no such query or class
     */
    public float probability(int query, int label) {
        return probabilities[offset(query) + Objects.checkIndex(label, classes)];
    }

    /** The most probable class; the first of equals. */
    public int best(int query) {
        int offset = offset(query);
        return Mixture.best(classes, c -> probabilities[offset + c]);
    }

    /** The probabilities of one query: a copy, {@code (classes)}. */
    public float[] row(int query) {
        return Arrays.copyOfRange(probabilities, offset(query), offset(query) + classes);
    }

    private int offset(int query) {
        return Objects.checkIndex(query, batch()) * classes;
    }

    @Override
    public String toString() {
        return "Distributions[" + batch() + " queries, " + classes + " classes, " + keys + " keys, version " + version
                + "]";
    }
}
