package io.github.afterimage.keys;

import io.github.afterimage.platform.NativeMemory;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/**
 * The direction of each class, m_c = Σ μ_k over its keys, scaled to unit length, and the sums that it comes from. A class
 * whose sum is zero has the direction 0.
 *
 * <p>Guarantees: the bits depend on the keys only, not on the order in which keys were added, nor on keys that
 * were removed, because the sums are exact ({@link KeyRun}). Elements of m_c are within 1e-6 of those in exact arithmetic if the
 * sum is at least 2e-4 times as long as the number of keys.
 *
 * <p>Memory: 20 bytes for each element of a class that has keys. Blocks of up to 1 MiB are shared with the means before and after
 * a change of other classes.
 *
 * <p>Immutable and thread-safe. Lifetime: native memory until closed, and until all that share it are closed.
 */
public final class ClassMeans implements AutoCloseable {
    /** The mean of all keys counts as much for the evidence for a class as this number of its keys: τ. */
    public static final int PRIOR_KEYS = 20;

    private final int dim;
    private final SortedMap<Integer, MeanBlock> blocks;
    private final List<Rows> rows;
    private final AtomicInteger holders = new AtomicInteger(1);
    private volatile long @Nullable [] counts;
    private volatile double @Nullable [] spreads;

    /** Takes over finished blocks, or shares them. */
    private ClassMeans(int dim, SortedMap<Integer, MeanBlock> blocks) {
        this.dim = dim;
        this.blocks = blocks;
        blocks.values().forEach(MeanBlock::retain);
        rows = blocks.values().stream()
                .map(block -> new Rows(block.labels(), block.means()))
                .toList();
    }

    /** Computes the means of sums, and takes over their memory. */
    public static ClassMeans of(ClassSums sums) {
        return of(sums, new TreeMap<>());
    }

    /** Computes the means of sums, beside those of other blocks. */
    private static ClassMeans of(ClassSums sums, SortedMap<Integer, MeanBlock> others) {
        others.putAll(sums.finished());
        ClassMeans means = new ClassMeans(sums.dim(), others);
        sums.handOver();
        return means;
    }

    public int dim() {
        return dim;
    }

    /**
     * Means of some classes.
     *
     * @param labels ascending
     * @param means {@code (labels.length, dim)} float32
     */
    public record Rows(int[] labels, FloatPointer means) {}

    /** Returns the means of all classes that have keys. */
    public List<Rows> rows() {
        return rows;
    }

    /** Returns the number of keys of each class, {@code (classes)}, computed at the first call; callers do not change the array. */
    public long[] counts(int classes) {
        long[] known = counts;
        if (known == null || known.length != classes) {
            known = new long[classes];
            for (MeanBlock block : blocks.values()) {
                for (int label : block.labels()) {
                    known[label] = block.count(label);
                }
            }
            counts = known;
        }
        return known;
    }

    /**
     * Returns how far the keys of each class are from its direction, {@code (classes)}: the mean of 1 − μ_kᵀm_c over its keys and one more, which
     * is as far as the mean key of all classes. Computed at the first call; callers do not change the array.
     */
    public double[] spreads(int classes) {
        double[] known = spreads;
        if (known == null || known.length != classes) {
            long[] keys = counts(classes);
            known = new double[classes];
            double sum = 0;
            for (MeanBlock block : blocks.values()) {
                for (int label : block.labels()) {
                    known[label] = Math.max(0, keys[label] - block.length(label)); // rounding
                    sum += known[label];
                }
            }
            double ofAll = sum / Math.max(1, LongStream.of(keys).sum());
            for (int label = 0; label < classes; label++) {
                known[label] = (known[label] + ofAll) / (keys[label] + 1);
            }
            spreads = known;
        }
        return known;
    }

