package io.github.afterimage.engine;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The answer to a batch, which may be estimated.
 *
 * @param sums probabilities and log masses of the queries
 * @param halfWidths half width of the intervals of 99 % around the probabilities of each query; 0 if the plain pass answered
 * @param read number of keys read, for each query; all keys if the plain pass answered
 * @param listed number of keys whose estimated terms are not negligible, for each query
 */
public record EstimatedAnswer(NormalizedSums sums, double[] halfWidths, long[] read, long[] listed) {
    /** The half width of a query without an answer yet. */
    private static final double OPEN = -1;

    static EstimatedAnswer open(int batch, Columns columns) {
        double[] halfWidths = new double[batch];
        Arrays.fill(halfWidths, OPEN);
        return new EstimatedAnswer(new NormalizedSums(batch, columns), halfWidths, new long[batch], new long[batch]);
    }

    boolean isOpen(int query) {
        return halfWidths[query] == OPEN;
    }

    /** Returns the queries that have an answer. */
    int[] answered() {
        return IntStream.range(0, halfWidths.length)
                .filter(query -> !isOpen(query))
                .toArray();
    }

    /** Returns the queries that have no answer yet. */
    int[] unanswered() {
        return IntStream.range(0, halfWidths.length).filter(this::isOpen).toArray();
    }

    /** Takes the work of a query: the keys read, and those that count. */
    void work(int query, long keysRead, long keysListed) {
        read[query] = keysRead;
        listed[query] = keysListed;
    }

    /** Takes an estimate. */
    void put(int query, double[] probabilities, double logMass, double halfWidth) {
        for (int c = 0; c < probabilities.length; c++) {
            sums.values()[query * probabilities.length + c] = (float) probabilities[c];
        }
        sums.logMasses()[query] = logMass;
        halfWidths[query] = halfWidth;
    }

    /**
     * Takes exact answers.
     *
     * @param exact has only these queries
     */
    void put(int[] queries, NormalizedSums exact, long keys) {
        int classes = exact.values().length / queries.length;
        for (int i = 0; i < queries.length; i++) {
            System.arraycopy(exact.values(), i * classes, sums.values(), queries[i] * classes, classes);
            sums.logMasses()[queries[i]] = exact.logMasses()[i];
            halfWidths[queries[i]] = 0;
            read[queries[i]] = keys;
        }
    }

    /** Returns the greatest difference between a probability of a query and that of row {@code exactQuery} of exact ones. */
    double error(int query, NormalizedSums exact, int exactQuery) {
        int classes = exact.values().length / exact.logMasses().length;
        double error = 0;
        for (int c = 0; c < classes; c++) {
            double estimated = sums.values()[query * classes + c];
            error = Math.max(error, Math.abs(estimated - exact.values()[exactQuery * classes + c]));
        }
        return error;
    }
}
