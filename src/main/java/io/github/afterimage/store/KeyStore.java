package io.github.afterimage.store;

import io.github.afterimage.binding.Native;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys that grow while queries run.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>{@link #snapshot} never blocks and never shows part of a batch.
 *   <li>A batch that is refused, for its values or for want of memory, leaves the store as it was.
 *   <li>Ids are given in order, starting after the greatest one that the store has held, and never again.
 * </ol>
 *
 * <p>Threads: {@link #add} may be called by several threads, one batch at a time is taken; {@link #close} is the
 * owner's, when no snapshot is in use any more.
 */
public final class KeyStore implements AutoCloseable {
    // Segments double in size between these bounds, so that small indexes stay small and large ones have few parts.
    private static final long FIRST_SEGMENT_BYTES = 1L << 20;
    private static final long LARGEST_SEGMENT_BYTES = 1L << 30;
    /** Rows of other types than float32 pass through a buffer of this size. */
    static final int STAGING_BYTES = 1 << 20;

    private final int dim;
    private final int classes;
    private final ElementType type;
    private final long expected;
    private final List<Segment> segments = new ArrayList<>();
    private long nextId;
    private volatile boolean screened;
    private volatile Snapshot snapshot = Snapshot.EMPTY;

    /**
     * An empty store.
     *
     * @param expected how many keys will probably be added; room for them is reserved when the first one comes
     */
    public KeyStore(int dim, int classes, ElementType type, long expected) {
        this.dim = positive("dim", dim);
        this.classes = positive("classes", classes);
        this.type = type;
        this.expected = expected;
        if (type != ElementType.FLOAT32 && !NativeLibrary.available()) {
            throw new IllegalArgumentException(
                    "element type " + type.shortName() + ": expected f32, because " + NativeLibrary.problem());
        }
    }

    /** A store that begins with a sealed segment, completely filled. */
    KeyStore(int classes, Segment sealed, long nextId) {
        this(sealed.dim, classes, sealed.type, 0);
        this.nextId = nextId;
        segments.add(sealed);
        snapshot = new Snapshot(List.of(new Keys(sealed, 0, sealed.capacity, 0)), sealed.capacity);
    }

    public int dim() {
        return dim;
    }

    public int classes() {
        return classes;
    }

    public ElementType type() {
        return type;
    }

    /**
     * Makes an int8 screen of the keys, and of those that will be added; to be called before there are queries.
     *
     * @throws IllegalArgumentException if keys are int8, or the native library is missing
     * @throws NotEnoughMemoryException if memory is refused
     */
    public synchronized void screen() {
        if (type == ElementType.INT8) {
            throw new IllegalArgumentException("a screen of i8 keys: expected element type f32, f16 or bf16");
        }
        if (!NativeLibrary.available()) {
            throw new IllegalArgumentException("a screen needs the kernels: " + NativeLibrary.problem());
        }
        for (Keys part : snapshot.parts()) {
            part.makeScreen();
        }
        screened = true;
    }

    /** Whether keys have an int8 screen. */
    public boolean screened() {
        return screened;
    }

    /** Bytes of the screen; 0 where there is none. */
    public synchronized long screenBytes() {
        return segments.stream()
                .mapToLong(segment -> segment.screen == null ? 0 : segment.screen.bytes())
                .sum();
    }

    /** The keys at this moment. */
    public Snapshot snapshot() {
        return snapshot;
    }

    /**
     * Adds keys, normalised on the way in, and publishes them together.
     *
     * @param features rows {@code (labels.length, dim)} float32 row-major, from the buffer's position to its limit
     * @param labels a class in {@code 0..classes-1} for each row
     * @return the id of the first one; the others follow
     * @throws IllegalArgumentException if the counts do not fit, a label is out of range, or a row has a value that is
     *     not finite or is all zeros; nothing is added then
     * @throws NotEnoughMemoryException if memory is refused; nothing is added then
     */
    public synchronized long add(FloatBuffer features, int[] labels) {
        if ((long) labels.length * dim != features.remaining()) {
            throw new IllegalArgumentException("features hold " + features.remaining() + " values: expected "
                    + labels.length + " labels x dim " + dim + " = " + (long) labels.length * dim);
        }
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= classes) {
                throw new IllegalArgumentException(
                        "label " + labels[row] + " at row " + row + " is outside 0.." + (classes - 1));
            }
        }
        long size = snapshot.size();
        reserve(labels.length);
        List<Keys> parts = new ArrayList<>();
        long firstRow = 0;
        int taken = 0;
        for (Segment segment : segments) {
            long filled = Math.max(0, Math.min(segment.capacity, size - firstRow));
            int rows = (int) Math.min(segment.capacity - filled, labels.length - taken);
            write(features, labels, taken, rows, segment, filled);
            if (filled + rows > 0) {
                parts.add(new Keys(segment, 0, filled + rows, firstRow));
            }
            firstRow += filled + rows;
            taken += rows;
        }
        long firstId = nextId;
        nextId += labels.length;
        snapshot = new Snapshot(parts, size + labels.length);
        return firstId;
    }

    /** Adds segments until {@code rows} more keys have room. */
    private void reserve(long rows) {
        long capacity = segments.stream().mapToLong(segment -> segment.capacity).sum();
        long rowBytes = Segment.rowBytes(type, dim, 1);
        while (capacity - snapshot.size() < rows) {
            long bytes = Math.min(LARGEST_SEGMENT_BYTES, Math.max(FIRST_SEGMENT_BYTES, capacity * rowBytes));
            long room = Math.max(1, bytes / rowBytes);
            if (segments.isEmpty()) {
                room = Math.max(room, Math.max(expected, rows));
            }
            segments.add(segment(room));
            capacity += room;
        }
    }

    private Segment segment(long capacity) {
        Segment segment = new Segment(type, dim, capacity);
        try {
            segment.screen = screened ? new Screen(dim, capacity) : null;
            return segment;
        } catch (RuntimeException e) {
            segment.close();
            throw e;
        }
    }

    private void write(FloatBuffer features, int[] labels, int first, int rows, Segment segment, long filled) {
        if (rows == 0) {
            return;
        }
        long rowsOffset = segment.rowsOffset + Segment.rowBytes(type, dim, filled);
        if (type == ElementType.FLOAT32) {
            UnitRows.copy(features, first, rows, dim, segment.rows, rowsOffset, "key");
        } else {
            int step = Math.max(1, STAGING_BYTES / (dim * Float.BYTES));
            try (Memory staging = Memory.allocate((long) Math.min(step, rows) * dim * Float.BYTES)) {
                for (int row = 0; row < rows; row += step) {
                    int count = Math.min(step, rows - row);
                    UnitRows.copy(features, first + row, count, dim, staging, 0, "key");
                    Native.afterimage_store(
                            staging.floats(0),
                            count,
                            dim,
                            type.code(),
                            segment.rows.at(rowsOffset + Segment.rowBytes(type, dim, row)),
                            type.scaled() ? segment.scales.floats((filled + row) * Float.BYTES) : null);
                }
            }
        }
        if (segment.screen != null) {
            segment.screen.copy(segment, filled, rows);
        }
        ByteBuffer labelBytes = segment.labels.buffer(filled * Integer.BYTES, rows * Integer.BYTES);
        labelBytes.asIntBuffer().put(labels, first, rows);
        ByteBuffer idBytes = segment.ids.buffer(filled * Long.BYTES, rows * Long.BYTES);
        for (int row = 0; row < rows; row++) {
            idBytes.putLong(nextId + first + row);
        }
    }

    private static int positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected a positive number");
        }
        return value;
    }

    @Override
    public void close() {
        segments.forEach(Segment::close);
        snapshot = Snapshot.EMPTY;
    }
}
