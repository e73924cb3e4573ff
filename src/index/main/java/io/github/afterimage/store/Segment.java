package io.github.afterimage.store;

import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.binding.Native;
import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.platform.NativeMemory;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Room for {@code capacity} keys in native memory, filled from the front, ids ascending.
 *
 * <p>Rows that a snapshot has published never change; {@link KeyStore} alone writes behind them. A key is removed by
 * writing the version of the snapshot from which on it is gone, so snapshots of before keep it.
 *
 * <p>Lifetime: until the last snapshot that has a part of it is released, or the store closes.
 */
final class Segment implements AutoCloseable {
    /** Rows of other types than float32 pass through a buffer of this size. */
    static final int STAGING_BYTES = 1 << 20;

    final ElementType type;
    final int dim;
    final long capacity;
    /** Keys: (capacity, dim) row-major from {@link #rowsOffset}. */
    final NativeMemory rows;

    final long rowsOffset;
    /** One float32 per key, or null. */
    final NativeMemory scales;
    /** One int32 per key. */
    final NativeMemory labels;
    /** One int64 per key. */
    final NativeMemory ids;
    /** An int8 copy of the rows, or null; set before a query reads it. */
    private Screen screen;
    /** One int64 per key, 0 or the version from which on it is gone; null while none is. */
    private volatile NativeMemory removals;

    /** How the rows are walked over where not all of them may be in memory, or null; set before a query reads them. */
    private ReadAhead readAhead;

    /** The names of the keys; null while none has one. */
    private volatile KeyNames names;

    /** What an engine keeps of this, or null. */
    private AutoCloseable copy;

    /** Whether {@link MemoryUse} has a claim for the removals. */
    private final AtomicBoolean claimed = new AtomicBoolean(true);

    private final AtomicInteger snapshots = new AtomicInteger();

    Segment(ElementType type, int dim, long capacity) {
        this(type, dim, capacity, NativeMemory.allocate(rowBytes(type, dim, capacity)), 0);
    }

    /** Takes over {@code rows}, and closes it if the rest cannot be allocated. */
    Segment(ElementType type, int dim, long capacity, NativeMemory rows, long rowsOffset) {
        this.type = type;
        this.dim = dim;
        this.capacity = capacity;
        this.rows = rows;
        this.rowsOffset = rowsOffset;
        NativeMemory newScales = null;
        NativeMemory newLabels = null;
        NativeMemory newIds = null;
        try {
            newScales = type.scaled() ? NativeMemory.allocate(Math.multiplyExact(capacity, Float.BYTES)) : null;
            newLabels = NativeMemory.allocate(Math.multiplyExact(capacity, Integer.BYTES));
            newIds = NativeMemory.allocate(Math.multiplyExact(capacity, Long.BYTES));
            MemoryLedger.claim(removalBytes());
        } catch (RuntimeException e) {
            closeAll(rows, newScales, newLabels, newIds);
            throw e;
        }
        ids = newIds;
        scales = newScales;
        labels = newLabels;
    }

    /** An empty segment of the same shape and type, with a screen if this has one. */
    Segment like(long otherCapacity) {
        return create(type, dim, otherCapacity, screen != null);
    }

    /** An empty segment, with a screen or without. */
    static Segment create(ElementType type, int dim, long capacity, boolean screened) {
        Segment segment = new Segment(type, dim, capacity);
        try {
            if (screened) {
                segment.makeScreen(0);
            }
            return segment;
        } catch (RuntimeException e) {
            segment.close();
            throw e;
        }
    }

    static long rowBytes(ElementType type, int dim, long count) {
        return Math.multiplyExact(count, Math.multiplyExact((long) dim, type.bytes()));
    }

