package io.github.afterimage.keys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of consecutive keys as an index file holds them, in native byte order: views of the memory of their segment, or
 * copies.
 */
public final class KeyBytes {
    private final Segment segment;
    private final long from;
    private final long count;
    private final @Nullable KeyWeights weights;

    /**
     * @param from the first row in the segment
     * @param count number of rows
     * @param weights of the keys of the segment; null if all are 1
     */
    KeyBytes(Segment segment, long from, long count, @Nullable KeyWeights weights) {
        this.segment = segment;
        this.from = from;
        this.count = count;
        this.weights = weights;
    }

    /**
     * Returns elements of a section that has a row for each key, or bytes of a detail.
     *
     * @param before bytes of the detail before those of the first of these keys
     */
    public ByteBuffer section(Section section, long first, int count, long before) {
        return switch (section) {
            case KEYS -> rows(first, count);
            case IDS -> ids(first, count);
            case LABELS -> labels(first, count);
            case SCALES -> scales(first, count);
            case VALUES -> values(first, count);
            case NAME_ENDS -> detailEnds(Detail.NAME, first, count, before);
            case NAMES -> detail(Detail.NAME, first, count);
            case THUMBNAIL_ENDS -> detailEnds(Detail.THUMBNAIL, first, count, before);
            case THUMBNAILS -> detail(Detail.THUMBNAIL, first, count);
            case PROJECTION, WHITENING, OFFSET, REMOVED, WEIGHTED_IDS, WEIGHTS, REQUESTS ->
                throw new AssertionError(section + " is not part of the keys");
        };
    }

    /** Returns a view of rows: elements of their type. */
    public ByteBuffer rows(long offset, int length) {
        long start = segment.rowsOffset + Segment.rowBytes(segment.type, segment.dim, from + offset);
        return segment.rows.buffer(start, Math.toIntExact(Segment.rowBytes(segment.type, segment.dim, length)));
    }

    /** Returns a view of labels: int32. */
    public ByteBuffer labels(long offset, int length) {
        return segment.labels.buffer((from + offset) * Integer.BYTES, Math.multiplyExact(length, Integer.BYTES));
    }

    /** Returns a view of ids: int64. */
    public ByteBuffer ids(long offset, int length) {
        return segment.ids.buffer((from + offset) * Long.BYTES, Math.multiplyExact(length, Long.BYTES));
    }

    /** Returns a view of scales: float32; only if the type has scales. */
    public ByteBuffer scales(long offset, int length) {
        return Objects.requireNonNull(segment.scales)
                .buffer((from + offset) * Float.BYTES, Math.multiplyExact(length, Float.BYTES));
    }

    /** Returns a view of rows of values: elements of their type; only if keys have values. */
    public ByteBuffer values(long offset, int length) {
        ValueFormat format = segment.format.values();
        return Objects.requireNonNull(segment.values)
                .buffer(format.bytes(from + offset), Math.toIntExact(format.bytes(length)));
    }

    /** Copies weights: float32. */
    public ByteBuffer weights(long offset, int length) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(length, Float.BYTES)).order(ByteOrder.nativeOrder());
        for (long row = from + offset; bytes.hasRemaining(); row++) {
            bytes.putFloat(weights == null ? 1 : weights.get(row));
        }
        return bytes.flip();
    }

    /**
     * Copies the position after each key's bytes of a detail: int64. Requires that none of these keys was removed.
     *
     * @param before bytes before those of the first of these keys
     */
    public ByteBuffer detailEnds(Detail detail, long offset, int length, long before) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(length, Long.BYTES)).order(ByteOrder.nativeOrder());
        DetailColumn column = segment.details.get(detail);
        for (long row = from + offset; bytes.hasRemaining(); row++) {
            bytes.putLong(before + (column == null ? 0 : column.end(row) - column.start(from)));
        }
        return bytes.flip();
    }

    /** Returns the total bytes of a detail. Requires that none of these keys was removed. */
    public long detailBytes(Detail detail) {
        DetailColumn column = segment.details.get(detail);
        return column == null || count == 0 ? 0 : column.end(from + count - 1) - column.start(from);
    }

    /** Returns the bytes of the details of keys. */
    public static DetailBytes detailBytes(List<Keys> keys) {
        return DetailBytes.of(detail -> keys.stream()
                .mapToLong(part -> part.bytes().detailBytes(detail))
                .sum());
    }

    /** Copies a range of the {@link #detailBytes}. Requires that there are some. */
    public ByteBuffer detail(Detail detail, long firstByte, int bytes) {
        DetailColumn column = segment.details.require(detail);
        return column.bytes(column.start(from) + firstByte, bytes);
    }
}
