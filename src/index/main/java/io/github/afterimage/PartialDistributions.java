package io.github.afterimage;

import io.github.afterimage.engine.NormalizedSums;
import io.github.afterimage.engine.Partial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The class sums of a batch of queries over a part of the keys; {@link #merge merged} with the sums of all other parts, in any
 * order, they give the distributions. Orders of merging differ by rounding of double precision only.
 *
 * <pre>{@code
 * Path file = Path.of("cache.safetensors");
 * try (CacheIndex first = CacheIndex.open(file, new OpenOptions().parts(0, 1));
 *         CacheIndex others = CacheIndex.open(file, new OpenOptions().parts(1, 3))) {
 *     Query query = Query.of(new float[first.dim()]).thetas(60);
 *     PartialDistributions sums = first.partial(query).merge(others.partial(query));
 *     System.out.println(sums.distributions().get(0).best(0));
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe. Serializable for other processes: 8 bytes for each theta, query and class.
 */
public final class PartialDistributions implements Serializable {
    private static final long serialVersionUID = 1;

    private final byte[] sums;
    private final long keys;

    PartialDistributions(byte[] sums, long keys) {
        this.sums = sums;
        this.keys = keys;
    }

    /**
     * Adds the sums of other keys.
     *
     * @param other sums for the same queries and thetas
     * @throws IllegalArgumentException if thetas, or the number of queries or classes differ
     */
    public PartialDistributions merge(PartialDistributions other) {
        try (Partial merged = Partial.of(sums);
                Partial more = Partial.of(other.sums)) {
            merged.merge(more);
            return new PartialDistributions(merged.bytes(), keys + other.keys);
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

    /**
     * Computes the share of each neighbour: w exp(θ s) / Σ_k w_k exp(θ s_k), if the sums are over all keys. The shares of all
     * keys of a class add up to its p_mem.
     *
     * @param theta index of θ among the thetas of the request
     * @param nearest neighbours of the same queries among the same keys
     * @return {@code (batch, k)} row-major, in 0..1
     */
    public double[] shares(int theta, Neighbors nearest) {
        try (Partial partial = Partial.of(sums)) {
            double[] shares = new double[nearest.batch() * nearest.k()];
            for (int i = 0; i < shares.length; i++) {
                int query = i / nearest.k();
                shares[i] = partial.share(
                        theta, query, nearest.score(query, i % nearest.k()), nearest.weight(query, i % nearest.k()));
            }
            return shares;
        }
    }

    /** Computes the distributions for each theta, in order, if the sums are over all keys. */
    public List<Distributions> distributions() {
        try (Partial partial = Partial.of(sums)) {
            List<Distributions> distributions = new ArrayList<>();
            for (NormalizedSums probabilities : partial.normalized()) {
                distributions.add(
                        new Distributions(probabilities, partial.columns().count(), keys, 0));
            }
            return distributions;
        }
    }

    @Override
    public String toString() {
        return "PartialDistributions[" + keys + " keys, " + sums.length + " bytes]";
    }
}
