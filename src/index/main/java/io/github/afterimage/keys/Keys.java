package io.github.afterimage.keys;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.settings.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Holds consecutive rows of a snapshot, contiguous in memory: {@code (count, dim)} row-major with unit L2 norm. Rows of
 * removed keys may be among them if {@link #hasRemovals} returns true; callers skip those.
 *
 * <p>Immutable and thread-safe; valid until its snapshot is closed.
 *
 * @param segmentRow the row of the first key in the segment
 * @param firstRow the row of the first key in the snapshot
 * @param version of the snapshot
 * @param hasRemovals true if rows of keys that are removed, or hidden from the query, may be among these
 * @param asked those that answer a query, which hides the others; null for all keys of a snapshot
 * @param mask for native code, one int64 for each row; null without native code
 */
public record Keys(
        Segment segment,
        long segmentRow,
        long count,
        long firstRow,
        long version,
        boolean hasRemovals,
        @Nullable QueriedKeys asked,
        @Nullable LongPointer mask) {
    /** A version before all others. */
    private static final long ALWAYS = -1;

    /** Returns the rows of a slice. */
    static Keys of(SegmentSlice slice, long firstRow, long version) {
        return new Keys(
                slice.segment(), slice.from(), slice.rows(), firstRow, version, slice.removed() > 0, null, null);
    }

    /** Returns these rows for a query. */
    Keys of(QueriedKeys keys) {
        return new Keys(segment, segmentRow, count, firstRow, version, true, keys, null);
    }

    /** Returns the number of rows of several parts. */
    public static long count(List<Keys> keys) {
        return keys.stream().mapToLong(Keys::count).sum();
    }

    /** Returns the number of elements of a key. */
    public int dim() {
        return segment.dim;
    }

    /** Returns the element type of the stored keys. */
    public ElementType type() {
        return segment.type;
    }

    /** Returns {@code length} rows, starting at {@code offset}. */
    public Keys slice(long offset, long length) {
        if (offset < 0 || length < 0 || length > count - offset) {
            throw new IndexOutOfBoundsException("offset=" + offset + " length=" + length + " count=" + count);
        }
        LongPointer rest = mask == null ? null : mask.getPointer(offset);
        return new Keys(segment, segmentRow + offset, length, firstRow + offset, version, hasRemovals, asked, rest);
    }

    /** Returns the number of rows that are neither removed nor hidden, if some are hidden. */
    public long shown() {
        return asked == null ? count : asked.shown(firstRow, firstRow + count);
    }

    /**
     * Returns these rows, some of them hidden perhaps, for native code: {@link #removals} needs the mask in native memory.
     *
     * @param memory 8 bytes for each row
     */
    public Keys withMaskIn(NativeMemory memory) {
        if (shown() == count) {
            return contiguous(0, count);
        }
        LongBuffer removals =
                memory.buffer(0, Math.toIntExact(count * Long.BYTES)).asLongBuffer();
        for (int row = 0; row < count; row++) {
            removals.put(row, isRemoved(row) ? ALWAYS : 0);
        }
        return new Keys(segment, segmentRow, count, firstRow, version, true, asked, memory.longs(0));
    }

    /** Returns why rows are hidden, equal where the same rows are; null if none are. */
    public @Nullable Object choice() {
        return asked == null ? null : asked.choice();
    }

    /** Returns whether the key at {@code offset} was removed, or is hidden from the query. */
    public boolean isRemoved(long offset) {
        return asked != null
                ? asked.hides(firstRow + offset)
                : hasRemovals && segment.removals.isRemoved(segmentRow + offset, version);
    }

    /** Returns the offsets of the keys that were not removed, ascending. */
    public LongStream present() {
        LongStream all = LongStream.range(0, count);
        return hasRemovals ? all.filter(offset -> !isRemoved(offset)) : all;
    }

    /**
     * Returns one int64 per row for native code: the version that removed the key, or 0. Returns null if no key was
     * removed.
     */
    public @Nullable LongPointer removals() {
        if (asked != null) {
            return Objects.requireNonNull(mask, "a mask for native code");
        }
        return hasRemovals ? Objects.requireNonNull(segment.removals.versions()).longs(segmentRow * Long.BYTES) : null;
    }

    /** Adds the runs of rows between removed rows to {@code target}. */
    public void addContiguous(List<Keys> target) {
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
        return new Keys(segment, segmentRow + start, end - start, firstRow + start, version, false, null, null);
    }

    /** Returns the rows for native code, with elements of {@link #type}. */
    public Pointer rows() {
        return segment.row(segmentRow);
    }

    /** Returns one float32 scale per key for native code; null if the type has no scales. */
    public @Nullable FloatPointer scales() {
        return segment.scales == null ? null : segment.scales.floats(segmentRow * Float.BYTES);
    }

    /**
     * Returns the copy that an engine keeps of the whole segment, for example on a device. The first call makes it; all
     * keys of the segment share it. It is closed before the memory of the segment is freed.
     */
    public AutoCloseable copy(Function<Segment, AutoCloseable> maker) {
        return segment.copy(maker);
    }

    /** Returns one label per key for native code. */
    public IntPointer labels() {
        return segment.labels.ints(segmentRow * Integer.BYTES);
    }

    /**
     * Returns elements of a section as an index file holds them, in native byte order: views of rows, ids, labels and scales,
     * copies of details.
     *
     * @param first the first row; of names and thumbnails, the first byte
     */
    public ByteBuffer bytes(Section section, long first, int count) {
        return bytes(section, first, count, 0);
    }

    /**
     * Returns elements of a section; see {@link #bytes(Section, long, int)}.
     *
     * @param before bytes of the detail before those of the first of these keys
     */
    public ByteBuffer bytes(Section section, long first, int count, long before) {
        return switch (section) {
            case KEYS, IDS, LABELS, SCALES ->
                Objects.requireNonNull(segment.memory(section))
                        .buffer(
                                segment.offset(section, segmentRow + first),
                                Math.toIntExact(segment.format.bytes(section, count)));
            case NAME_ENDS, THUMBNAIL_ENDS -> detailEnds(detail(section), first, count, before);
            case NAMES, THUMBNAILS -> detailBytes(detail(section), first, count);
            default -> throw new AssertionError(section + " is not part of the keys");
        };
    }

    private static Detail detail(Section section) {
        return Objects.requireNonNull(Detail.of(section));
    }

    /**
     * Copies the position after each key's bytes of a detail: int64. Requires that none of these keys was removed.
     *
     * @param before bytes before those of the first of these keys
     */
    private ByteBuffer detailEnds(Detail detail, long offset, int length, long before) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(length, Long.BYTES)).order(ByteOrder.nativeOrder());
        DetailColumn column = segment.details.get(detail);
        for (long row = segmentRow + offset; bytes.hasRemaining(); row++) {
            bytes.putLong(before + (column == null ? 0 : column.end(row) - column.start(segmentRow)));
        }
        return bytes.flip();
    }

    /** Returns the total bytes of a detail. Requires that none of these keys was removed. */
    public long detailBytes(Detail detail) {
        DetailColumn column = segment.details.get(detail);
        return column == null || count == 0 ? 0 : column.end(segmentRow + count - 1) - column.start(segmentRow);
    }

    /** Returns the bytes of the details of keys. */
    public static DetailBytes detailBytes(List<Keys> keys) {
        return DetailBytes.of(detail ->
                keys.stream().mapToLong(part -> part.detailBytes(detail)).sum());
    }

    /** Copies a range of the {@link #detailBytes}. Requires that there are some. */
    private ByteBuffer detailBytes(Detail detail, long firstByte, int bytes) {
        DetailColumn column = segment.details.require(detail);
        return column.bytes(column.start(segmentRow) + firstByte, bytes);
    }

    /** Returns the name of the key at {@code offset}; empty if it has none. */
    public String name(long offset) {
        return new String(segment.details.value(Detail.NAME, segmentRow + checked(offset)), StandardCharsets.UTF_8);
    }

    /** Returns whether the key at {@code offset} has a thumbnail. */
    public boolean hasThumbnail(long offset) {
        return segment.details.has(Detail.THUMBNAIL, segmentRow + checked(offset));
    }

    /** Copies the thumbnail of the key at {@code offset}; empty if it has none. */
    public byte[] thumbnail(long offset) {
        return segment.details.value(Detail.THUMBNAIL, segmentRow + checked(offset));
    }

    /** Returns the label of the key at {@code offset}. */
    public int label(long offset) {
        return segment.label(segmentRow + checked(offset));
    }

    /** Returns the id of the key at {@code offset}. */
    public long id(long offset) {
        return segment.id(segmentRow + checked(offset));
    }

    private long checked(long offset) {
        if (offset < 0 || offset >= count) {
            throw new IndexOutOfBoundsException("offset=" + offset + " count=" + count);
        }
        return offset;
    }

    /** Returns {@code (length, dim)} float32 row-major: a view of float32 keys, a copy on the heap for other types. */
    public FloatBuffer floats(long offset, int length) {
        ByteBuffer stored = bytes(Section.KEYS, offset, length);
        if (type() == ElementType.FLOAT32) {
            return stored.asFloatBuffer();
        }
        FloatBuffer rows = FloatBuffer.allocate(Math.multiplyExact(length, dim()));
        RowKernels.load(stored, scales(offset, length), length, dim(), type(), rows);
        return rows;
    }

    private @Nullable FloatBuffer scales(long offset, int length) {
        return type().scaled() ? bytes(Section.SCALES, offset, length).asFloatBuffer() : null;
    }

    /** Copies all keys as float32 to {@code target (count, dim)}, native memory from the buffer's index 0 on. */
    public void widen(FloatBuffer target) {
        int length = Math.toIntExact(count);
        RowKernels.load(bytes(Section.KEYS, 0, length), scales(0, length), length, dim(), type(), target);
    }

    /** Copies labels. */
    public int[] labels(long offset, int length) {
        int[] labels = new int[length];
        bytes(Section.LABELS, offset, length).asIntBuffer().get(labels);
        return labels;
    }

    /** Copies ids. */
    public long[] ids(long offset, int length) {
        long[] ids = new long[length];
        bytes(Section.IDS, offset, length).asLongBuffer().get(ids);
        return ids;
    }

    /**
     * Copies keys, as another store takes them.
     *
     * @param features the rows that take the place of those of the keys
     */
    public KeyRows keyRows(FloatBuffer features, long offset, int length) {
        return new KeyRows(features, labels(offset, length), details(offset, length), 1);
    }

    /** Copies names and thumbnails. */
    public KeyDetails details(long offset, int length) {
        return new KeyDetails(
                LongStream.range(offset, offset + length).mapToObj(this::name).toList(),
                LongStream.range(offset, offset + length)
                        .mapToObj(this::thumbnail)
                        .toList());
    }

    /** Writes the key at {@code offset} as doubles, exactly as stored, into {@code target} of length {@link #dim}. */
    public void read(long offset, double[] target) {
        ByteBuffer row = bytes(Section.KEYS, offset, 1);
        double scale =
                segment.scales == null ? 1 : bytes(Section.SCALES, offset, 1).getFloat(0);
        NumberType number = NumberType.of(type());
        for (int i = 0; i < target.length; i++) {
            target[i] = scale * number.read(row, i);
        }
    }
}
