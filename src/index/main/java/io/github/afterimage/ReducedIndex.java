package io.github.afterimage;

/**
 * An index with shorter keys, and the cost of making it.
 *
 * @param index in memory; the caller closes it
 * @param sampled keys from which the reduction was learned; 0 if nothing was learned
 * @param learnSeconds for reading the sample and learning
 * @param reduceSeconds for reducing and storing all keys
 */
public record ReducedIndex(CacheIndex index, int sampled, double learnSeconds, double reduceSeconds) {
    /** Seconds for all of it. */
    public double seconds() {
        return learnSeconds + reduceSeconds;
    }
}
