package io.github.afterimage;

import io.github.afterimage.engine.NormalizedSums;
import io.github.afterimage.engine.Partial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The sums of the values of a part of the keys, for a batch of queries; {@link #merge merged} with the sums of all other parts,
 * in any order, they give the means. See {@link PartialDistributions}, which is the same for labels.
 *
 * <pre>{@code
 * Path file = Path.of("cache.safetensors");
 * try (CacheIndex first = CacheIndex.open(file, new OpenOptions().parts(0, 1));
 *         CacheIndex others = CacheIndex.open(file, new OpenOptions().parts(1, 3))) {
 *     Query query = Query.of(new float[first.dim()]).thetas(60);
 *     PartialMeanValues sums = first.partialMeanValues(query).merge(others.partialMeanValues(query));
 *     System.out.println(sums.meanValues().get(0).value(0, 0));
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe. Serializable for other processes: 8 bytes for each theta and query, for each number of a value
 * and once more.
 */
public final class PartialMeanValues implements Serializable {
    private static final long serialVersionUID = 1;

    private final byte[] sums;
    private final long keys;

    PartialMeanValues(byte[] sums, long keys) {
        this.sums = sums;
        this.keys = keys;
    }

    /**
     * Adds the sums of other keys.
     *
     * @param other sums for the same queries and thetas
     * @throws IllegalArgumentException if thetas, or the number of queries or the width differ
     */
    public PartialMeanValues merge(PartialMeanValues other) {
        try (Partial merged = Partial.of(sums);
                Partial more = Partial.of(other.sums)) {
            merged.merge(more);
            return new PartialMeanValues(merged.bytes(), keys + other.keys);
        }
    }

    /** Number of keys in the sums. */
    public long keys() {
        return keys;
    }

    /** Number of bytes of the serialized sums. */
    public long bytes() {
        return sums.length;
    }

    /** Computes the means for each theta, in order, if the sums are over all keys. */
    public List<MeanValues> meanValues() {
        try (Partial partial = Partial.of(sums)) {
            List<MeanValues> means = new ArrayList<>();
            for (NormalizedSums normalized : partial.normalized()) {
                means.add(new MeanValues(normalized, partial.columns().results(), keys, 0));
            }
            return means;
        }
    }

    @Override
    public String toString() {
        return "PartialMeanValues[" + keys + " keys, " + sums.length + " bytes]";
    }
}
