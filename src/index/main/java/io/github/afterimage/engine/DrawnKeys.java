package io.github.afterimage.engine;

/**
 * Estimates of a pass for one query, and keys drawn at random, each alone, in ascending order of their rows. A sample of a size s
 * holds each key with the probability min(1, s · rate), where its rate is that of its class times its estimated term: the keys
 * whose random numbers are below. Larger samples hold smaller ones.
 *
 * @param reference the greatest estimated score; terms are relative to it
 * @param sums of the estimated terms of all keys, by class
 * @param counted number of keys whose terms are not negligible
 * @param complete false if there was no place for some of the keys that were to be drawn
 * @param terms the estimated terms, with weights
 */
record DrawnKeys(
        float reference,
        double[] sums,
        long counted,
        boolean complete,
        int[] rows,
        int[] labels,
        float[] terms,
        float[] random) {
    DrawnKeys(float reference, double[] sums, long counted, boolean complete, int keys) {
        this(reference, sums, counted, complete, new int[keys], new int[keys], new float[keys], new float[keys]);
    }
}
