package io.github.afterimage.file;

import java.util.Arrays;

/**
 * The numbers of a learned map that reduced the keys. Each array is empty if the map has none of its kind.
 *
 * @param projection {@code (dim, projectedDim)} float32 row-major
 * @param whitening {@code (dim, dim)} float32 row-major, a lower triangle
 * @param offset {@code (dim)} float32, subtracted before the product with the whitening; empty if that is
 */
public record MapTensors(float[] projection, float[] whitening, float[] offset) {
    /** The tensors of keys that no learned map reduced. */
    public static final MapTensors NONE = new MapTensors(new float[0], new float[0], new float[0]);

    @Override
    public boolean equals(Object other) {
        return other instanceof MapTensors that
                && Arrays.equals(projection, that.projection)
                && Arrays.equals(whitening, that.whitening)
                && Arrays.equals(offset, that.offset);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(projection) + Arrays.hashCode(whitening)) + Arrays.hashCode(offset);
    }
}