    /**
     * Returns the means after some changes of keys.
     *
     * @param removed keys of these means
     * @param added other keys; their removed rows do not count
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    ClassMeans changed(Collection<Keys> removed, Collection<Keys> added, LongFunction<NativeMemory> allocate) {
        return changed(removed, added, new BitSet(), allocate);
    }

    /** @param hidden classes to leave out */
    private ClassMeans changed(
            Collection<Keys> removed, Collection<Keys> added, BitSet hidden, LongFunction<NativeMemory> allocate) {
        Map<Integer, Long> changes = new HashMap<>();
        removed.forEach(keys -> count(keys, -1, changes));
        added.forEach(keys -> count(keys, 1, changes));
        BitSet changed = (BitSet) hidden.clone();
        changes.keySet().forEach(changed::set);
        SortedMap<Integer, MeanBlock> others = new TreeMap<>(blocks);
        changed.stream().forEach(label -> others.remove(label / MeanBlock.perBlock(dim)));
        IntPredicate kept = label -> !hidden.get(label) && count(label) + changes.getOrDefault(label, 0L) > 0;
        try (ClassSums sums = ClassSums.of(dim, blocks, changed, kept, allocate)) {
            removed.forEach(keys -> sums.add(keys, -1, () -> {}));
            added.forEach(keys -> sums.add(keys, 1, () -> {}));
            return of(sums, others);
        }
    }

    private static void count(Keys keys, int sign, Map<Integer, Long> target) {
        keys.present().forEach(row -> target.merge(keys.label(row), (long) sign, Long::sum));
    }

    /** Returns the number of keys of a class. */
    private long count(int label) {
        MeanBlock block = blocks.get(label / MeanBlock.perBlock(dim));
        return block == null ? 0 : block.count(label);
    }

    /**
     * Returns the means of some of these keys, for the duration of a query.
     *
     * @param removed the keys of the kept classes that do not count
     * @param kept classes
     */
    public ClassMeans without(Collection<Keys> removed, BitSet kept) {
        BitSet hidden = new BitSet();
        blocks.values().stream()
                .flatMapToInt(block -> IntStream.of(block.labels()))
                .filter(label -> !kept.get(label))
                .forEach(hidden::set);
        return changed(removed, List.of(), hidden, NativeMemory::allocateScratch);
    }

    /** Adds a holder, who closes these means too. */
    public ClassMeans share() {
        holders.incrementAndGet();
        return this;
    }

    /** Returns the bytes of {@link #bytes()}. */
    public long byteCount() {
        long classes = blocks.values().stream()
                .mapToLong(block -> block.labels().length)
                .sum();
        return Math.addExact(Integer.BYTES, Math.multiplyExact(classes, MeanBlock.bytes(dim)));
    }

    /** Serializes the sums for another process. */
    public byte[] bytes() {
        ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(byteCount())).putInt(dim);
        blocks.values().forEach(block -> block.write(target));
        return target.array();
    }

    /**
     * Adds sums of disjoint sets of keys.
     *
     * @param parts results of {@link #bytes()}
     * @return for the duration of a query; the caller closes it
     * @throws IllegalArgumentException if the bytes are not of that form, or dims differ
     */
    public static ClassMeans of(List<byte[]> parts) {
        int dim = ByteBuffer.wrap(parts.get(0)).getInt();
        BitSet labels = new BitSet();
        for (byte[] part : parts) {
            ByteBuffer source = ByteBuffer.wrap(part);
            if (source.getInt() != dim || dim < 1 || source.remaining() % MeanBlock.bytes(dim) != 0) {
                throw new IllegalArgumentException(part.length + " bytes are not those of class sums of dim " + dim);
            }
            for (; source.hasRemaining(); source.position(source.position() + MeanBlock.bytes(dim))) {
                labels.set(source.getInt(source.position()));
            }
        }
        try (ClassSums sums = ClassSums.of(dim, labels, NativeMemory::allocateScratch)) {
            for (byte[] part : parts) {
                sums.read(ByteBuffer.wrap(part, Integer.BYTES, part.length - Integer.BYTES));
            }
            return of(sums);
        }
    }

    /** Frees the memory of these means and of all that share it, for a store that is closed while snapshots are open. */
    void closeAll() {
        blocks.values().forEach(MeanBlock::close);
    }

    /** Releases one hold; the last one releases the memory. */
    @Override
    public void close() {
        if (holders.decrementAndGet() == 0) {
            blocks.values().forEach(MeanBlock::release);
        }
    }
}
