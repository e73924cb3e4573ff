package io.github.afterimage.answer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How often each class comes, as labelled examples tell: π_c = (m_c + α base_c) / (m + α), with m_c of the m examples in class c. The base is
 * equal shares or those of the keys. Base and α are those that make the labels most probable, by the Dirichlet-multinomial
 * distribution, if they make them much more probable than equal shares do.
 */
final class ClassShares {
    /** Ascending; the last one stands for ∞. */
    private static final double[] ALPHAS = {1, 3, 10, 30, 100, 300, 1e3, 3e3, 1e4, 1e9};

    /** Shares are taken if the labels are so many times as probable by them as by equal ones: strong evidence (Kass and Raftery, 1995). */
    private static final double STRONG = 20;

    private ClassShares() {}

    /**
     * Returns the share of each class; empty if all come equally often.
     *
     * @param labels the number of examples of each class, {@code (classes)}
     * @param keys the number of keys of each class, {@code (classes)}
     */
    static List<Double> of(long[] labels, long[] keys) {
        double examples = Arrays.stream(labels).sum();
        double all = Arrays.stream(keys).sum();
        double[] equal = IntStream.range(0, labels.length)
                .mapToDouble(c -> 1.0 / labels.length)
                .toArray();
        double[] ofKeys = Arrays.stream(keys)
                .mapToDouble(count -> (count + 1) / (all + keys.length))
                .toArray();
        double best = logEvidence(labels, equal, ALPHAS[ALPHAS.length - 1]) + Math.log(STRONG);
        List<Double> shares = List.of();
        for (double[] base : List.of(equal, ofKeys)) {
            for (int i = ALPHAS.length - 1; i >= 0; i--) {
                double alpha = ALPHAS[i];
                double evidence = logEvidence(labels, base, alpha);
                if (evidence > best) {
                    best = evidence;
                    shares = IntStream.range(0, labels.length)
                            .mapToObj(c -> (labels[c] + alpha * base[c]) / (examples + alpha))
                            .toList();
                }
            }
        }
        return shares;
    }

    /** Returns the log of the probability of these labels, in one order. */
    private static double logEvidence(long[] labels, double[] base, double alpha) {
        double log = 0;
        long seen = 0;
        for (int c = 0; c < labels.length; c++) {
            for (long i = 0; i < labels[c]; i++) {
                log += Math.log((alpha * base[c] + i) / (alpha + seen++));
            }
        }
        return log;
    }
}
