package io.github.afterimage;

import io.github.afterimage.scan.KeyFilter;
import java.util.List;

/**
 * The results that a query asks for and the keys that may answer it. Queries with equal options can share a pass.
 *
 * @param betas of the class factor; empty for none
 * @param neighbors number of nearest keys; 0 for none
 * @param tolerance maximum error of a probability; 0 if probabilities must be exact
 * @param filter conditions that keys must meet
 */
record QueryOptions(List<Double> thetas, List<Double> betas, int neighbors, double tolerance, KeyFilter filter) {
    static final QueryOptions NONE = new QueryOptions(List.of(), List.of(), 0, 0, KeyFilter.ALL);

    QueryOptions withThetas(List<Double> others) {
        return new QueryOptions(others, betas, neighbors, tolerance, filter);
    }

    QueryOptions withBetas(List<Double> others) {
        return new QueryOptions(thetas, others, neighbors, tolerance, filter);
    }

    QueryOptions withNeighbors(int k) {
        return new QueryOptions(thetas, betas, k, tolerance, filter);
    }

    QueryOptions withTolerance(double error) {
        return new QueryOptions(thetas, betas, neighbors, error, filter);
    }

    QueryOptions and(KeyFilter condition) {
        return new QueryOptions(thetas, betas, neighbors, tolerance, filter.and(condition));
    }

    /** Returns the thetas in float32. */
    float[] narrowedThetas() {
        return Hyperparameters.narrowed(
                thetas.stream().mapToDouble(theta -> theta).toArray());
    }

    /** Returns the betas in float32; one that is 0 if there is none. */
    float[] narrowedBetas() {
        float[] narrowed = new float[Math.max(1, betas.size())];
        for (int b = 0; b < betas.size(); b++) {
            narrowed[b] = Hyperparameters.narrowedBeta(betas.get(b));
        }
        return narrowed;
    }

    /** Returns whether a class has another factor than 1. */
    boolean hasClassFactor() {
        return betas.stream().anyMatch(beta -> beta > 0);
    }

    /**
     * Checks that there is no class factor.
     *
     * @param asked the result that has none
     * @throws IllegalArgumentException if there is one
     */
    void requireNoClassFactor(String asked) {
        if (hasClassFactor()) {
            throw new IllegalArgumentException("the query has a class factor, beta " + betas + ": " + asked
                    + " has none; leave classFactor out, or ask with answer, partial or gradient");
        }
    }

    /** @throws IllegalArgumentException if neither thetas nor neighbours are wanted */
    void requireResults() {
        if (thetas.isEmpty() && neighbors == 0) {
            throw new IllegalArgumentException("the query asks for no result: set thetas or neighbors");
        }
    }

    /** @throws IllegalArgumentException if neighbours are wanted */
    void requireNoNeighbors() {
        if (neighbors > 0) {
            throw new IllegalArgumentException("the query asks for " + neighbors
                    + " neighbors, which only answer(query) returns: set neighbors(0)");
        }
    }

    /**
     * Returns the only theta.
     *
     * @param asked the result that has one theta
     * @throws IllegalArgumentException if there is another number of thetas
     */
    float onlyTheta(String asked) {
        if (thetas.size() != 1) {
            throw new IllegalArgumentException(
                    "the query has " + thetas.size() + " thetas: " + asked + " has one; set it with thetas");
        }
        return Hyperparameters.narrowed(thetas.get(0));
    }

    /**
     * Returns the only beta; 0 if there is none.
     *
     * @throws IllegalArgumentException if there are several
     */
    float onlyBeta(String asked) {
        if (betas.size() > 1) {
            throw new IllegalArgumentException(
                    "the query has " + betas.size() + " betas: " + asked + " has one; set it with classFactor");
        }
        return narrowedBetas()[0];
    }

    @Override
    public String toString() {
        return thetas.size() + " thetas, " + (betas.isEmpty() ? "" : betas.size() + " betas, ") + neighbors
                + " neighbors"
                + (tolerance == 0 ? "" : ", tolerance " + tolerance)
                + (filter.isAll() ? "" : ", keys with " + filter);
    }
}
