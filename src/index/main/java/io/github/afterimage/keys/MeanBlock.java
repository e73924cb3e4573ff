package io.github.afterimage.keys;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Shared;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.LongFunction;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The sums of the keys of neighbouring classes, and their means: one row for each class that has keys, in the order of the labels,
 * so that equal keys give equal rows in equal places.
 *
 * <p>Threads: any number may {@link #add}. Immutable after {@link #finish}. Lifetime: native memory until the last holder releases
 * it.
 */
final class MeanBlock extends Shared {
    /** Approximate bytes of a block: a change copies the blocks of its classes. */
    private static final int BLOCK_BYTES = 1 << 20;

    private static final int MAX_PER_BLOCK = 256;

    private final int dim;
    private final int[] labels;
    /** Keys of each class. */
    private final long[] counts;
    /** Lengths of the sums. */
    private final double[] lengths;
    /** Means (classes, dim) float32; the sums, twice (classes, dim) int64, multiples of 2^-10 and of 2^-42. */
    private final NativeMemory memory;

    private final LongBuffer sums;
    /** Places whose means are not those of their sums. */
    private final BitSet changed = new BitSet();

    /** Returns the number of successive labels whose classes share a block. It depends on dim only, and so do the places of classes. */
    static int perBlock(int dim) {
        long row = (2L * Long.BYTES + Float.BYTES) * dim;
        return Integer.highestOneBit((int) Math.max(1, Math.min(MAX_PER_BLOCK, BLOCK_BYTES / row)));
    }

    /** @param labels ascending */
    MeanBlock(int dim, int[] labels, LongFunction<NativeMemory> allocate) {
        this.dim = dim;
        this.labels = labels;
        counts = new long[labels.length];
        lengths = new double[labels.length];
        long sumBytes = 2L * labels.length * dim * Long.BYTES;
        memory = allocate.apply(sumBytes + meanBytes());
        sums = memory.buffer(0, Math.toIntExact(sumBytes)).asLongBuffer();
    }

    private long meanBytes() {
        return (long) labels.length * dim * Float.BYTES;
    }

    int[] labels() {
        return labels;
    }

    /** Returns the number of keys of a class. */
    long count(int label) {
        int place = place(label);
        return place < 0 ? 0 : counts[place];
    }

    /** Returns the length of the sum of a class that has keys. */
    double length(int label) {
        return lengths[place(label)];
    }

    /** Returns the place of a class; negative if it has no keys. */
    int place(int label) {
        return Arrays.binarySearch(labels, label);
    }

    private int coarse(int place) {
        return 2 * place * dim;
    }

    private int fine(int place) {
        return coarse(place) + dim;
    }

    /** Adds the keys of a class. */
    synchronized void add(int place, KeyRun run) {
        int at = coarse(place);
        for (int i = 0; i < dim; i++) {
            sums.put(at + i, sums.get(at + i) + run.coarse(i));
        }
        at = fine(place);
        for (int i = 0; i < dim; i++) {
            sums.put(at + i, sums.get(at + i) + run.fine(i));
        }
        counts[place] += run.count();
        changed.set(place);
    }

    /** Copies a class of another block, with its mean. */
    void copy(int place, MeanBlock other, int otherPlace) {
        long rowBytes = 2L * dim * Long.BYTES;
        other.memory.copyTo(memory, otherPlace * rowBytes, place * rowBytes, rowBytes);
        long meanBytes = (long) dim * Float.BYTES;
        other.memory.copyTo(memory, other.mean(otherPlace), mean(place), meanBytes);
        counts[place] = other.counts[otherPlace];
        lengths[place] = other.lengths[otherPlace];
    }

    /** Returns the offset of the mean of a class. */
    private long mean(int place) {
        return 2L * labels.length * dim * Long.BYTES + (long) place * dim * Float.BYTES;
    }

    /** Computes the means of changed classes. */
    void finish() {
        long[] coarse = new long[dim];
        long[] fine = new long[dim];
        float[] mean = new float[dim];
        for (int place = changed.nextSetBit(0); place >= 0; place = changed.nextSetBit(place + 1)) {
            sums.get(coarse(place), coarse);
            sums.get(fine(place), fine);
            lengths[place] = KeyRun.unit(coarse, fine, mean);
            memory.buffer(mean(place), dim * Float.BYTES).asFloatBuffer().put(mean);
        }
        changed.clear();
    }

    /** Returns the means for native code: (classes, dim). */
    FloatPointer means() {
        FloatPointer means = memory.floats(mean(0));
        means.capacity((long) labels.length * dim);
        return means;
    }

    /** Bytes of {@link #write} for each class. */
    static int bytes(int dim) {
        return Integer.BYTES + Long.BYTES + 2 * dim * Long.BYTES;
    }

    /** Writes the label, the count and the sum of each class. */
    void write(ByteBuffer target) {
        long[] row = new long[2 * dim];
        for (int place = 0; place < labels.length; place++) {
            target.putInt(labels[place]).putLong(counts[place]);
            sums.get(coarse(place), row);
            target.asLongBuffer().put(row);
            target.position(target.position() + row.length * Long.BYTES);
        }
    }

    /** Adds the count and the sum of a class that {@link #write} has written behind its label. */
    void read(int place, ByteBuffer source) {
        counts[place] += source.getLong();
        int at = coarse(place);
        for (int i = 0; i < 2 * dim; i++) {
            sums.put(at + i, sums.get(at + i) + source.getLong());
        }
        changed.set(place);
    }

    @Override
    public void close() {
        memory.close();
    }
}
