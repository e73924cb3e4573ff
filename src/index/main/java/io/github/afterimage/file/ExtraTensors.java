package io.github.afterimage.file;

import java.util.Arrays;

/**
 * The tensors of an index that belong to no key: the numbers of a learned map that reduced the keys, and the examples that the index was
 * tuned with. Each array is empty if there is none of its kind.
 *
 * @param projection {@code (dim, projectedDim)} float32 row-major
 * @param whitening {@code (dim, dim)} float32 row-major, a lower triangle
 * @param offset {@code (dim)} float32, subtracted before the product with the whitening; empty if that is
 * @param tuning the examples
 */
public record ExtraTensors(float[] projection, float[] whitening, float[] offset, TuningTensors tuning) {
    /** No tensors. */
    public static final ExtraTensors NONE = new ExtraTensors(new float[0], new float[0], new float[0]);

    /** The numbers of a map, without examples. */
    public ExtraTensors(float[] projection, float[] whitening, float[] offset) {
        this(projection, whitening, offset, TuningTensors.NONE);
    }

    /** Returns these tensors with other examples. */
    public ExtraTensors withTuning(TuningTensors other) {
        return new ExtraTensors(projection, whitening, offset, other);
    }

    /** Compares the maps: an interrupted build continues only with the map that its parts were reduced by. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ExtraTensors that
                && Arrays.equals(projection, that.projection)
                && Arrays.equals(whitening, that.whitening)
                && Arrays.equals(offset, that.offset);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(projection) + Arrays.hashCode(whitening)) + Arrays.hashCode(offset);
    }
}
