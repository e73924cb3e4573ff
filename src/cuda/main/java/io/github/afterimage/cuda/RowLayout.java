package io.github.afterimage.cuda;

import io.github.afterimage.settings.ElementType;

/**
 * The layout of rows on the device: zeros pad each row to whole 64 bytes, the alignment for copies, tensor cores and the kernels
 * of {@code native/cuda}.
 *
 * @param pitch elements from one row to the next
 * @param columns elements of a row in a product: {@code dim} in whole 16 bytes
 */
record RowLayout(ElementType type, int dim, int pitch, int columns) {
    private static final int LINE_BYTES = 64;
    private static final int VECTOR_BYTES = 16;
    /** Maximum dim of int8 rows, whose products are at most 127 · 127. */
    private static final int MAX_INT8_DIM = Integer.MAX_VALUE / (127 * 127);

    /** @throws IllegalArgumentException if products of such rows may exceed the 32 bits that the device sums them in */
    static RowLayout of(ElementType type, int dim) {
        if (type == ElementType.INT8 && dim > MAX_INT8_DIM) {
            throw new IllegalArgumentException(
                    "i8 keys of dim " + dim + " on the GPU: expected at most " + MAX_INT8_DIM
                            + ", because products are summed in 32 bits; store them as f16 or bf16, or choose the engine fused");
        }
        return new RowLayout(
                type, dim, rounded(dim, LINE_BYTES / type.bytes()), rounded(dim, VECTOR_BYTES / type.bytes()));
    }

    private static int rounded(int value, int unit) {
        return Math.multiplyExact((value - 1) / unit + 1, unit);
    }

    /** Bytes from one row to the next. */
    long pitchBytes() {
        return (long) pitch * type.bytes();
    }

    /** Bytes of a row in host memory. */
    long rowBytes() {
        return (long) dim * type.bytes();
    }

    long bytes(long rows) {
        return Math.multiplyExact(rows, pitchBytes());
    }
}
