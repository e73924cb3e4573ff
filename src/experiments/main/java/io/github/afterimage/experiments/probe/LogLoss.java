package io.github.afterimage.experiments.probe;

import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.model.data.Softmax;
import io.github.afterimage.platform.FloatRows;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.OpenBlas;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The mean of -log p(label) over keys, where p is the softmax of linear scores, and its gradient. Products are computed in
 * float32, sums over the keys in double precision. The keys are divided into a fixed number of shares, whose sums are added in
 * order, so that the result does not depend on the number of threads.
 *
 * <p>Not thread-safe.
 */
final class LogLoss implements AutoCloseable {
    private static final int SHARES = 8;
    /** Keys of a block: enough for products at full speed; the scores of 1,000 classes take 2 MB. */
    private static final int BLOCK = 512;

    private final LabelledKeys keys;
    private final Workers workers;
    private final int parameters;
    private final double[] losses = new double[SHARES];
    private final NativeMemory weights; // (classes, width)
    private final NativeMemory scratch; // for each share: scores (BLOCK, classes) and gradient (classes, width)

    /**
     * Allocates memory; the keys must stay open.
     *
     * @throws IllegalArgumentException if OpenBLAS is missing
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    LogLoss(LabelledKeys keys, Workers workers) {
        OpenBlas.require("a linear probe");
        this.keys = keys;
        this.workers = workers;
        parameters = Math.multiplyExact(keys.classes(), keys.width());
        weights = NativeMemory.allocate((long) parameters * Float.BYTES);
        try {
            scratch = NativeMemory.allocate(scores(SHARES));
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** Returns the number of weights, {@code (classes, dim + 1)}; the last of each class is its bias. */
    int parameters() {
        return parameters;
    }

    static CancellationException interruption() {
        return new CancellationException("interrupted while a probe was computed; there is no result");
    }

    /** Receives the probabilities of the classes for each key, in several threads and in any order. */
    interface Consumer {
        void accept(int key, double[] probabilities);
    }

    /** Computes the probabilities of all keys. */
    void forEach(double[] values, Consumer consumer) {
        set(values);
        workers.forEach(SHARES, share -> read(share, false, consumer));
    }

    /**
     * Returns the loss at some weights.
     *
     * @param gradient receives the gradient
     */
    double at(double[] values, double[] gradient) {
        set(values);
        workers.forEach(SHARES, share -> read(share, true, (key, probabilities) -> {}));
        Arrays.fill(gradient, 0);
        for (int share = 0; share < SHARES; share++) {
            FloatBuffer part = floats(scratch, gradient(share), parameters);
            for (int i = 0; i < parameters; i++) {
                gradient[i] += (double) part.get(i) / keys.size();
            }
        }
        return Arrays.stream(losses).sum() / keys.size();
    }

    /** The mean loss, and the number of keys whose most probable class is not their label. */
    record Score(double loss, long errors) {}

    /** Returns the score at some weights. */
    Score score(double[] values) {
        boolean[] wrong = new boolean[keys.size()];
        forEach(values, (key, probabilities) -> wrong[key] = ArgMax.of(probabilities) != keys.label(key));
        long errors = IntStream.range(0, wrong.length).filter(key -> wrong[key]).count();
        return new Score(Arrays.stream(losses).sum() / keys.size(), errors);
    }

    private void set(double[] values) {
        FloatBuffer floats = floats(weights, 0, parameters);
        for (double value : values) {
            floats.put((float) value);
        }
    }

    private void read(int share, boolean withGradient, Consumer consumer) {
        int classes = keys.classes();
        int width = keys.width();
        FloatRows weightRows = new FloatRows(weights.floats(0), classes, width);
        FloatRows gradient = new FloatRows(scratch.floats(gradient(share)), classes, width);
        if (withGradient) {
            FloatPointer.memset(gradient.first(), 0, (long) parameters * Float.BYTES);
        }
        double loss = 0;
        int end = first(share + 1);
        for (int row = first(share); row < end; row += BLOCK) {
            if (Thread.currentThread().isInterrupted()) {
                throw interruption();
            }
            int count = Math.min(BLOCK, end - row);
            FloatRows x = new FloatRows(keys.from(row), count, width);
            FloatRows scores = new FloatRows(scratch.floats(scores(share)), count, classes);
            FloatRows.multiply(x, false, weightRows, true, 1, 0, scores);
            FloatBuffer block = floats(scratch, scores(share), count * classes);
            for (int i = 0; i < count; i++) {
                FloatBuffer score = block.slice(i * classes, classes);
                double[] p = Softmax.of(score);
                consumer.accept(row + i, p);
                int label = keys.label(row + i);
                loss -= Math.log(Math.max(Double.MIN_NORMAL, p[label]));
                p[label] -= 1;
                for (double residual : p) {
                    score.put((float) residual);
                }
            }
            if (withGradient) {
                FloatRows.multiply(scores, true, x, false, 1, 1, gradient);
            }
        }
        losses[share] = loss;
    }

    private int first(int share) {
        return (int) ((long) keys.size() * share / SHARES);
    }

    private long scores(int share) {
        return share * ((long) BLOCK * keys.classes() + parameters) * Float.BYTES;
    }

    private long gradient(int share) {
        return scores(share) + (long) BLOCK * keys.classes() * Float.BYTES;
    }

    private static FloatBuffer floats(NativeMemory memory, long offset, int count) {
        return memory.buffer(offset, Math.multiplyExact(count, Float.BYTES)).asFloatBuffer();
    }

    @Override
    public void close() {
        scratch.close();
        weights.close();
    }
}
