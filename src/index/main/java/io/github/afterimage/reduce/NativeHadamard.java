package io.github.afterimage.reduce;

import io.github.afterimage.binding.Native;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;

/** Computes the subsampled transform with the native kernels: the same bits as {@link WalshHadamard}, several times faster. */
final class NativeHadamard implements AutoCloseable {
    private final int padded;
    private final int inputDim;
    private final int outputDim;
    private final NativeMemory signs;
    private final NativeMemory places;

    /**
     * @param padded values of a padded row, a power of two, not less than the number of signs
     * @param signs 1 or -1 for each value of a row
     * @param places places of the kept values in the transform
     */
    NativeHadamard(int padded, float[] signs, int[] places) {
        this.padded = padded;
        inputDim = signs.length;
        outputDim = places.length;
        this.signs = NativeMemory.allocate((long) Float.BYTES * inputDim);
        try {
            this.places = NativeMemory.allocate((long) Integer.BYTES * outputDim);
        } catch (RuntimeException | Error e) {
            this.signs.close();
            throw e;
        }
        this.signs.floats(0).put(signs);
        this.places.ints(0).put(places);
    }

    void project(FloatBuffer source, FloatBuffer target, int count, float scale) {
        try (NativeMemory transformed = NativeMemory.allocateScratch((long) Float.BYTES * padded)) {
            Products.run(
                    source,
                    inputDim,
                    target,
                    outputDim,
                    count,
                    (x, rows, y) -> Native.afterimage_hadamard(
                            x,
                            rows,
                            inputDim,
                            signs.floats(0),
                            padded,
                            places.ints(0),
                            outputDim,
                            scale,
                            transformed.floats(0),
                            y));
        }
    }

    long bytes() {
        return signs.bytes() + places.bytes();
    }

    @Override
    public void close() {
        signs.close();
        places.close();
    }
}
