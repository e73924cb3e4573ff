package io.github.afterimage;

/**
 * An index with shorter keys, and the cost of making it.
 *
 * <pre>{@code
 * try (StoredIndex stored = StoredIndex.open(Path.of("cache.safetensors"), true)) {
 *     ReducedIndex reduced = stored.reduce(Reduction.gaussian(256), ElementType.FLOAT32, 0, 2, Progress.NONE);
 *     try (CacheIndex index = reduced.index()) {
 *         System.out.println(index.format().keyDim() + " values a key, after " + reduced.seconds() + " s");
 *     }
 * }
 * }</pre>
 *
 * @param index in memory; the caller closes it
 * @param sampled keys from which the reduction was learned; 0 if nothing was learned
 * @param learnSeconds for reading the sample and learning
 * @param reduceSeconds for reducing and storing all keys
 */
public record ReducedIndex(CacheIndex index, int sampled, double learnSeconds, double reduceSeconds) {
    /** Returns the seconds for learning, reducing and storing. */
    public double seconds() {
        return learnSeconds + reduceSeconds;
    }
}
