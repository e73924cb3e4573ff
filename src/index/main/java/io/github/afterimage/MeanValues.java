package io.github.afterimage;

import io.github.afterimage.engine.NormalizedSums;
import java.util.Arrays;
import java.util.Objects;

/**
 * The weighted mean of the values of keys for each query of a batch, Σ_k w_k v_k exp(θ φᵀμ_k) / Σ_k w_k exp(θ φᵀμ_k): {@code
 * (batch, width)} float32 row-major.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.builder(2, 1).values(1, ElementType.FLOAT32).build()) {
 *     index.add(KeyBatch.of(new float[] {1, 0, 0, 1}, new int[2]).values(new float[] {10, 20}));
 *     MeanValues answer = index.meanValues(Query.of(new float[] {1, 1}).thetas(5)).get(0);
 *     System.out.println(answer.value(0, 0)); // 15
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class MeanValues {
    private final float[] values;
    private final double[] logMasses;
    private final int width;
    private final long keys;
    private final long version;

    MeanValues(NormalizedSums answer, int width, long keys, long version) {
        values = answer.values();
        logMasses = answer.logMasses();
        this.width = width;
        this.keys = keys;
        this.version = version;
    }

    /** Number of queries. */
    public int batch() {
        return logMasses.length;
    }

    /** Number of numbers of a value. */
    public int width() {
        return width;
    }

    /** Number of keys that answer: those of the index at the moment of the query, or those of them that it is restricted to. */
    public long keys() {
        return keys;
    }

    /** Number of changes of the index since it was opened; answers of one version are from the same keys. */
    public long version() {
        return version;
    }

    /**
     * Returns one number of a mean.
     *
     * @throws IndexOutOfBoundsException if there is no such query or number
     */
    public float value(int query, int number) {
        return values[offset(query) + Objects.checkIndex(number, width)];
    }

    /** Returns a copy of the mean of one query: {@code (width)}. */
    public float[] row(int query) {
        return Arrays.copyOfRange(values, offset(query), offset(query) + width);
    }

    /** Returns log Σ_k w_k exp(θ (φᵀμ_k − 1)); see {@link Distributions#logMass}. */
    public double logMass(int query) {
        return logMasses[Objects.checkIndex(query, batch())];
    }

    private int offset(int query) {
        return Objects.checkIndex(query, batch()) * width;
    }

    @Override
    public String toString() {
        return "MeanValues[" + batch() + " queries, width " + width + ", " + keys + " keys, version " + version + "]";
    }
}