    /**
     * Makes a screen of the first rows, and of those written later.
     *
     * @throws NotEnoughMemoryException if memory is refused
     */
    void makeScreen(long count) {
        Screen made = new Screen(dim, capacity);
        try {
            made.write(this, 0, count);
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
        screen = made;
    }

    void readAhead(ReadAhead value) {
        readAhead = value;
    }

    /** How the rows are walked over; null where they are in memory. */
    ReadAhead readAhead() {
        return readAhead;
    }

    /** The screen, or null. */
    Screen screen() {
        return screen;
    }

    long id(long row) {
        return ids.getLong(row * Long.BYTES);
    }

    int label(long row) {
        return labels.getInt(row * Integer.BYTES);
    }

    /** The name of a key; empty where it has none. */
    String name(long row) {
        KeyNames written = names;
        return written == null ? "" : written.name(row);
    }

    /** The names, or null while no key has one. */
    KeyNames names() {
        return names;
    }

    /** Takes over the names of all rows. */
    void names(KeyNames value) {
        names = value;
    }

    /** The removals for native code, or null while no key was removed. */
    NativeMemory removals() {
        return removals;
    }

    boolean isRemoved(long row, long version) {
        NativeMemory written = removals;
        if (written == null) {
            return false;
        }
        long removal = written.getLong(row * Long.BYTES);
        return removal != 0 && removal <= version;
    }

    /** Makes {@link #remove} possible. The limit of {@link MemoryUse} never refuses it: the memory is claimed from the beginning. */
    void prepareRemovals() {
        if (removals == null) {
            removals = NativeMemory.allocateClaimed(removalBytes());
        }
    }

    private long removalBytes() {
        return Math.multiplyExact(capacity, Long.BYTES);
    }

    void remove(long row, long version) {
        removals.putLong(row * Long.BYTES, version);
    }

    /**
     * Normalises {@code count} keys from the one at {@code first} and writes them from {@code row} on, behind those that are
     * published.
     *
     * @throws IllegalArgumentException if a row has a value that is not finite or is all zeros
     * @throws NotEnoughMemoryException if memory for names is refused
     */
    void write(NewKeys keys, int first, int count, long row) {
        if (count == 0) {
            return;
        }
        long offset = rowsOffset + rowBytes(type, dim, row);
        if (type == ElementType.FLOAT32) {
            UnitRows.copy(keys.features(), first, count, dim, rows, offset);
        } else {
            int step = Math.max(1, STAGING_BYTES / (dim * Float.BYTES));
            try (NativeMemory staging = NativeMemory.allocate((long) Math.min(step, count) * dim * Float.BYTES)) {
                for (int done = 0; done < count; done += step) {
                    int staged = Math.min(step, count - done);
                    UnitRows.copy(keys.features(), first + done, staged, dim, staging, 0);
                    Native.afterimage_store(
                            staging.floats(0),
                            staged,
                            dim,
                            type.code(),
                            rows.at(offset + rowBytes(type, dim, done)),
                            type.scaled() ? scales.floats((row + done) * Float.BYTES) : null);
                }
            }
        }
        ByteBuffer labelBytes = labels.buffer(row * Integer.BYTES, count * Integer.BYTES);
        labelBytes.asIntBuffer().put(keys.labels(), first, count);
        for (int i = 0; i < count; i++) {
            ids.putLong((row + i) * Long.BYTES, keys.ids()[first + i]);
        }
        if (screen != null) {
            screen.write(this, row, count);
        }
        if (keys.names() != null) {
            makeNames();
        }
        if (names != null) {
            names.write(row, keys.names(), first, count);
        }
    }

    private void makeNames() {
        if (names == null) {
            names = KeyNames.create(capacity);
        }
    }

    /**
     * Copies rows of another segment of the same shape and type, ids and names included.
     *
     * @throws NotEnoughMemoryException if memory for names is refused
     */
    void copy(Segment source, long from, long count, long row) {
        move(source.rows, source.rowsOffset, rows, rowsOffset, from, row, count, rowBytes(type, dim, 1));
        move(source.labels, 0, labels, 0, from, row, count, Integer.BYTES);
        move(source.ids, 0, ids, 0, from, row, count, Long.BYTES);
        if (scales != null) {
            move(source.scales, 0, scales, 0, from, row, count, Float.BYTES);
        }
        if (screen != null) {
            screen.copy(source.screen, from, count, row);
        }
        if (source.names != null) {
            makeNames();
        }
        if (names != null) {
            names.copy(source.names, from, count, row);
        }
    }

    private static void move(
            NativeMemory source,
            long base,
            NativeMemory target,
            long targetBase,
            long from,
            long to,
            long count,
            long bytes) {
        source.copyTo(target, base + from * bytes, targetBase + to * bytes, count * bytes);
    }

    /** What an engine keeps of this, made at the first call. */
    synchronized AutoCloseable copy(Function<SegmentRows, AutoCloseable> maker) {
        if (copy == null) {
            copy = maker.apply(new SegmentRows(
                    rows.at(rowsOffset),
                    scales == null ? null : scales.floats(0),
                    capacity,
                    dim,
                    type,
                    rows.kind(),
                    readAhead != null));
        }
        return copy;
    }

    private synchronized void closeCopy() {
        if (copy != null) {
            try {
                copy.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            } finally {
                copy = null;
            }
        }
    }

    /** Counts a snapshot that has a part of this. */
    void retain() {
        snapshots.incrementAndGet();
    }

    /** Takes back {@link #retain}; closes this with the last one. */
    void release() {
        if (snapshots.decrementAndGet() == 0) {
            close();
        }
    }

    @Override
    public void close() {
        closeCopy();
        closeAll(rows, scales, labels, ids, removals);
        if (claimed.getAndSet(false)) {
            MemoryLedger.unclaim(removalBytes());
        }
        if (names != null) {
            names.close();
        }
        if (screen != null) {
            screen.close();
        }
    }

    private static void closeAll(NativeMemory... memories) {
        for (NativeMemory memory : memories) {
            if (memory != null) {
                memory.close();
            }
        }
    }
}
