package io.github.afterimage.engine;

import java.util.stream.LongStream;

/**
 * How like the directions of the classes the queries of a batch are, and the numbers of keys behind them.
 *
 * @param products zᵀm_c {@code (batch, classes)}; the -∞ of a class without keys becomes its mean over the keys of all classes
 * @param counts the number of keys of each class
 * @param keys their sum
 * @param spreads how far the keys of each class are from its direction, {@link io.github.afterimage.keys.ClassMeans#spreads}
 */
public record ClassEvidence(int classes, float[] products, long[] counts, long keys, double[] spreads) {
    /** Completes the products. */
    public ClassEvidence {
        boolean complete = LongStream.of(counts).allMatch(count -> count > 0);
        for (int first = 0; first < products.length && !complete; first += classes) {
            double sum = 0;
            for (int c = 0; c < classes; c++) {
                sum += counts[c] == 0 ? 0 : counts[c] * (double) products[first + c];
            }
            float mean = (float) (sum / keys);
            for (int c = 0; c < classes; c++) {
                products[first + c] = counts[c] == 0 ? mean : products[first + c];
            }
        }
    }

    /**
     * Returns the log of E_c = (S_c + τ S̄) / (n_c + τ): the mean term of the keys of a class, drawn to that of all keys as by τ =
     * more keys.
     *
     * @param share the sum of the terms of the class, S_c, over that of all
     * @param prior τ
     * @return for terms that add up to 1
     */
    public double log(int label, double share, double prior) {
        return Math.log((share + prior / keys) / (counts[label] + prior));
    }

    /** Returns zᵀm_c; for a class without keys, its mean over the keys of all classes. */
    public double direction(int query, int label) {
        return products[query * classes + label];
    }

    /** Returns how far the query is from the direction of a class, over how far its keys are: (1 − zᵀm_c) / spread; 0 where all are equal. */
    public double distance(int query, int label) {
        return spreads[label] == 0 ? 0 : (1 - direction(query, label)) / spreads[label];
    }

    /**
     * Computes the coefficients of the products zᵀm_c in a sum of {@linkplain #direction directions}.
     *
     * @param ofDirections {@code (batch, classes)}
     * @param target receives those of a query, from {@code place} on; 0 for a class without keys
     */
    void ofMeans(int query, float[] ofDirections, float[] target, int place) {
        double ofKeys = 0; // each key's, of the mean over all keys
        for (int c = 0; c < classes; c++) {
            ofKeys += counts[c] == 0 ? (double) ofDirections[query * classes + c] / keys : 0;
        }
        for (int c = 0; c < classes; c++) {
            target[place + c] = counts[c] == 0 ? 0 : (float) (ofDirections[query * classes + c] + counts[c] * ofKeys);
        }
    }
}
