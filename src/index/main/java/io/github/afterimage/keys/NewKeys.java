package io.github.afterimage.keys;

import io.github.afterimage.failure.InvalidRowException;
import java.util.Arrays;
import java.util.Map;

/**
 * Holds keys to add.
 *
 * @param rows writes the rows into a segment
 * @param labels one class per key
 * @param details bytes per key, as {@link KeyDetails#encode} returns them; nothing for a detail that no key has
 * @param ids one id per key, not descending
 */
public record NewKeys(Rows rows, int[] labels, Map<Detail, byte[][]> details, long[] ids) {
    public static final NewKeys NONE =
            new NewKeys((segment, first, count, row) -> {}, new int[0], Map.of(), new long[0]);

    /** Writes rows of unit norm, in the element type of the segment. */
    public interface Rows {
        /**
         * Writes {@code count} rows, starting at {@code first}, to the rows of a segment from {@code row} on.
         *
         * @throws InvalidRowException if a row has a value that is not finite or is all zeros
         */
        void write(Segment segment, int first, int count, long row);
    }

    public int count() {
        return labels.length;
    }

    /**
     * Writes {@code count} keys, starting at {@code first}, to the rows of a segment from {@code row} on, behind the published rows.
     *
     * @throws InvalidRowException if a row has a value that is not finite or is all zeros
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory for names or thumbnails is refused
     */
    void write(Segment segment, int first, int count, long row) {
        if (count > 0) {
            rows.write(segment, first, count, row);
            segment.write(labels, ids, details, first, count, row);
        }
    }

    /** Returns the bytes of the details. */
    public DetailBytes detailBytes() {
        return DetailBytes.of(detail -> Arrays.stream(details.getOrDefault(detail, new byte[0][]))
                .mapToLong(value -> value.length)
                .sum());
    }
}
