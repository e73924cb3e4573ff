package io.github.afterimage.reduce;

import io.github.afterimage.platform.NativeLibrary;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Multiplies a row with random signs, pads it with zeros, applies the Walsh-Hadamard transform, and keeps values of the result
 * at random places.
 */
final class HadamardReducer extends Reducer {
    private static final int LARGEST_ROW = 1 << 30;

    /** Values of a padded row, a power of two. */
    private final int padded;

    private @Nullable Choice choice;
    private @Nullable NativeHadamard kernel;

    HadamardReducer(Reduction reduction, int inputDim) {
        super(reduction, inputDim);
        if (inputDim > LARGEST_ROW) {
            throw new IllegalArgumentException("reduction \"" + reduction + "\" of rows of " + inputDim
                    + " values: at most " + LARGEST_ROW + " are possible");
        }
        padded = inputDim == 1 ? 1 : Integer.highestOneBit(inputDim - 1) << 1;
    }

    /**
     * @param signs {@code (inputDim)}, 1 or -1 for each value of a row
     * @param places {@code (outputDim)}, the places of the kept values in the transform, ascending
     */
    private record Choice(float[] signs, int[] places) {}

    @Override
    void project(FloatBuffer source, FloatBuffer target, int count) {
        float scale = (float) (1 / Math.sqrt(outputDim()));
        if (NativeLibrary.available()) {
            kernel().project(source, target, count, scale);
        } else {
            projectPortably(choice(), source, target, count, scale);
        }
    }

    /** Computes the same bits as the kernels, for systems without them. */
    private void projectPortably(Choice made, FloatBuffer source, FloatBuffer target, int count, float scale) {
        float[][] row = WalshHadamard.blocks(padded);
        float[] reduced = new float[outputDim()];
        for (int i = 0; i < count; i++) {
            load(source, i * inputDim(), made.signs, row);
            WalshHadamard.transform(row, inputDim());
            for (int j = 0; j < reduced.length; j++) {
                reduced[j] = WalshHadamard.value(row, made.places[j]) * scale;
            }
            target.put(i * outputDim(), reduced);
        }
    }

    /** Uses that the transform is its own transpose. */
    @Override
    void pullBack(FloatBuffer rows, FloatBuffer gradients, FloatBuffer target, int count) {
        Choice made = choice();
        float scale = (float) (1 / Math.sqrt(outputDim()));
        float[][] row = WalshHadamard.blocks(padded);
        for (int i = 0; i < count; i++) {
            for (float[] block : row) {
                Arrays.fill(block, 0f);
            }
            for (int j = 0; j < outputDim(); j++) {
                WalshHadamard.set(row, made.places[j], gradients.get(i * outputDim() + j) * scale);
            }
            WalshHadamard.transform(row, padded);
            int column = 0;
            for (int block = 0; column < inputDim(); block++) {
                int used = Math.min(inputDim() - column, row[block].length);
                for (int j = 0; j < used; j++) {
                    row[block][j] *= made.signs[column + j];
                }
                target.put(i * inputDim() + column, row[block], 0, used);
                column += used;
            }
        }
    }

    private void load(FloatBuffer source, int from, float[] signs, float[][] row) {
        int column = 0;
        for (float[] block : row) {
            int count = Math.min(inputDim() - column, block.length);
            source.get(from + column, block, 0, count);
            Arrays.fill(block, count, block.length, 0f);
            for (int i = 0; i < count; i++) {
                block[i] *= signs[column + i];
            }
            column += count;
        }
    }

    private synchronized NativeHadamard kernel() {
        if (kernel == null) {
            kernel = new NativeHadamard(padded, choice().signs, choice().places);
        }
        return kernel;
    }

    private synchronized Choice choice() {
        if (choice == null) {
            choice = new Choice(signs(), places());
        }
        return choice;
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
        return (choice == null ? 0 : (long) Float.BYTES * (inputDim() + outputDim()))
                + (kernel == null ? 0 : kernel.bytes());
    }

    @Override
    synchronized void release() {
        choice = null;
        if (kernel != null) {
            kernel.close();
            kernel = null;
        }
    }
}
