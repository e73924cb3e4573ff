package io.github.afterimage;

import io.github.afterimage.keys.KeyFilter;
import java.util.Collections;
import java.util.List;

/**
 * The results that a query asks for and the keys that may answer it. Queries with equal options can share a pass.
 *
 * @param betas of the class factor; empty for none
 * @param neighbors number of nearest keys; 0 for none
 * @param distances whether the distances from the classes are wanted
 * @param novelty whether it is wanted how unlike everything remembered a row is
 * @param filter conditions that keys must meet
 */
record QueryOptions(
        List<Double> thetas, List<Double> betas, int neighbors, boolean distances, boolean novelty, KeyFilter filter) {
    private static final String DISTANCES = "distances from classes";
    private static final String NOVELTY = "novelty";

    static final QueryOptions NONE = new QueryOptions(List.of(), List.of(), 0, false, false, KeyFilter.ALL);

    QueryOptions withThetas(List<Double> others) {
        return new QueryOptions(others, betas, neighbors, distances, novelty, filter);
    }

    QueryOptions withBetas(List<Double> others) {
        return new QueryOptions(thetas, others, neighbors, distances, novelty, filter);
    }

    QueryOptions withNeighbors(int k) {
        return new QueryOptions(thetas, betas, k, distances, novelty, filter);
    }

    QueryOptions withDistances(boolean wanted) {
        return new QueryOptions(thetas, betas, neighbors, wanted, novelty, filter);
    }

    QueryOptions withNovelty() {
        return new QueryOptions(thetas, betas, neighbors, distances, true, filter);
    }

    QueryOptions and(KeyFilter condition) {
        return new QueryOptions(thetas, betas, neighbors, distances, novelty, filter.and(condition));
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
        return !betas.isEmpty() && Collections.max(betas) > 0;
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
        refuse(thetas.isEmpty() && hasClassFactor(), "a class factor", "without thetas");
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
        refuse(distances, DISTANCES, "for a partial answer: ask with answer");
        refuse(novelty, NOVELTY, "for a partial answer: ask with answer");
    }

    /**
     * Checks that a gradient uses all settings.
     *
     * @throws IllegalArgumentException if it does not, or there are several thetas or betas
     */
    void checkGradient() {
        refuse(neighbors > 0, neighbors + " neighbors", "for a gradient: ask with answer");
        refuse(distances, DISTANCES, "for a gradient: ask with answer");
        refuse(novelty, NOVELTY, "for a gradient: ask with answer");
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
                + neighbors + " neighbors"
                + (distances ? ", " + DISTANCES : "")
                + (novelty ? ", " + NOVELTY : "")
                + (filter.isAll() ? "" : ", keys with " + filter);
    }
}
