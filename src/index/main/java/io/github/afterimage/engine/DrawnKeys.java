package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeDraw;
import io.github.afterimage.binding.NativeEstimates;
import io.github.afterimage.platform.NativeMemory;
import java.util.Arrays;

/**
 * Keys drawn at random for one query, each alone. A sample of size s holds the keys whose rank is below s; a key is in it with the
 * probability min(1, s · rate), where its rate is that of its class times its estimated term. Larger samples hold smaller ones.
 */
final class DrawnKeys implements AutoCloseable {
    private static final int STRUCT_BYTES = 128;
    private static final int KEY_BYTES = 2 * Integer.BYTES + 2 * Float.BYTES;

    private final Room room;
    private final float[] rates;
    private final NativeMemory memory;
    private int[] rows = {};
    private int[] labels = {};
    private float[] terms = {};
    private float[] ranks = {};

    /**
     * Room for keys.
     *
     * @param lists several threads can add to different ones
     * @param places maximum number of keys in one list, and in all lists together
     */
    record Room(int lists, int places) {
        private long bytes() {
            return STRUCT_BYTES + (long) places * KEY_BYTES;
        }
    }

    /**
     * @param reference the score that terms are relative to
     * @param rates of the classes
     * @param size that of the largest sample
     */
    DrawnKeys(float theta, float reference, float[] rates, int seed, float size, Room room) {
        this.room = room;
        this.rates = rates;
        long ratesOffset = room.lists * room.bytes();
        memory = NativeMemory.allocateScratch(ratesOffset + (long) rates.length * Float.BYTES);
        memory.buffer(ratesOffset, rates.length * Float.BYTES).asFloatBuffer().put(rates);
        for (int list = 0; list < room.lists; list++) {
            struct(list)
                    .theta(theta)
                    .reference(reference)
                    .rates(memory.floats(ratesOffset))
                    .seed(seed)
                    .greatest_rank(size)
                    .count(0)
                    .rows(memory.ints(offset(list, 0)))
                    .labels(memory.ints(offset(list, 1)))
                    .terms(memory.floats(offset(list, 2)))
                    .ranks(memory.floats(offset(list, 3)))
                    .places(room.places);
        }
    }

    private NativeDraw struct(int list) {
        return new NativeDraw(memory.at(list * room.bytes()));
    }

    private long offset(int list, int column) {
        return list * room.bytes() + STRUCT_BYTES + (long) column * room.places * Integer.BYTES;
    }

    /** Draws from the keys that count for a query. */
    void add(NativeEstimates estimates, int query, int list) {
        Native.afterimage_draw_keys(estimates, query, struct(list));
    }

    /** Returns true if all keys were found that belong to the largest sample. Call it after all draws and before what follows. */
    boolean complete() {
        int[] counts = new int[room.lists];
        long found = 0;
        for (int list = 0; list < room.lists; list++) {
            counts[list] = (int) Math.min(room.places, struct(list).count());
            found += struct(list).count();
        }
        if (found > room.places) {
            return false;
        }
        rows = new int[(int) found];
        labels = new int[rows.length];
        terms = new float[rows.length];
        ranks = new float[rows.length];
        int first = 0;
        for (int list = 0; list < room.lists; list++) {
            int bytes = Math.multiplyExact(room.places, Integer.BYTES);
            memory.buffer(offset(list, 0), bytes).asIntBuffer().get(rows, first, counts[list]);
            memory.buffer(offset(list, 1), bytes).asIntBuffer().get(labels, first, counts[list]);
            memory.buffer(offset(list, 2), bytes).asFloatBuffer().get(terms, first, counts[list]);
            memory.buffer(offset(list, 3), bytes).asFloatBuffer().get(ranks, first, counts[list]);
            first += counts[list];
        }
        return true;
    }

    /** Returns the number of keys. */
    int count() {
        return rows.length;
    }

    int row(int i) {
        return rows[i];
    }

    int label(int i) {
        return labels[i];
    }

    /** Returns the estimated term of a key, with its weight. */
    float term(int i) {
        return terms[i];
    }

    /** Returns the keys of a sample. */
    int[] sample(double size) {
        int[] sample = new int[ranks.length];
        int count = 0;
        for (int i = 0; i < ranks.length; i++) {
            sample[count] = i;
            count += ranks[i] < size ? 1 : 0;
        }
        return Arrays.copyOf(sample, count);
    }

    /** Returns the probability of a key to be in a sample. */
    double probability(int i, double size) {
        return Math.min(1, size * ((double) rates[labels[i]] * terms[i]));
    }

    @Override
    public void close() {
        memory.close();
    }
}
