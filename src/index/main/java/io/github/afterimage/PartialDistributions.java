package io.github.afterimage;

import io.github.afterimage.engine.Partial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer of some of the keys for a batch of queries; {@link #merge merged} with the answers of all others, in any
 * grouping, it gives the distributions. Merging orders differ by rounding of double precision only.
 *
 * <p>Immutable and thread-safe; may be sent to other processes: 8 bytes for each theta, query and class.
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
     * The answer of these keys and those.
     *
     * @param other of other keys for the same queries and thetas
     * @throws IllegalArgumentException if it is of other thetas, or of another number of queries or classes
     */
    public PartialDistributions merge(PartialDistributions other) {
        try (Partial merged = Partial.of(sums);
                Partial more = Partial.of(other.sums)) {
            merged.merge(more);
            return new PartialDistributions(merged.bytes(), keys + other.keys);
        }
    }

    /** How many keys were asked. */
    public long keys() {
        return keys;
    }

    /** How many bytes this takes on the way. */
    public long bytes() {
        return sums.length;
    }

    /**
     * How much each neighbour counts: exp(θ s) / Σ_k exp(θ s_k), if these are all keys. The shares of all keys of a class add
     * up to its p_mem.
     *
     * @param theta the place of θ among those that were asked for
     * @param nearest neighbours of the same queries among the same keys
     * @return {@code (batch, k)} row-major, in 0..1
     */
    public double[] shares(int theta, Neighbors nearest) {
        try (Partial partial = Partial.of(sums)) {
            double[] shares = new double[nearest.batch() * nearest.k()];
            for (int i = 0; i < shares.length; i++) {
                int query = i / nearest.k();
                shares[i] = partial.share(theta, query, nearest.score(query, i % nearest.k()));
            }
            return shares;
        }
    }

    /** The distributions for each theta, in order, if these are all keys. */
    public List<Distributions> distributions() {
        try (Partial partial = Partial.of(sums)) {
            List<Distributions> distributions = new ArrayList<>();
            for (float[] probabilities : partial.probabilities()) {
                distributions.add(new Distributions(probabilities, partial.classes(), keys, 0));
            }
            return distributions;
        }
    }

    @Override
    public String toString() {
        return "PartialDistributions[" + keys + " keys, " + sums.length + " bytes]";
    }
}
