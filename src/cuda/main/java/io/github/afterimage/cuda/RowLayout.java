package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;

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

    static RowLayout of(ElementType type, int dim) {
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
