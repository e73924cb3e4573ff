package io.github.afterimage.reduce;

import io.github.afterimage.binding.Native;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Multiplies rows with signs, pads them with zeros, applies the Walsh-Hadamard transform in natural order without a scale factor, and
 * keeps some of its values: value i of the transform is the sum over j of (-1)^popcount(i &amp; j) times value j.
 */
final class SubsampledHadamard implements AutoCloseable {
    private final int padded;
    private final int inputDim;
    private final int outputDim;
    /** The signs, then the places. */
    private final NativeMemory memory;

    /**
     * @param padded values of a padded row, a power of two, not less than the number of signs
     * @param signs 1 or -1 for each value of a row
     * @param places places of the kept values in the transform
     */
    SubsampledHadamard(int padded, float[] signs, int[] places) {
        this.padded = padded;
        inputDim = signs.length;
        outputDim = places.length;
        memory = NativeMemory.allocate(placesOffset() + (long) Integer.BYTES * outputDim);
        signs().put(signs);
        places().put(places);
    }

    FloatBuffer signs() {
        return memory.buffer(0, Float.BYTES * inputDim).asFloatBuffer();
    }

    IntBuffer places() {
        return memory.buffer(placesOffset(), Integer.BYTES * outputDim).asIntBuffer();
    }

    private long placesOffset() {
        return (long) Float.BYTES * inputDim;
    }

    void apply(FloatBuffer source, FloatBuffer target, int count, float scale) {
        if (!NativeLibrary.available()) {
            applyPortably(source, target, count, scale);
            return;
        }
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
                            memory.floats(0),
                            padded,
                            memory.ints(placesOffset()),
                            outputDim,
                            scale,
                            transformed.floats(0),
                            y));
        }
    }

    /** Computes the same bits as the kernels, for systems without them. */
    void applyPortably(FloatBuffer source, FloatBuffer target, int count, float scale) {
        FloatBuffer signs = signs();
        IntBuffer places = places();
        for (int row = 0; row < count; row++) {
            float[] values = new float[padded];
            for (int i = 0; i < inputDim; i++) {
                values[i] = signs.get(i) * source.get(row * inputDim + i);
            }
            for (int stride = 1; stride < padded; stride *= 2) {
                for (int i = 0; i < padded; i++) {
                    if ((i & stride) == 0) {
                        float sum = values[i] + values[i + stride];
                        values[i + stride] = values[i] - values[i + stride];
                        values[i] = sum;
                    }
                }
            }
            for (int i = 0; i < outputDim; i++) {
                target.put(row * outputDim + i, values[places.get(i)] * scale);
            }
        }
    }

    long bytes() {
        return memory.bytes();
    }

    @Override
    public void close() {
        memory.close();
    }
}
