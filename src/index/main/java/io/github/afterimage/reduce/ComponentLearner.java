package io.github.afterimage.reduce;

import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.keys.UnitRows;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Learns principal components from a stream of keys, and how to whiten them from their labels.
 *
 * <p>The learner keeps a uniform sample of the keys, scaled to unit L2 norm, and finds the directions with the largest mean
 * squared inner product. It does not subtract the mean, because that would change the inner products.
 *
 * <p>Guarantees: the sample depends only on the seed and on the order of the keys, not on their division into calls. The
 * result does not depend on the number of threads.
 *
 * <p>Threads: for one thread at a time.
 *
 * <p>Lifetime: the constructor reserves the sample, {@code sampleRows * inputDim * 4} bytes of native memory, and
 * {@link #close} releases it. Learned reducers remain valid.
 */
public final class ComponentLearner implements AutoCloseable {
    private final Reduction reduction;
    private final int inputDim;
    private final int sampleRows;
    private final NativeMemory sample;
    private final int[] labels;
    private long rows;

    ComponentLearner(Reduction reduction, int inputDim, int sampleRows) {
        this.reduction = reduction;
        this.inputDim = inputDim;
        this.sampleRows = sampleRows;
        labels = new int[sampleRows];
        sample = NativeMemory.allocate(offset(sampleRows));
    }

    private long offset(int row) {
        return Math.multiplyExact((long) row * Float.BYTES, inputDim);
    }

    /** Offers keys of one class for the sample; see {@link #add(FloatBuffer, int[])}. */
    public void add(FloatBuffer keys) {
        add(keys, new int[keys.remaining() / inputDim]);
    }

    /**
     * Offers keys for the sample.
     *
     * @param keys {@code (n, inputDim)} float32 row-major, from the buffer's position to its limit; the call changes
     *     neither
     * @param keyLabels {@code (n)}, the class of each key, for a whitened reduction
     * @throws IllegalArgumentException if the length is not a multiple of inputDim, or not that of n labels, or if a key drawn
     *     for the sample has a value that is not finite or has only zeros; nothing changes then
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused; nothing changes then
     * @throws IllegalStateException if this is closed
     */
    public void add(FloatBuffer keys, int[] keyLabels) {
        if (keys.remaining() % inputDim != 0) {
            throw new IllegalArgumentException(
                    "keys hold " + keys.remaining() + " values: expected a multiple of inputDim " + inputDim);
        }
        int count = keys.remaining() / inputDim;
        if (keyLabels.length != count) {
            throw new IllegalArgumentException(
                    keyLabels.length + " labels: expected one for each of " + count + " keys");
        }
        int appended = (int) Math.min(count, sampleRows - Math.min(rows, sampleRows));
        try {
            if (appended > 0) {
                UnitRows.copy(keys, 0, appended, inputDim, sample, offset((int) rows));
                System.arraycopy(keyLabels, 0, labels, (int) rows, appended);
            } else {
                sample.at(0); // throws if closed
            }
            replace(keys, keyLabels, appended, count);
        } catch (InvalidRowException e) {
            throw e.named("key");
        }
        rows += count;
    }

    /** Samples with a reservoir: key t of the stream draws one of t + 1 places, and enters if the sample has that place. */
    private void replace(FloatBuffer keys, int[] keyLabels, int from, int to) {
        int[] places = new int[to - from];
        int drawn = 0;
        for (int i = from; i < to; i++) {
            long place = Philox.below(rows + i + 1, reduction.seed(), Philox.SAMPLE, rows + i);
            places[i - from] = place < sampleRows ? (int) place : -1;
            drawn += place < sampleRows ? 1 : 0;
        }
        if (drawn == 0) {
            return;
        }
        // The copy leaves the sample unchanged until every drawn key is checked.
        try (NativeMemory good = NativeMemory.allocate(offset(drawn))) {
            int next = 0;
            for (int i = 0; i < places.length; i++) {
                if (places[i] >= 0) {
                    UnitRows.copy(keys, from + i, 1, inputDim, good, offset(next++));
                }
            }
            int rowBytes = inputDim * Float.BYTES;
            next = 0;
            for (int i = 0; i < places.length; i++) {
                if (places[i] >= 0) {
                    sample.buffer(offset(places[i]), rowBytes).put(good.buffer(offset(next++), rowBytes));
                    labels[places[i]] = keyLabels[from + i];
                }
            }
        }
    }

    /**
     * Chooses rows to learn from: divides all rows into equal ranges and draws one row of each.
     *
     * @param reduction its seed determines the choice
     * @param size number of all rows
     * @param sample maximum number of rows to choose
     * @return the numbers of the chosen rows, ascending
     * @throws IllegalArgumentException if there are fewer chosen rows than components; a whitened reduction may have none, and
     *     its {@link LearnedReducer#learner learner} checks the number
     */
    public static int[] sampleRows(Reduction reduction, long size, int sample) {
        int count = (int) Math.min(sample, size);
        if (count < reduction.dim() && !reduction.whitens()) {
            throw new IllegalArgumentException("reduction \"" + reduction + "\" needs at least " + reduction.dim()
                    + " examples to learn from: the sample has " + count);
        }
        SplittableRandom random = new SplittableRandom(reduction.seed());
        int[] rows = new int[count];
        for (int i = 0; i < count; i++) {
            int from = (int) (size * i / count);
            int to = (int) (size * (i + 1) / count);
            rows[i] = from + random.nextInt(to - from);
        }
        return rows;
    }

    /** Returns the number of keys offered so far. */
    public long rows() {
        return rows;
    }

    /** Returns the number of keys in the sample. */
    public int sampled() {
        return (int) Math.min(rows, sampleRows);
    }

    /**
     * Learns from the sample. This takes about {@code 14 sampled inputDim (dim + 32)} operations, and memory for {@code 3 (dim +
     * 32)} rows in addition to the sample. Whitening adds {@code sampled dim (2 inputDim + dim) + dim³} operations and memory for
     * {@code dim} values of each row.
     *
     * @param threads number of threads to use, positive
     * @throws IllegalStateException if there are fewer keys than components, or this is closed
     * @throws IllegalArgumentException if all keys are equal and the reduction is whitened
     * @throws java.util.concurrent.CancellationException if the caller is interrupted
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    public LearnedReducer learn(int threads) {
        if (threads <= 0) {
            throw new IllegalArgumentException("threads " + threads + ": expected a positive number");
        }
        sample.at(0); // throws if closed
        int least = LearnedReducer.leastRows(reduction, inputDim);
        if (sampled() < least) {
            throw new IllegalStateException("reduction \"" + reduction + "\" needs at least " + least
                    + " keys to learn from: there are " + sampled());
        }
        int[] sampledLabels = Arrays.copyOf(labels, sampled());
        if (!LearnedReducer.projects(reduction, inputDim)) {
            return LearnedReducer.learn(reduction, inputDim, null, 1, sample, sampledLabels, threads);
        }
        Matrix components = Matrix.of(reduction.dim(), inputDim);
        return Resources.guarded(components, () -> {
            double squares = RangeFinder.find(sample, sampled(), reduction.seed(), threads, components);
            double energy = Math.min(1, squares / sampled());
            return LearnedReducer.learn(reduction, inputDim, components, energy, sample, sampledLabels, threads);
        });
    }

    @Override
    public void close() {
        sample.close();
    }

    @Override
    public String toString() {
        return "ComponentLearner[" + reduction + " of dim " + inputDim + ", " + Math.min(rows, sampleRows) + " of "
                + sampleRows + " sampled]";
    }
}
