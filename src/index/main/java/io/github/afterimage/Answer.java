package io.github.afterimage;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The results of a {@link Query}, all from the keys of one moment.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Answer answer = index.answer(Query.of(new float[index.dim()]).thetas(60).neighbors(5));
 *     Neighbors nearest = answer.neighbors();
 *     for (int place = 0; place < nearest.k(); place++) {
 *         System.out.println(nearest.name(0, place) + " decides " + 100 * answer.share(0, place) + " %");
 *     }
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class Answer {
    private final float[] thetas;
    private final int betas;
    private final List<Distributions> distributions;
    private final @Nullable Neighbors neighbors;

    /**
     * Holds the results; there is at least one.
     *
     * @param betas number of distributions for each theta
     * @param distributions for each theta in order, one for each beta in order
     */
    Answer(float[] thetas, int betas, List<Distributions> distributions, @Nullable Neighbors neighbors) {
        this.thetas = thetas;
        this.betas = betas;
        this.distributions = distributions;
        this.neighbors = neighbors;
    }

    /** Returns room for the results of {@code rows} queries from the same keys. */
    Answer room(int rows) {
        return new Answer(
                thetas,
                betas,
                distributions.stream().map(one -> one.room(rows)).toList(),
                neighbors == null ? null : neighbors.room(rows));
    }

    /** Copies the results of {@code count} queries into room that no caller has yet. */
    void copy(int from, int count, Answer target, int to) {
        for (int t = 0; t < distributions.size(); t++) {
            distributions.get(t).copy(from, count, target.distributions.get(t), to);
        }
        if (neighbors != null) {
            neighbors.copy(from, count, target.neighbors(), to);
        }
    }

    /** Number of queries. */
    public int batch() {
        return neighbors == null ? distributions().batch() : neighbors.batch();
    }

    /** Number of keys that answer: those of the index at the moment of the query, or those of them that it is restricted to. */
    public long keys() {
        return neighbors == null ? distributions().keys() : neighbors.keys();
    }

    /** Number of changes of the index since it was opened; answers of one version are from the same keys. */
    public long version() {
        return neighbors == null ? distributions().version() : neighbors.version();
    }

    /**
     * Returns the distributions for the first θ and the first β.
     *
     * @throws IllegalStateException if the query had no θ
     */
    public Distributions distributions() {
        return distributions(0);
    }

    /**
     * Returns the distributions for a θ and the first β.
     *
     * @param theta index of θ among those of the query
     * @throws IllegalStateException if the query had no θ
     * @throws IndexOutOfBoundsException if there is no such θ
     */
    public Distributions distributions(int theta) {
        return distributions(theta, 0);
    }

    /**
     * Returns the distributions for a θ and a β.
     *
     * @param theta index of θ among those of the query
     * @param beta index of β among those of its {@link Query#classFactor}; 0 if it has none
     * @throws IllegalStateException if the query had no θ
     * @throws IndexOutOfBoundsException if there is no such θ or β
     */
    public Distributions distributions(int theta, int beta) {
        if (distributions.isEmpty()) {
            throw new IllegalStateException("there are no distributions: ask for them with Query.thetas");
        }
        return distributions.get(theta * betas + Objects.checkIndex(beta, betas));
    }

    /**
     * Returns the nearest keys.
     *
     * @throws IllegalStateException if the query asked for none
     */
    public Neighbors neighbors() {
        if (neighbors == null) {
            throw new IllegalStateException("there are no neighbors: ask for them with Query.neighbors");
        }
        return neighbors;
    }

    /**
     * Computes the share of a neighbour in the answer for the first θ and the first β: w exp(θ s) / Σ_k w_k exp(θ s_k), times the
     * {@link Distributions#classFactor} of its class. The shares of all keys of a class add up to its p_mem.
     *
     * @return 0 to 1
     * @throws IllegalStateException if the query had no θ or asked for no neighbours
     */
    public double share(int query, int place) {
        double logMass = distributions().logMass(query);
        double exponent = thetas[0] * (neighbors().score(query, place) - 1.0);
        double factor = distributions().classFactor(query, neighbors().label(query, place));
        return Math.min(
                1,
                factor
                        * neighbors().weight(query, place)
                        * Math.exp(exponent - logMass)); // scores and sums are rounded differently
    }

    @Override
    public String toString() {
        return "Answer[" + batch() + " queries, " + thetas.length + " thetas, "
                + (betas == 1 ? "" : betas + " betas, ")
                + (neighbors == null ? 0 : neighbors.k()) + " neighbors, " + keys() + " keys, version " + version()
                + "]";
    }
}
