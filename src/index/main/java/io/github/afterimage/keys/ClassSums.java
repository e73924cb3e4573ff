package io.github.afterimage.keys;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.ElementType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Sums of keys by class that become means.
 *
 * <p>Threads: any number may add keys. Lifetime: native memory until closed, or until means have taken it.
 */
public final class ClassSums implements AutoCloseable {
    /** Bytes of the rows that are added together, sorted by class, and still in cache then. */
    private static final int CHUNK_BYTES = 4 << 20;

    private static final int CHUNK_ROWS = 1 << 13;

    private final int dim;
    /** By number: label / {@link MeanBlock#perBlock}. */
    private final SortedMap<Integer, MeanBlock> blocks = new TreeMap<>();

    private ClassSums(int dim) {
        this.dim = dim;
    }

    /**
     * Makes sums of no keys.
     *
     * @param labels the classes that keys will be added to; others take no memory
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    public static ClassSums of(int dim, BitSet labels, LongFunction<NativeMemory> allocate) {
        return of(dim, Map.of(), labels, label -> true, allocate);
    }

    /**
     * Makes sums of the keys of those blocks whose classes change.
     *
     * @param before all blocks
     * @param changed the classes
     * @param kept tells whether a changed class has keys then; others take no memory
     */
    static ClassSums of(
            int dim,
            Map<Integer, MeanBlock> before,
            BitSet changed,
            IntPredicate kept,
            LongFunction<NativeMemory> allocate) {
        int perBlock = MeanBlock.perBlock(dim);
        return Resources.filled(new ClassSums(dim), sums -> {
            for (int label = changed.nextSetBit(0); label >= 0; ) {
                int number = label / perBlock;
                int first = number * perBlock;
                MeanBlock block = before.get(number);
                BitSet places = new BitSet(perBlock); // of the labels of the block that have keys then
                if (block != null) {
                    IntStream.of(block.labels()).forEach(old -> places.set(old - first));
                }
                for (; label >= 0 && label / perBlock == number; label = changed.nextSetBit(label + 1)) {
                    places.set(label - first, kept.test(label));
                }
                int[] labels = places.stream().map(place -> first + place).toArray();
                if (labels.length > 0) {
                    sums.blocks.put(number, copied(block, new MeanBlock(dim, labels, allocate)));
                }
            }
        });
    }

    /** Copies the classes of a block that another one has too. */
    private static MeanBlock copied(@Nullable MeanBlock block, MeanBlock next) {
        for (int place = 0; block != null && place < next.labels().length; place++) {
            int before = block.place(next.labels()[place]);
            if (before >= 0) {
                next.copy(place, block, before);
            }
        }
        return next;
    }

    /**
     * Adds keys.
     *
     * @param check called now and then; ends the work if it throws
     */
    public void add(Keys keys, Runnable check) {
        add(keys, 1, check);
    }

    /**
     * Adds or subtracts those keys that are not removed, and whose classes the sums have.
     *
     * @param sign 1 or -1
     */
    void add(Keys keys, int sign, Runnable check) {
        KeyRun run = new KeyRun(dim);
        int step = Math.max(1, Math.min(CHUNK_ROWS, CHUNK_BYTES / (dim * Float.BYTES)));
        for (long first = 0; first < keys.count(); first += step) {
            check.run();
            addChunk(keys.slice(first, Math.min(step, keys.count() - first)), sign, run);
        }
    }

    private void addChunk(Keys keys, int sign, KeyRun run) {
        long[] order = byClass(keys);
        if (order.length == 0) {
            return;
        }
        forRows(keys, rows -> {
            for (int i = 0; i < order.length; ) {
                int label = (int) (order[i] >> 32);
                run.clear();
                for (; i < order.length && (int) (order[i] >> 32) == label; i++) {
                    int row = (int) order[i];
                    run.add(rows, row * dim, sign);
                }
                add(label, run);
            }
        });
    }

    /** Adds sums that {@link MeanBlock#write} has written. */
    void read(ByteBuffer source) {
        while (source.hasRemaining()) {
            int label = source.getInt();
            MeanBlock block = Objects.requireNonNull(block(label));
            block.read(block.place(label), source);
        }
    }

    private void add(int label, KeyRun run) {
        MeanBlock block = block(label);
        if (block != null && block.place(label) >= 0) {
            block.add(block.place(label), run);
        }
    }

    private @Nullable MeanBlock block(int label) {
        return blocks.get(label / MeanBlock.perBlock(dim));
    }

    /** Returns label and row of each key that is not removed, sorted. */
    private static long[] byClass(Keys keys) {
        int[] labels = keys.labels(0, (int) keys.count());
        long[] order = new long[labels.length];
        int count = 0;
        for (int row = 0; row < labels.length; row++) {
            if (!keys.hasRemovals() || !keys.isRemoved(row)) {
                order[count++] = (long) labels[row] << 32 | row;
            }
        }
        order = Arrays.copyOf(order, count);
        Arrays.sort(order);
        return order;
    }

    interface Rows {
        /** @param rows {@code (count, dim)} */
        void accept(FloatBuffer rows);
    }

    /** Passes keys as float32. */
    static void forRows(Keys keys, Rows target) {
        if (keys.type() == ElementType.FLOAT32) {
            target.accept(keys.floats(0, (int) keys.count()));
            return;
        }
        int bytes = Math.toIntExact(keys.count() * keys.dim() * Float.BYTES);
        try (NativeMemory widened = NativeMemory.reuseScratch(bytes)) {
            FloatBuffer rows = widened.buffer(0, bytes).asFloatBuffer();
            keys.widen(rows);
            target.accept(rows);
        }
    }

    int dim() {
        return dim;
    }

    /** Computes the means in each block, by number. */
    SortedMap<Integer, MeanBlock> finished() {
        blocks.values().forEach(MeanBlock::finish);
        return blocks;
    }

    /** Forgets the blocks, which others hold. */
    void handOver() {
        blocks.clear();
    }

    @Override
    public void close() {
        Resources.closeAll(blocks.values());
    }
}
