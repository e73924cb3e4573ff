package io.github.afterimage.engine;

import io.github.afterimage.store.Memory;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;

/**
 * Keys that matter to a query, each with the least and the greatest that it may weigh. They can be taken out, the most
 * uncertain first.
 *
 * <p>A key takes {@value #BYTES} bytes of native memory.
 */
final class Candidates implements AutoCloseable {
    static final int BYTES = 2 * Double.BYTES + 2 * Integer.BYTES;

    /** So that doubles fit into one buffer. */
    static final long MOST = Integer.MAX_VALUE / Double.BYTES;

    private final Memory memory;
    private final DoubleBuffer least;
    private final DoubleBuffer greatest;
    private final IntBuffer rows;
    private final IntBuffer labels;
    private int count;
    /** Places before this are a heap with the most uncertain key first; those from here on were taken. */
    private int left;
    /** The classes whose keys are taken before all others. */
    private boolean[] preferred;

    /** @param capacity how many keys there will be, 1 to {@link #MOST} */
    Candidates(int capacity) {
        memory = Memory.allocate((long) capacity * BYTES);
        int doubles = capacity * Double.BYTES;
        int ints = capacity * Integer.BYTES;
        least = memory.buffer(0, doubles).asDoubleBuffer();
        greatest = memory.buffer(doubles, doubles).asDoubleBuffer();
        rows = memory.buffer(2L * doubles, ints).asIntBuffer();
        labels = memory.buffer(2L * doubles + ints, ints).asIntBuffer();
    }

    void add(int row, int label, double leastWeight, double greatestWeight) {
        put(count++, row, label, leastWeight, greatestWeight);
        left = count;
    }

    int count() {
        return count;
    }

    int taken() {
        return count - left;
    }

    int row(int place) {
        return rows.get(place);
    }

    /** How far apart the least and the greatest weight are. */
    double uncertainty(int place) {
        return greatest.get(place) - least.get(place);
    }

    /** The middle between the least and the greatest weight. */
    double middle(int place) {
        return (least.get(place) + greatest.get(place)) / 2;
    }

    /** Sets both weights. */
    void weight(int place, double weight) {
        least.put(place, weight);
        greatest.put(place, weight);
    }

    /** Adds the weights of all keys, taken or not. */
    void addTo(ClassIntervals sums) {
        for (int place = 0; place < count; place++) {
            sums.add(labels.get(place), least.get(place), greatest.get(place));
        }
    }

    /** Prepares for {@link #take}; the weights of keys that are not taken do not change from now on. */
    void order(boolean[] preferredClasses) {
        preferred = preferredClasses;
        for (int place = left / 2 - 1; place >= 0; place--) {
            sink(place, rows.get(place), labels.get(place), least.get(place), greatest.get(place));
        }
    }

    /** Takes the most uncertain key that is left out; it is in the place returned then. */
    int take() {
        left--;
        int row = rows.get(left);
        int label = labels.get(left);
        double leastWeight = least.get(left);
        double greatestWeight = greatest.get(left);
        move(0, left);
        sink(0, row, label, leastWeight, greatestWeight);
        return left;
    }

    private void sink(int place, int row, int label, double leastWeight, double greatestWeight) {
        float rank = rank(label, leastWeight, greatestWeight);
        int to = place;
        for (int child = 2 * to + 1; child < left; child = 2 * to + 1) {
            float childRank = rank(child);
            if (child + 1 < left && before(rank(child + 1), rows.get(child + 1), childRank, rows.get(child))) {
                child++;
                childRank = rank(child);
            }
            if (!before(childRank, rows.get(child), rank, row)) {
                break;
            }
            move(child, to);
            to = child;
        }
        if (to < left) {
            put(to, row, label, leastWeight, greatestWeight);
        }
    }

    private static boolean before(float rank, int row, float otherRank, int otherRow) {
        return rank != otherRank ? rank > otherRank : row < otherRow;
    }

    private float rank(int place) {
        return rank(labels.get(place), least.get(place), greatest.get(place));
    }

    private float rank(int label, double leastWeight, double greatestWeight) {
        return preferred[label] ? (float) (greatestWeight - leastWeight) : 0;
    }

    private void move(int from, int to) {
        put(to, rows.get(from), labels.get(from), least.get(from), greatest.get(from));
    }

    private void put(int place, int row, int label, double leastWeight, double greatestWeight) {
        rows.put(place, row);
        labels.put(place, label);
        least.put(place, leastWeight);
        greatest.put(place, greatestWeight);
    }

    @Override
    public void close() {
        memory.close();
    }
}
