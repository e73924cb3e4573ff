package io.github.afterimage.answer;

import java.util.BitSet;

/**
 * The effect of changes of an index on its answers to the examples that it was tuned with; see {@link io.github.afterimage.CacheIndex#effect}.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"));
 *         CacheReader before = index.snapshot()) {
 *     index.remove(17);
 *     index.effect(before).ifPresent(System.out::println);
 * }
 * }</pre>
 *
 * @param examples number of examples that were asked
 * @param moreRight examples that are answered right now and were not before
 * @param fewerRight examples that were answered right before and are not now
 */
public record ChangeEffect(int examples, int moreRight, int fewerRight) {
    /** More keys are not a lesson; an evaluation measures their effect. */
    private static final int MOST_KEYS = 64;

    /** Products of numbers in a pass: about 0.1 s. */
    private static final double MOST_PRODUCTS = 1L << 32;

    /** Returns whether there are examples and keys to compare, and the comparison is quick. */
    static boolean isQuick(int examples, long before, long now, int dim) {
        long most = Math.max(before, now);
        return examples > 0
                && before > 0
                && now > 0
                && Math.abs(before - now) <= MOST_KEYS
                && (double) most * dim * examples <= MOST_PRODUCTS;
    }

    static ChangeEffect of(int examples, BitSet before, BitSet now) {
        BitSet more = (BitSet) now.clone();
        more.andNot(before);
        BitSet fewer = (BitSet) before.clone();
        fewer.andNot(now);
        return new ChangeEffect(examples, more.cardinality(), fewer.cardinality());
    }
}
