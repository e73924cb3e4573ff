package io.github.afterimage.store;

import io.github.afterimage.ElementType;
import io.github.afterimage.binding.NativeScreen;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Consecutive rows of a snapshot, contiguous in memory: {@code (count, dim)} row-major, unit L2 norm. Some may be of keys
 * that were removed, where {@link #hasRemovals} says so: these count for nothing.
 *
 * <p>Immutable and thread-safe; valid until the snapshot that they belong to is closed.
 */
public final class Keys {
    private final Segment segment;
    private final long from;
    private final long count;
    private final long firstRow;
    private final long version;
    private final boolean hasRemovals;

    Keys(Segment segment, long from, long count, long firstRow, long version, boolean hasRemovals) {
        this.segment = segment;
        this.from = from;
        this.count = count;
        this.firstRow = firstRow;
        this.version = version;
        this.hasRemovals = hasRemovals;
    }

    /** How many rows these are. */
    public long count() {
        return count;
    }

    /** The place of the first of them in the snapshot. */
    public long firstRow() {
        return firstRow;
    }

    /** Elements of a key. */
    public int dim() {
        return segment.dim;
    }

    /** How an element is stored. */
    public ElementType type() {
        return segment.type;
    }

    /** The {@code length} rows from the one at {@code offset}. */
    public Keys slice(long offset, long length) {
        if (offset < 0 || length < 0 || length > count - offset) {
            throw new IndexOutOfBoundsException("offset=" + offset + " length=" + length + " count=" + count);
        }
        return new Keys(segment, from + offset, length, firstRow + offset, version, hasRemovals);
    }

    /** Whether there may be rows of removed keys among these. */
    public boolean hasRemovals() {
        return hasRemovals;
    }

    /** Whether the key at {@code offset} was removed. */
    public boolean isRemoved(long offset) {
        return hasRemovals && segment.isRemoved(from + offset, version);
    }

    /** For native code: one int64 per row, 0 or the version from which on the key is gone; null where none is. */
    public LongPointer removals() {
        return hasRemovals ? segment.removals().longs(from * Long.BYTES) : null;
    }

    /** The version that these keys are of; see {@link Snapshot#version}. */
    public long version() {
        return version;
    }

    /** Adds the stretches without removed rows. */
    void addContiguous(List<Keys> target) {
        long start = 0;
        for (long row = 0; hasRemovals && row < count; row++) {
            if (isRemoved(row)) {
                if (row > start) {
                    target.add(contiguous(start, row));
                }
                start = row + 1;
            }
        }
        if (count > start) {
            target.add(contiguous(start, count));
        }
    }

    private Keys contiguous(long start, long end) {
        return new Keys(segment, from + start, end - start, firstRow + start, version, false);
    }

    /** The rows for native code, with {@link #type} elements. */
    public Pointer rows() {
        return segment.rows.at(segment.rowsOffset + Segment.rowBytes(segment.type, segment.dim, from));
    }

    long rowBytes() {
        return Segment.rowBytes(segment.type, segment.dim, count);
    }

    /** How these are walked over; null where they are in memory. */
    ReadAhead readAhead() {
        return segment.readAhead();
    }

    /** Brings rows of a file into memory. */
    void fetch() {
        segment.rows.fetch(segment.rowsOffset + Segment.rowBytes(segment.type, segment.dim, from), rowBytes());
    }

    /** Gives the memory of rows of a file back to the system; those that follow are given back after them. */
    void drop() {
        long start = segment.rowsOffset + Segment.rowBytes(segment.type, segment.dim, from);
        boolean last = from + count == segment.capacity; // then the rest of the file is not needed either
        segment.rows.drop(start, last ? segment.rows.bytes() - start : rowBytes());
    }

    /** Float32 rows for native code; only for {@link ElementType#FLOAT32}. */
    public FloatPointer floatRows() {
        return new FloatPointer(rows());
    }

    /** One float32 per key for native code, or null where the type has no scales. */
    public FloatPointer scales() {
        return segment.scales == null ? null : segment.scales.floats(from * Float.BYTES);
    }

    /** The screen for native code, or null where there is none; row {@link #screenRow} of it is the first of these keys. */
    public NativeScreen screen() {
        return segment.screen() == null ? null : segment.screen().toNative();
    }

    /** The place of the first of these keys in the {@link #screen}. */
    public long screenRow() {
        return from;
    }

    /** The place of the first of these keys in their segment. */
    public long segmentRow() {
        return from;
    }

    /**
     * What an engine keeps of the whole segment of these keys, on a device perhaps: made at the first call, the same for all
     * keys of the segment, and closed before their memory is freed.
     */
    public AutoCloseable copy(Function<SegmentRows, AutoCloseable> maker) {
        return segment.copy(maker);
    }

    /** One label per key for native code. */
    public IntPointer labels() {
        return segment.labels.ints(from * Integer.BYTES);
    }

    /** A view of {@code length} rows from the one at {@code offset}: {@link #type} elements in native byte order. */
    public ByteBuffer rowBytes(long offset, int length) {
        long start = segment.rowsOffset + Segment.rowBytes(segment.type, segment.dim, from + offset);
        return segment.rows.buffer(start, Math.toIntExact(Segment.rowBytes(segment.type, segment.dim, length)));
    }

    /** A view of the labels: int32 in native byte order. */
    public ByteBuffer labelBytes(long offset, int length) {
        return segment.labels.buffer((from + offset) * Integer.BYTES, Math.multiplyExact(length, Integer.BYTES));
    }

    /** A view of the ids: int64 in native byte order. */
    public ByteBuffer idBytes(long offset, int length) {
        return segment.ids.buffer((from + offset) * Long.BYTES, Math.multiplyExact(length, Long.BYTES));
    }

    /** A view of the scales: float32 in native byte order; only where the type has scales. */
    public ByteBuffer scaleBytes(long offset, int length) {
        return segment.scales.buffer((from + offset) * Float.BYTES, Math.multiplyExact(length, Float.BYTES));
    }

    /**
     * A copy of where names end, int64 in native byte order; only where none of these keys was removed.
     *
     * @param before bytes that are counted before the name of the first of these keys
     */
    ByteBuffer nameEndBytes(long offset, int length, long before) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(length, Long.BYTES)).order(ByteOrder.nativeOrder());
        KeyNames names = segment.names();
        for (long row = from + offset; bytes.hasRemaining(); row++) {
            bytes.putLong(before + (names == null ? 0 : names.end(row) - names.start(from)));
        }
        return bytes.flip();
    }

    /** How many bytes the names of these keys have, of which none was removed. */
    long nameBytes() {
        KeyNames names = segment.names();
        return names == null || count == 0 ? 0 : names.end(from + count - 1) - names.start(from);
    }

    /** A copy of some of these {@link #nameBytes()}. */
    ByteBuffer nameBytes(long first, int length) {
        KeyNames names = segment.names();
        return names.bytes(names.start(from) + first, length);
    }

    /** The name of the key at {@code offset}; empty where it has none. */
    public String name(long offset) {
        return segment.name(from + checked(offset));
    }

    /** The label of the key at {@code offset}. */
    public int label(long offset) {
        return segment.label(from + checked(offset));
    }

    /** The id of the key at {@code offset}. */
    public long id(long offset) {
        return segment.id(from + checked(offset));
    }

    private long checked(long offset) {
        if (offset < 0 || offset >= count) {
            throw new IndexOutOfBoundsException("offset=" + offset + " count=" + count);
        }
        return offset;
    }

    /** {@code (length, dim)} float32 row-major: a view of float32 keys, a copy on the heap of others. */
    public FloatBuffer floats(long offset, int length) {
        if (type() == ElementType.FLOAT32) {
            return rowBytes(offset, length).asFloatBuffer();
        }
        double[] key = new double[dim()];
        FloatBuffer rows = FloatBuffer.allocate(Math.multiplyExact(length, key.length));
        for (int i = 0; i < length; i++) {
            read(offset + i, key);
            for (double value : key) {
                rows.put((float) value);
            }
        }
        return rows.flip();
    }

    /** A copy of the labels. */
    public int[] labels(long offset, int length) {
        int[] labels = new int[length];
        labelBytes(offset, length).asIntBuffer().get(labels);
        return labels;
    }

    /** A copy of the ids. */
    public long[] ids(long offset, int length) {
        long[] ids = new long[length];
        idBytes(offset, length).asLongBuffer().get(ids);
        return ids;
    }

    /** A copy of the names; empty for a key without one. */
    public List<String> names(long offset, int length) {
        return LongStream.range(offset, offset + length).mapToObj(this::name).toList();
    }

    /** Writes the key at {@code offset} as doubles, exactly as stored, into {@code target} of length {@link #dim}. */
    public void read(long offset, double[] target) {
        ByteBuffer row = rowBytes(offset, 1);
        double scale = segment.scales == null ? 1 : scaleBytes(offset, 1).getFloat(0);
        for (int i = 0; i < target.length; i++) {
            target[i] = scale * segment.type.read(row, i);
        }
    }
}
