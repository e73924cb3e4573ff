package io.github.afterimage.platform;

import java.util.function.LongPredicate;

/** Search among numbers, of which the first ones do not meet a condition and all others do. */
public final class BinarySearch {
    private BinarySearch() {}

    /** Returns the first number of {@code from} to {@code to - 1} that meets the condition; {@code to} if none does. */
    public static long first(long from, long to, LongPredicate condition) {
        long low = from;
        long high = to;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (condition.test(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
