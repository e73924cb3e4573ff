package io.github.afterimage;

import java.util.BitSet;

/**
 * The effect of changes of an index on its answers to the examples that it was tuned with; see {@link CacheIndex#effect}.
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
    static final int MOST_KEYS = 64;

    /** Products of numbers in a pass: about 0.1 s. */
    static final double MOST_PRODUCTS = 1L << 32;

    static ChangeEffect of(int examples, BitSet before, BitSet now) {
        BitSet more = (BitSet) now.clone();
        more.andNot(before);
        BitSet fewer = (BitSet) before.clone();
        fewer.andNot(now);
        return new ChangeEffect(examples, more.cardinality(), fewer.cardinality());
    }
}
