package io.github.afterimage.engine;

import io.github.afterimage.platform.NativeMemory;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The keys that may change the answer of a query, each with the bounds of its weighted term. They are taken out in the order of
 * their uncertainty, the most uncertain first.
 *
 * <p>A key takes {@value #BYTES} bytes of native memory, which is kept for the next query.
 */
final class Candidates implements AutoCloseable {
    static final int BYTES = 2 * Double.BYTES + Long.BYTES + 2 * Integer.BYTES + Float.BYTES;

    /** Maximum number of keys: their weights fit into one buffer. */
    static final long MAX_COUNT = Integer.MAX_VALUE / Double.BYTES;

    private @Nullable NativeMemory memory;
    private DoubleBuffer least = DoubleBuffer.allocate(0);
    private DoubleBuffer greatest = DoubleBuffer.allocate(0);
    /**
     * Places of the keys in the lower half of each value, ranks in the upper half. Up to {@link #left} it is a heap with the
     * most uncertain key in front, of equals the first; behind it are the keys that were taken, the last one first.
     */
    private LongBuffer order = LongBuffer.allocate(0);

    private IntBuffer rows = IntBuffer.allocate(0);
    private IntBuffer labels = IntBuffer.allocate(0);
    private FloatBuffer weights = FloatBuffer.allocate(0);
    private int count;
    private int left;

    /**
     * Removes all keys.
     *
     * @param most maximum number of keys to add, 1 to {@link #MAX_COUNT}
     */
    void clear(int most) {
        count = 0;
        if (memory != null && rows.capacity() >= most) {
            return;
        }
        close();
        NativeMemory block = NativeMemory.reuseScratch((long) most * BYTES);
        memory = block;
        int capacity = (int) Math.min(MAX_COUNT, block.bytes() / BYTES);
        int longs = capacity * Long.BYTES;
        int ints = capacity * Integer.BYTES;
        least = block.buffer(0, longs).asDoubleBuffer();
        greatest = block.buffer(longs, longs).asDoubleBuffer();
        order = block.buffer(2L * longs, longs).asLongBuffer();
        rows = block.buffer(3L * longs, ints).asIntBuffer();
        labels = block.buffer(3L * longs + ints, ints).asIntBuffer();
        weights = block.buffer(3L * longs + 2L * ints, ints).asFloatBuffer();
    }

    /**
     * Adds a key.
     *
     * @param leastTerm lower bound of exp(θ (s - reference))
     * @param greatestTerm upper bound of it
     */
    void add(int row, int label, float weight, double leastTerm, double greatestTerm) {
        rows.put(count, row);
        labels.put(count, label);
        weights.put(count, weight);
        least.put(count, weight * leastTerm);
        greatest.put(count, weight * greatestTerm);
        count++;
    }

    int count() {
        return count;
    }

    /** Number of keys taken since {@link #order}. */
    int taken() {
        return count - left;
    }

    /** Returns the place of the key that was taken as number {@code i}, counted from 0. */
    int taken(int i) {
        return (int) order.get(count - 1 - i);
    }

    int row(int place) {
        return rows.get(place);
    }

    /** Returns the difference between the greatest and the least weighted term. */
    double uncertainty(int place) {
        return greatest.get(place) - least.get(place);
    }

    /** Returns the mean of the least and the greatest weighted term. */
    double middle(int place) {
        return (least.get(place) + greatest.get(place)) / 2;
    }

    /** Sets both bounds to an exact term, times the weight of the key. */
    void term(int place, double term) {
        least.put(place, weights.get(place) * term);
        greatest.put(place, weights.get(place) * term);
    }

    /** Adds the weighted terms of all keys, taken or not. */
    void addTo(ClassIntervals sums) {
        for (int place = 0; place < count; place++) {
            sums.add(labels.get(place), least.get(place), greatest.get(place));
        }
    }

    /** Prepares {@link #take}: keys of the preferred classes come before all others. */
    void order(boolean[] preferred) {
        for (int place = 0; place < count; place++) {
            float uncertainty = preferred[labels.get(place)] ? (float) uncertainty(place) : 0;
            order.put(place, ((long) Integer.MAX_VALUE - Float.floatToIntBits(uncertainty)) << Integer.SIZE | place);
        }
        left = count;
        for (int node = left / 2 - 1; node >= 0; node--) {
            sink(node, order.get(node));
        }
    }

    /** Takes the most uncertain of the remaining keys and returns its place. */
    int take() {
        long first = order.get(0);
        left--;
        sink(0, order.get(left));
        order.put(left, first);
        return (int) first;
    }

    private void sink(int node, long value) {
        int to = node;
        for (int child = 2 * to + 1; child < left; child = 2 * to + 1) {
            if (child + 1 < left && order.get(child + 1) < order.get(child)) {
                child++;
            }
            if (value <= order.get(child)) {
                break;
            }
            order.put(to, order.get(child));
            to = child;
        }
        order.put(to, value);
    }

    @Override
    public void close() {
        if (memory != null) {
            memory.close();
            memory = null;
        }
    }
}
