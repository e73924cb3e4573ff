package io.github.afterimage.reduce;

import io.github.afterimage.platform.Resources;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Multiplies a row with random signs, pads it with zeros, applies the Walsh-Hadamard transform, and keeps values of the result
 * at random places.
 */
final class HadamardReducer extends Reducer {
    private static final int LARGEST_ROW = 1 << 30;

    /** Values of a padded row, a power of two. */
    private final int padded;

    private @Nullable SubsampledHadamard forward; // guarded by this

    HadamardReducer(Reduction reduction, int inputDim) {
        super(reduction, inputDim);
        if (inputDim > LARGEST_ROW) {
            throw new IllegalArgumentException("reduction \"" + reduction + "\" of rows of " + inputDim
                    + " values: at most " + LARGEST_ROW + " are possible");
        }
        padded = inputDim == 1 ? 1 : Integer.highestOneBit(inputDim - 1) << 1;
    }

    @Override
    void project(FloatBuffer source, FloatBuffer target, int count) {
        forward().apply(source, target, count, scale());
    }

    private float scale() {
        return (float) (1 / Math.sqrt(outputDim()));
    }

    @Override
    void pullBack(FloatBuffer rows, FloatBuffer gradients, FloatBuffer target, int count) {
        SubsampledHadamard forward = forward();
        float scale = scale();
        FloatBuffer signs = forward.signs();
        IntBuffer places = forward.places();
        FloatBuffer spread = FloatBuffer.allocate(padded);
        float[] ones = new float[padded];
        Arrays.fill(ones, 1);
        // The transform is its own transpose.
        try (SubsampledHadamard backward = new SubsampledHadamard(
                padded, ones, IntStream.range(0, inputDim()).toArray())) {
            for (int row = 0; row < count; row++) {
                for (int i = 0; i < outputDim(); i++) {
                    spread.put(places.get(i), gradients.get(row * outputDim() + i) * scale);
                }
                FloatBuffer result = target.slice(row * inputDim(), inputDim());
                backward.apply(spread, result, 1, 1);
                for (int i = 0; i < inputDim(); i++) {
                    result.put(i, result.get(i) * signs.get(i));
                }
            }
        }
    }

    private synchronized SubsampledHadamard forward() {
        if (forward == null) {
            forward = new SubsampledHadamard(padded, signs(), places());
        }
        return forward;
    }

    private float[] signs() {
        float[] signs = new float[inputDim()];
        int[] words = new int[4];
        for (int i = 0; i < signs.length; i++) {
            if (i % 128 == 0) {
                Philox.block(reduction().seed(), Philox.SIGNS, 0, i / 128, words);
            }
            signs[i] = (words[i % 128 / 32] >>> i % 32 & 1) == 0 ? 1 : -1;
        }
        return signs;
    }

    /** Draws places with the first steps of a Fisher-Yates shuffle. */
    private int[] places() {
        int[] all = new int[padded];
        Arrays.setAll(all, i -> i);
        for (int i = 0; i < outputDim(); i++) {
            int other = i + (int) Philox.below(padded - i, reduction().seed(), Philox.CHOICE, i);
            int drawn = all[other];
            all[other] = all[i];
            all[i] = drawn;
        }
        int[] places = Arrays.copyOf(all, outputDim());
        Arrays.sort(places);
        return places;
    }

    @Override
    public synchronized long bytes() {
        return forward == null ? 0 : forward.bytes();
    }

    @Override
    synchronized void release() {
        Resources.closeAll(forward);
        forward = null;
    }
}
