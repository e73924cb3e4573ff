package io.github.afterimage.keys;

import io.github.afterimage.platform.Resources;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Holds the names and thumbnails of a segment's keys; a detail has no column until a key has it.
 *
 * <p>Threads: only {@link KeyStore} writes, behind the published rows; any number of threads read the published ones.
 */
public final class DetailColumns implements AutoCloseable {
    private final long capacity;
    /** Never changed; replaced when a key is the first with a detail. */
    private volatile Map<Detail, DetailColumn> columns = Map.of();

    DetailColumns(long capacity) {
        this.capacity = capacity;
    }

    /** Copies the bytes of a key; none if it does not have the detail. */
    byte[] value(Detail detail, long row) {
        DetailColumn column = get(detail);
        return column == null ? new byte[0] : column.value(row);
    }

    /** Returns whether a key has a detail. */
    boolean has(Detail detail, long row) {
        DetailColumn column = get(detail);
        return column != null && column.end(row) > column.start(row);
    }

    /** Returns the bytes of the longest name of the first rows. */
    int longestName(long rows) {
        DetailColumn column = get(Detail.NAME);
        return column == null ? 0 : column.longest(rows);
    }

    /** Returns the column of a detail; null until a key has it. */
    @Nullable
    public DetailColumn get(Detail detail) {
        return columns.get(detail);
    }

    /** Returns the column of a detail that some key has. */
    public DetailColumn require(Detail detail) {
        return Objects.requireNonNull(columns.get(detail));
    }

    /** Sets the column of a detail; this closes it. */
    public void put(Detail detail, DetailColumn value) {
        Map<Detail, DetailColumn> more = new EnumMap<>(Detail.class);
        more.putAll(columns);
        more.put(detail, value);
        columns = more;
    }

    /** Writes details of {@code count} keys, starting at {@code first}, from {@code row} on. */
    void write(Map<Detail, byte[][]> details, int first, int count, long row) {
        create(details);
        columns.forEach((detail, column) -> column.write(row, details.get(detail), first, count));
    }

    /** Copies details of rows of another segment. */
    void copy(DetailColumns source, long from, long count, long row) {
        create(source.columns);
        columns.forEach((detail, column) -> column.copy(source.get(detail), from, count, row));
    }

    private void create(Map<Detail, ?> details) {
        for (Detail detail : details.keySet()) {
            if (get(detail) == null) {
                put(detail, DetailColumn.create(capacity));
            }
        }
    }

    @Override
    public void close() {
        Resources.closeAll(columns.values());
    }
}
