package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeDraw;
import io.github.afterimage.binding.NativeEstimates;
import io.github.afterimage.platform.NativeMemory;
import java.util.Arrays;

/**
 * Keys drawn at random for one query, each alone. A sample of size s holds the keys whose rank is below s; a key is in it with
 * the probability min(1, s · rate), where its rate is that of its class times its estimated term. Larger samples hold smaller
 * ones.
 */
final class DrawnKeys implements AutoCloseable {
    private static final int STRUCT_BYTES = 128;
    private static final int KEY_BYTES = 2 * Integer.BYTES + 2 * Float.BYTES;

    private final int places;
    private final float[] rates;
    private final NativeMemory memory;
    private final int listBytes;
    private final long listOffset;
    private int[] rows = {};
    private int[] labels = {};
    private float[] terms = {};
    private float[] ranks = {};

    /**
     * @param reference the score that terms are relative to
     * @param rates of the classes
     * @param size that of the largest sample
     * @param places maximum number of keys
     */
    DrawnKeys(float theta, float reference, float[] rates, int seed, float size, int places) {
        this.places = places;
        this.rates = rates;
        long ratesBytes = (long) rates.length * Float.BYTES;
        listBytes = Math.multiplyExact(places, Integer.BYTES);
        listOffset = STRUCT_BYTES + ratesBytes;
        memory = NativeMemory.reuseScratch(listOffset + (long) places * KEY_BYTES);
        memory.buffer(STRUCT_BYTES, (int) ratesBytes).asFloatBuffer().put(rates);
        float greatest = 0;
        for (float rate : rates) {
            greatest = Math.max(greatest, rate);
        }
        struct().theta(theta)
                .reference(reference)
                .rates(memory.floats(STRUCT_BYTES))
                .greatest_rate(greatest)
                .seed(seed)
                .greatest_rank(size)
                .count(0)
                .rows(memory.ints(listOffset))
                .labels(memory.ints(listOffset + listBytes))
                .terms(memory.floats(listOffset + 2L * listBytes))
                .ranks(memory.floats(listOffset + 3L * listBytes))
                .places(places);
    }

    private NativeDraw struct() {
        return new NativeDraw(memory.at(0));
    }

    /** Draws from the keys that count for a query. */
    void add(NativeEstimates estimates, int query) {
        Native.afterimage_draw_keys(estimates, query, struct());
    }

    /** Returns true if all keys were found that belong to the largest sample. Call it after all draws and before what follows. */
    boolean complete() {
        long found = struct().count();
        if (found > places) {
            return false;
        }
        rows = new int[(int) found];
        labels = new int[rows.length];
        terms = new float[rows.length];
        ranks = new float[rows.length];
        memory.buffer(listOffset, listBytes).asIntBuffer().get(rows);
        memory.buffer(listOffset + listBytes, listBytes).asIntBuffer().get(labels);
        memory.buffer(listOffset + 2L * listBytes, listBytes).asFloatBuffer().get(terms);
        memory.buffer(listOffset + 3L * listBytes, listBytes).asFloatBuffer().get(ranks);
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
