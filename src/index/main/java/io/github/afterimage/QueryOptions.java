package io.github.afterimage;

import io.github.afterimage.keys.KeyFilter;
import java.util.List;

/**
 * The results that a query asks for and the keys that may answer it. Queries with equal options can share a pass.
 *
 * @param betas of the class factor; empty for none
 * @param values true for means of values, false for probabilities
 * @param neighbors number of nearest keys; 0 for none
 * @param novelty what is wanted of the distances from the classes
 * @param filter conditions that keys must meet
 */
record QueryOptions(
        List<Double> thetas, List<Double> betas, boolean values, int neighbors, Novelty novelty, KeyFilter filter) {
    /** Nothing, the distances from the classes, or whether something remembered is like a row, by the threshold that the index stores. */
    enum Novelty {
        NONE("nothing"),
        DISTANCES("distances from classes"),
        JUDGED("novelty");

        private final String words;

        Novelty(String words) {
            this.words = words;
        }
    }

    static final QueryOptions NONE = new QueryOptions(List.of(), List.of(), false, 0, Novelty.NONE, KeyFilter.ALL);

    QueryOptions withThetas(List<Double> others) {
        return new QueryOptions(others, betas, values, neighbors, novelty, filter);
    }

    QueryOptions withBetas(List<Double> others) {
        return new QueryOptions(thetas, others, values, neighbors, novelty, filter);
    }

    QueryOptions withValues() {
        return new QueryOptions(thetas, betas, true, neighbors, novelty, filter);
    }

    QueryOptions withNeighbors(int k) {
        return new QueryOptions(thetas, betas, values, k, novelty, filter);
    }

    QueryOptions withNovelty(Novelty wanted) {
        return new QueryOptions(thetas, betas, values, neighbors, wanted, filter);
    }

    QueryOptions and(KeyFilter condition) {
        return new QueryOptions(thetas, betas, values, neighbors, novelty, filter.and(condition));
    }

    /** The thetas as engines compute with them. */
    float[] narrowedThetas() {
        return Hyperparameters.narrowed(thetas);
    }

    /** The betas as engines compute with them; 0 if there are none. */
    float[] narrowedBetas() {
        return betas.isEmpty() ? new float[1] : Hyperparameters.narrowed(betas);
    }

    /** Returns whether a class has another factor than 1. */
    boolean hasClassFactor() {
        return betas.stream().anyMatch(beta -> beta > 0);
    }

    /**
     * Checks that the settings belong together.
     *
     * @throws IllegalArgumentException if no result is wanted, or one setting makes another one void
     */
    void check() {
        if (thetas.isEmpty() && neighbors == 0) {
            throw new IllegalArgumentException("the query asks for no result: set thetas or neighbors");
        }
        if (thetas.isEmpty()) {
            refuse(hasClassFactor(), "a class factor", "without thetas");
            refuse(values, "means of values", "without thetas");
        }
        refuse(values && novelty != Novelty.NONE, novelty.words, "beside means of values");
        refuse(values && hasClassFactor(), "a class factor", "beside means of values");
    }

    /**
     * Checks that a partial answer uses all settings.
     *
     * @param eachWithout true if each row leaves a key out
     * @throws IllegalArgumentException if it does not
     */
    void checkPartial(boolean eachWithout) {
        if (hasClassFactor() && eachWithout) {
            throw new IllegalArgumentException(
                    "a partial answer with a class factor is without excludingEach: ask with answer, or leave classFactor out");
        }
        refuse(novelty != Novelty.NONE, novelty.words, "for a partial answer: ask with answer");
    }

    /**
     * Checks that a gradient uses all settings.
     *
     * @throws IllegalArgumentException if it does not, or there are several thetas or betas
     */
    void checkGradient() {
        refuse(neighbors > 0, neighbors + " neighbors", "for a gradient: ask with answer");
        refuse(novelty != Novelty.NONE, novelty.words, "for a gradient: ask with answer");
        if (thetas.size() != 1) {
            throw new IllegalArgumentException(
                    "the query has " + thetas.size() + " thetas: a gradient has one; set it with thetas");
        }
        if (betas.size() > 1) {
            throw new IllegalArgumentException(
                    "the query has " + betas.size() + " betas: a gradient has one; set it with classFactor");
        }
    }

    private static void refuse(boolean set, String setting, String where) {
        if (set) {
            throw new IllegalArgumentException("the query has " + setting + ", which has no effect " + where);
        }
    }

    @Override
    public String toString() {
        return thetas.size() + " thetas, " + (betas.isEmpty() ? "" : betas.size() + " betas, ")
                + (values ? "means of values, " : "")
                + neighbors + " neighbors"
                + (novelty == Novelty.NONE ? "" : ", " + novelty.words)
                + (filter.isAll() ? "" : ", keys with " + filter);
    }
}
