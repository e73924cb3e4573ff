package io.github.afterimage.keys;

import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Shared;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Holds the weights of the rows of a segment at one moment: one float32 per row, 1 where no other weight was set.
 *
 * <p>The rows that a snapshot has do not change; a change of them makes a copy. Lifetime: until the last snapshot that has it is
 * released.
 */
public final class KeyWeights extends Shared {
    private static final float DEFAULT = 1;
    private static final int CHUNK_ROWS = 1 << 20;

    private final long rows;
    private final NativeMemory memory;

    /**
     * Makes weights of 1.
     *
     * @param rows capacity of the segment
     * @throws NotEnoughMemoryException if memory is refused
     */
    KeyWeights(long rows) {
        this.rows = rows;
        memory = NativeMemory.allocate(Math.multiplyExact(rows, Float.BYTES));
        reset(0, rows);
    }

    /** Sets the weights of {@code count} rows from row {@code first} on to 1. */
    void reset(long first, long count) {
        for (long row = first; row < first + count; row += CHUNK_ROWS) {
            FloatBuffer chunk = chunk(row, Math.min(CHUNK_ROWS, first + count - row));
            while (chunk.hasRemaining()) {
                chunk.put(DEFAULT);
            }
        }
    }

    private KeyWeights(long rows, NativeMemory memory) {
        this.rows = rows;
        this.memory = memory;
    }

    /** Makes room for weights for the duration of a query. */
    static KeyWeights scratch(long rows) {
        return new KeyWeights(rows, NativeMemory.allocateScratch(Math.multiplyExact(rows, Float.BYTES)));
    }

    private FloatBuffer chunk(long row, long count) {
        return memory.buffer(row * Float.BYTES, (int) count * Float.BYTES).asFloatBuffer();
    }

    /** Copies these weights, to change the copy. */
    KeyWeights copy() {
        KeyWeights copy = new KeyWeights(rows, NativeMemory.allocate(memory.bytes()));
        copy(copy, 0, rows, 0);
        return copy;
    }

    /** Copies the weights of {@code count} rows, starting at {@code from}, to rows of {@code target} from {@code to} on. */
    void copy(KeyWeights target, long from, long count, long to) {
        memory.copyTo(target.memory, from * Float.BYTES, to * Float.BYTES, count * Float.BYTES);
    }

    void put(long row, float weight) {
        memory.putInt(row * Float.BYTES, Float.floatToRawIntBits(weight));
    }

    float get(long row) {
        return Float.intBitsToFloat(memory.getInt(row * Float.BYTES));
    }

    /** Returns whether no row has another weight than 1. */
    boolean isDefault() {
        for (long row = 0; row < rows; row += CHUNK_ROWS) {
            FloatBuffer chunk = chunk(row, Math.min(CHUNK_ROWS, rows - row));
            while (chunk.hasRemaining()) {
                if (chunk.get() != DEFAULT) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Returns the weights from a row on for native code. */
    FloatPointer floats(long row) {
        return memory.floats(row * Float.BYTES);
    }

    @Override
    public void close() {
        memory.close();
    }
}
