package io.github.afterimage.store;

/**
 * Room for {@code capacity} keys in native memory, filled from the front.
 *
 * <p>Rows that a snapshot has published never change; {@link KeyStore} alone writes behind them.
 */
final class Segment implements AutoCloseable {
    final ElementType type;
    final int dim;
    final long capacity;
    /** Keys: (capacity, dim) row-major from {@link #rowsOffset}. */
    final Memory rows;

    final long rowsOffset;
    /** One float32 per key, or null. */
    final Memory scales;
    /** One int32 per key. */
    final Memory labels;
    /** One int64 per key. */
    final Memory ids;
    /** An int8 copy of the rows, or null; set before a snapshot has the segment. */
    Screen screen;

    Segment(ElementType type, int dim, long capacity) {
        this(type, dim, capacity, Memory.allocate(rowBytes(type, dim, capacity)), 0);
    }

    /** Takes over {@code rows}, and closes it if the rest cannot be allocated. */
    Segment(ElementType type, int dim, long capacity, Memory rows, long rowsOffset) {
        this.type = type;
        this.dim = dim;
        this.capacity = capacity;
        this.rows = rows;
        this.rowsOffset = rowsOffset;
        Memory newScales = null;
        Memory newLabels = null;
        try {
            newScales = type.scaled() ? Memory.allocate(Math.multiplyExact(capacity, Float.BYTES)) : null;
            newLabels = Memory.allocate(Math.multiplyExact(capacity, Integer.BYTES));
            ids = Memory.allocate(Math.multiplyExact(capacity, Long.BYTES));
        } catch (RuntimeException e) {
            closeAll(rows, newScales, newLabels);
            throw e;
        }
        scales = newScales;
        labels = newLabels;
    }

    static long rowBytes(ElementType type, int dim, long count) {
        return Math.multiplyExact(count, Math.multiplyExact((long) dim, type.bytes()));
    }

    @Override
    public void close() {
        closeAll(rows, scales, labels, ids);
        if (screen != null) {
            screen.close();
        }
    }

    private static void closeAll(Memory... memories) {
        for (Memory memory : memories) {
            if (memory != null) {
                memory.close();
            }
        }
    }
}
