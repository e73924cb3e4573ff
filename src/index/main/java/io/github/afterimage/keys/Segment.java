package io.github.afterimage.keys;

import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.Companion;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.platform.Shared;
import io.github.afterimage.settings.ElementType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Provides room for {@code capacity} keys in native memory, filled from the front with ids that do not descend.
 *
 * <p>Rows of a published snapshot never change; only {@link KeyStore} writes, behind those rows. A removal writes the
 * version of the first snapshot without the key, so earlier snapshots keep the key.
 *
 * <p>Lifetime: until the last snapshot with rows of this segment is released, or the store closes.
 */
public final class Segment extends Shared {
    /** Bytes of the buffer that converts float32 rows to other types: 1 MiB, which stays in cache. */
    static final int STAGING_BYTES = 1 << 20;

    /** The sections with a row for each key. */
    private static final List<Section> ROWS = List.of(Section.KEYS, Section.IDS, Section.LABELS, Section.SCALES);

    public final KeyFormat format;
    public final ElementType type;
    public final int dim;
    public final long capacity;
    /** Holds the keys: (capacity, dim) row-major from {@link #rowsOffset}. */
    public final NativeMemory rows;

    public final long rowsOffset;
    private final long rowBytes;
    /** Holds one float32 scale per key; null if the type has no scales. */
    public final @Nullable NativeMemory scales;
    /** Holds one int32 label per key. */
    public final NativeMemory labels;
    /** Holds one int64 id per key. */
    public final NativeMemory ids;

    public final Removals removals;
    public final DetailColumns details;

    /** The copy that an engine keeps of this segment. */
    private final Companion copy = new Companion();

    public Segment(KeyFormat format, long capacity) {
        this(format, capacity, NativeMemory.allocate(format.rowBytes(capacity)), 0);
    }

    /** Takes over {@code rows}; closes it if another allocation fails. */
    public Segment(KeyFormat format, long capacity, NativeMemory rows, long rowsOffset) {
        this.format = format;
        type = format.type();
        dim = format.dim();
        this.capacity = capacity;
        this.rows = rows;
        this.rowsOffset = rowsOffset;
        rowBytes = format.rowBytes(1);
        removals = new Removals(capacity);
        details = new DetailColumns(capacity);
        try (Resources made = new Resources()) {
            made.add(rows);
            scales = type.scaled() ? made.add(NativeMemory.allocate(Math.multiplyExact(capacity, Float.BYTES))) : null;
            labels = made.add(NativeMemory.allocate(Math.multiplyExact(capacity, Integer.BYTES)));
            ids = made.add(NativeMemory.allocate(Math.multiplyExact(capacity, Long.BYTES)));
            removals.claim();
            made.release();
        }
    }

    /** Returns the memory of a section; null if keys have none. */
    public @Nullable NativeMemory memory(Section section) {
        return switch (section) {
            case KEYS -> rows;
            case IDS -> ids;
            case LABELS -> labels;
            case SCALES -> scales;
            case NAME_ENDS, NAMES, THUMBNAIL_ENDS, THUMBNAILS -> {
                Detail detail = Objects.requireNonNull(Detail.of(section));
                DetailColumn column = details.require(detail);
                yield section == detail.ends ? column.ends : column.block();
            }
            default -> null;
        };
    }

    /** Returns the position of a row in the memory of a section that has a row for each key. */
    public long offset(Section section, long row) {
        return (section == Section.KEYS ? rowsOffset : 0) + format.bytes(section, row);
    }

    /** Writes elements of rows in the form in which they are stored. */
    public void put(Section section, long row, ByteBuffer elements) {
        Objects.requireNonNull(memory(section))
                .buffer(offset(section, row), elements.remaining())
                .put(elements);
    }

    public long id(long row) {
        return ids.getLong(row * Long.BYTES);
    }

    public int label(long row) {
        return labels.getInt(row * Integer.BYTES);
    }

    /**
     * Writes what belongs to {@code count} rows, from {@code row} on, starting at number {@code first} of the arrays.
     *
     * @throws NotEnoughMemoryException if memory for names or thumbnails is refused
     */
    void write(int[] newLabels, long[] newIds, Map<Detail, byte[][]> newDetails, int first, int count, long row) {
        ByteBuffer labelBytes = labels.buffer(row * Integer.BYTES, count * Integer.BYTES);
        labelBytes.asIntBuffer().put(newLabels, first, count);
        for (int i = 0; i < count; i++) {
            ids.putLong((row + i) * Long.BYTES, newIds[first + i]);
        }
        details.write(newDetails, first, count, row);
    }

    /**
     * Normalises rows, rounds them to the element type and writes them.
     *
     * @param features {@code (n, dim)} float32 row-major, from the buffer's position to its limit
     * @throws InvalidRowException if a row has a value that is not finite or is all zeros
     */
    void encode(FloatBuffer features, int first, int count, long row) {
        if (type == ElementType.FLOAT32) {
            UnitRows.copy(features, first, count, dim, rows, offset(Section.KEYS, row));
            return;
        }
        int step = Math.max(1, STAGING_BYTES / (dim * Float.BYTES));
        try (NativeMemory staging = NativeMemory.allocate((long) Math.min(step, count) * dim * Float.BYTES)) {
            for (int done = 0; done < count; done += step) {
                int staged = Math.min(step, count - done);
                UnitRows.copy(features, first + done, staged, dim, staging, 0);
                RowKernels.store(
                        floats(staging, 0, staged * dim),
                        staged,
                        dim,
                        type,
                        rows.buffer(offset(Section.KEYS, row + done), (int) format.bytes(Section.KEYS, staged)),
                        scales == null ? null : floats(scales, row + done, staged));
            }
        }
    }

    private static FloatBuffer floats(NativeMemory memory, long first, int count) {
        return memory.buffer(first * Float.BYTES, count * Float.BYTES).asFloatBuffer();
    }

    /**
     * Copies rows of another segment of the same shape and type, including their ids, names and thumbnails.
     *
     * @throws NotEnoughMemoryException if memory for names or thumbnails is refused
     */
    void copy(Segment source, long from, long count, long row) {
        for (Section section : ROWS) {
            NativeMemory memory = memory(section);
            if (memory != null) {
                Objects.requireNonNull(source.memory(section))
                        .copyTo(
                                memory,
                                source.offset(section, from),
                                offset(section, row),
                                format.bytes(section, count));
            }
        }
        details.copy(source.details, from, count, row);
    }

    /** Returns the copy that an engine keeps of this segment; the first call makes it. */
    AutoCloseable copy(Function<Segment, AutoCloseable> maker) {
        return copy.get(AutoCloseable.class, () -> maker.apply(this));
    }

    /** Returns a row and those behind it, {@code (capacity - row, dim)} row-major. Rows of published keys never change. */
    public Pointer row(long row) {
        return rows.at(rowsOffset + row * rowBytes);
    }

    @Override
    public void close() {
        Resources.closeAll(details, copy, rows, scales, labels, ids, removals);
    }
}
