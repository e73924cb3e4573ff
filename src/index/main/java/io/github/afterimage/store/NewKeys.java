package io.github.afterimage.store;

import org.jspecify.annotations.Nullable;

/**
 * Holds keys to add.
 *
 * @param rows writes the rows into a segment
 * @param labels one class per key
 * @param names UTF-8 per key, as {@link KeyNames#encode} returns it; null if no key has a name
 * @param ids one id per key, ascending
 */
record NewKeys(Rows rows, int[] labels, byte @Nullable [][] names, long[] ids) {
    static final NewKeys NONE = new NewKeys((segment, first, count, row) -> {}, new int[0], null, new long[0]);

    /** Writes rows of unit norm, in the element type of the segment. */
    interface Rows {
        /**
         * Writes {@code count} rows, starting at {@code first}, to the rows of a segment from {@code row} on.
         *
         * @throws InvalidRowException if a row has a value that is not finite or is all zeros
         */
        void write(Segment segment, int first, int count, long row);
    }

    int count() {
        return labels.length;
    }
}
