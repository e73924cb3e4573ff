package io.github.afterimage;

import io.github.afterimage.engine.FactoredSums;
import io.github.afterimage.engine.NormalizedSums;
import io.github.afterimage.engine.Partial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
 * <p>A query with a {@link Query#classFactor} adds the sums of the keys of each class, from which the directions of the classes follow
 * once the parts are merged.
 *
 * <p>Immutable and thread-safe. Serializable for other processes: 8 bytes for each theta, query and class; with a class factor also 4
 * for each number of a query, and 16 for each number of a key and class that has keys.
 */
public final class PartialDistributions implements Serializable {
    private static final long serialVersionUID = 2;

    private final byte[] sums;
    private final long keys;
    /** Number of distributions for each theta. */
    private final int betas;
    /** Null if all betas are 0. */
    private final @Nullable PartialFactors factors;

    PartialDistributions(byte[] sums, long keys, int betas, @Nullable PartialFactors factors) {
        this.sums = sums;
        this.keys = keys;
        this.betas = betas;
        this.factors = factors;
    }

    /**
     * Adds the sums of other keys.
     *
     * @param other sums for the same queries and thetas
     * @throws IllegalArgumentException if thetas, betas, or the number of queries or classes differ
     */
    public PartialDistributions merge(PartialDistributions other) {
        try (Partial merged = Partial.of(sums);
                Partial more = Partial.of(other.sums)) {
            merged.merge(more);
            return new PartialDistributions(merged.bytes(), keys + other.keys, betas, mergedFactors(other));
        }
    }

    private @Nullable PartialFactors mergedFactors(PartialDistributions other) {
        if (betas != other.betas || (factors == null) != (other.factors == null)) {
            throw new IllegalArgumentException("partials of other betas cannot be merged");
        }
        return factors == null ? null : factors.merge(Objects.requireNonNull(other.factors));
    }

    /** Number of keys in the sums. */
    public long keys() {
        return keys;
    }

    /** Number of bytes of the serialized sums. */
    public long bytes() {
        return sums.length + (factors == null ? 0 : factors.bytes());
    }

    /**
     * Computes the share of each neighbour: w exp(θ s) / Σ_k w_k exp(θ s_k), if the sums are over all keys, times the {@link
     * Distributions#classFactor} of its class for the first β. The shares of all keys of a class add up to its p_mem.
     *
     * @param theta index of θ among the thetas of the request
     * @param nearest neighbours of the same queries among the same keys
     * @return {@code (batch, k)} row-major, in 0..1
     */
    public double[] shares(int theta, Neighbors nearest) {
        try (Partial partial = Partial.of(sums)) {
            Distributions answer = distributions().get(theta * betas);
            double[] shares = new double[nearest.batch() * nearest.k()];
            for (int i = 0; i < shares.length; i++) {
                int query = i / nearest.k();
                int place = i % nearest.k();
                double share = partial.share(theta, query, nearest.score(query, place), nearest.weight(query, place));
                shares[i] = Math.min(1, share * answer.classFactor(query, nearest.label(query, place)));
            }
            return shares;
        }
    }

    /**
     * Computes the distributions if the sums are over all keys: for each theta in order, one for each beta in order.
     */
    public List<Distributions> distributions() {
        try (Partial partial = Partial.of(sums)) {
            List<Distributions> distributions = new ArrayList<>();
            if (factors != null) {
                for (FactoredSums answer : factors.apply(partial)) {
                    distributions.add(
                            new Distributions(answer, partial.columns().count(), keys, 0));
                }
                return distributions;
            }
            for (NormalizedSums probabilities : partial.normalized()) {
                Distributions one =
                        new Distributions(probabilities, partial.columns().count(), keys, 0);
                distributions.addAll(Collections.nCopies(betas, one));
            }
            return distributions;
        }
    }

    @Override
    public String toString() {
        return "PartialDistributions[" + keys + " keys, " + sums.length + " bytes]";
    }
}
