package io.github.afterimage.reduce;

import io.github.afterimage.InvalidRowException;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.store.UnitRows;
import java.nio.FloatBuffer;
import java.util.SplittableRandom;

/**
 * Learns principal components from a stream of keys.
 *
 * <p>The learner keeps a uniform sample of the keys, scaled to unit L2 norm, and finds the directions with the largest mean
 * squared inner product. It does not subtract the mean, because that would change the inner products.
 *
 * <p>Guarantees: the sample depends only on the seed and on the order of the keys, not on their division into calls. The
 * components do not depend on the number of threads.
 *
 * <p>Threads: for one thread at a time.
 *
 * <p>Lifetime: the constructor reserves the sample, {@code sampleRows * inputDim * 4} bytes of native memory, and
 * {@link #close} releases it. Learned components remain valid.
 */
public final class ComponentLearner implements AutoCloseable {
    private final Reduction reduction;
    private final int inputDim;
    private final int sampleRows;
    private final NativeMemory sample;
    private long rows;

    ComponentLearner(Reduction reduction, int inputDim, int sampleRows) {
        this.reduction = reduction;
        this.inputDim = inputDim;
        this.sampleRows = sampleRows;
        sample = NativeMemory.allocate(offset(sampleRows));
    }

    private long offset(int row) {
        return Math.multiplyExact((long) row * Float.BYTES, inputDim);
    }

    /**
     * Offers keys for the sample.
     *
     * @param keys {@code (n, inputDim)} float32 row-major, from the buffer's position to its limit; the call changes
     *     neither
     * @throws IllegalArgumentException if the length is not a multiple of inputDim, or if a key drawn for the sample has a
     *     value that is not finite or has only zeros; nothing changes then
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused; nothing changes then
     * @throws IllegalStateException if this is closed
     */
    public void add(FloatBuffer keys) {
        if (keys.remaining() % inputDim != 0) {
            throw new IllegalArgumentException(
                    "keys hold " + keys.remaining() + " values: expected a multiple of inputDim " + inputDim);
        }
        int count = keys.remaining() / inputDim;
        int appended = (int) Math.min(count, sampleRows - Math.min(rows, sampleRows));
        try {
            if (appended > 0) {
                UnitRows.copy(keys, 0, appended, inputDim, sample, offset((int) rows));
            } else {
                sample.at(0); // throws if closed
            }
            replace(keys, appended, count);
        } catch (InvalidRowException e) {
            throw e.named("key");
        }
        rows += count;
    }

    /** Samples with a reservoir: key t of the stream draws one of t + 1 places, and enters if the sample has that place. */
    private void replace(FloatBuffer keys, int from, int to) {
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
            for (int place : places) {
                if (place >= 0) {
                    sample.buffer(offset(place), rowBytes).put(good.buffer(offset(next++), rowBytes));
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
     * @throws IllegalArgumentException if there are fewer chosen rows than components
     */
    public static int[] sampleRows(Reduction reduction, long size, int sample) {
        int count = (int) Math.min(sample, size);
        if (count < reduction.dim()) {
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
     * Computes the components of the sample. This takes about {@code 14 sampled inputDim (dim + 32)} operations, and memory
     * for {@code 3 (dim + 32)} rows in addition to the sample.
     *
     * @param threads number of threads to use, positive
     * @throws IllegalStateException if there are fewer keys than components, or this is closed
     * @throws java.util.concurrent.CancellationException if the caller is interrupted
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused
     */
    public PrincipalComponents learn(int threads) {
        if (threads <= 0) {
            throw new IllegalArgumentException("threads " + threads + ": expected a positive number");
        }
        sample.at(0); // throws if closed
        int count = reduction.dim();
        if (sampled() < count) {
            throw new IllegalStateException("reduction \"" + reduction + "\" needs at least " + count
                    + " keys to learn from: there are " + sampled());
        }
        Matrix components = new Matrix(count, inputDim);
        try {
            double squares = RangeFinder.find(sample, sampled(), reduction.seed(), threads, components);
            return new PrincipalComponents(reduction, inputDim, components, Math.min(1, squares / sampled()));
        } catch (RuntimeException | Error e) {
            components.close();
            throw e;
        }
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
