package io.github.afterimage.answer;

import io.github.afterimage.keys.KeyFilter;
import java.util.List;

/**
 * The results that a query asks for and the keys that may answer it. Queries with equal options can share a pass.
 *
 * @param neighbors number of nearest keys; 0 for none
 * @param evidence whether the evidence for each class is wanted
 * @param filter conditions that keys must meet
 */
record QueryOptions(List<Double> thetas, int neighbors, boolean evidence, KeyFilter filter) {
    private static final String EVIDENCE = "evidence for classes";

    static final QueryOptions NONE = new QueryOptions(List.of(), 0, false, KeyFilter.ALL);

    QueryOptions withThetas(List<Double> others) {
        return new QueryOptions(others, neighbors, evidence, filter);
    }

    QueryOptions withNeighbors(int k) {
        return new QueryOptions(thetas, k, evidence, filter);
    }

    QueryOptions withEvidence(boolean wanted) {
        return new QueryOptions(thetas, neighbors, wanted, filter);
    }

    QueryOptions and(KeyFilter condition) {
        return new QueryOptions(thetas, neighbors, evidence, filter.and(condition));
    }

    /** The thetas as engines compute with them. */
    float[] narrowedThetas() {
        float[] narrowed = new float[thetas.size()];
        for (int i = 0; i < narrowed.length; i++) {
            narrowed[i] = (float) Math.min(thetas.get(i), AnswerRule.MAX_THETA);
        }
        return narrowed;
    }

    /**
     * Checks that a result is wanted.
     *
     * @throws IllegalArgumentException if no result is wanted
     */
    void check() {
        if (thetas.isEmpty() && neighbors == 0) {
            throw new IllegalArgumentException("the query asks for no result: set thetas or neighbors");
        }
    }

    /**
     * Checks that a partial answer uses all settings.
     *
     * @param eachWithout true if each row leaves a key out
     * @throws IllegalArgumentException if it does not
     */
    void checkPartial(boolean eachWithout) {
        if (evidence && eachWithout) {
            throw new IllegalArgumentException(
                    "a partial answer with evidence is without excludingEach: ask with answer, or leave evidence out");
        }
        refuse(evidence && thetas.isEmpty(), EVIDENCE, "for a partial answer without thetas: set them");
    }

    /**
     * Checks that a gradient uses all settings.
     *
     * @throws IllegalArgumentException if it does not, or there are several thetas
     */
    void checkGradient() {
        refuse(neighbors > 0, neighbors + " neighbors", "for a gradient: ask with answer");
        refuse(evidence, EVIDENCE, "for a gradient: ask with answer");
        if (thetas.size() != 1) {
            throw new IllegalArgumentException(
                    "the query has " + thetas.size() + " thetas: a gradient has one; set it with thetas");
        }
    }

    private static void refuse(boolean set, String setting, String where) {
        if (set) {
            throw new IllegalArgumentException("the query has " + setting + ", which has no effect " + where);
        }
    }

    @Override
    public String toString() {
        return thetas.size() + " thetas, " + neighbors + " neighbors"
                + (evidence ? ", " + EVIDENCE : "")
                + (filter.isAll() ? "" : ", keys with " + filter);
    }
}
