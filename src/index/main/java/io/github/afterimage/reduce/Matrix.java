package io.github.afterimage.reduce;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import io.github.afterimage.platform.FloatRows;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.OpenBlas;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * A matrix {@code (rows, dim)} of floats in native memory, row-major, and a factor of all products with it. A gap between rows
 * can avoid cache conflicts.
 *
 * @param stride number of floats from the start of a row to the start of the next
 * @param scale factor of products
 */
record Matrix(NativeMemory memory, int rows, int dim, int stride, float scale) implements AutoCloseable {
    /** Fewer rows are multiplied one by one, because sgemm packs the matrix, which costs as much as 3 products of one row. */
    private static final int FEW_ROWS = 4;

    private static final int LINE_FLOATS = 16;
    /** Rows whose distance is a multiple of this share the same cache sets. */
    private static final int ALIASED_FLOATS = 1024;

    /** Creates a matrix of zeros, as {@link #of(int, int, float)}. */
    static Matrix of(int rows, int dim) {
        return of(rows, dim, 1);
    }

    /**
     * Creates a matrix of zeros.
     *
     * @throws IllegalArgumentException if OpenBLAS is missing
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    static Matrix of(int rows, int dim, float scale) {
        OpenBlas.require("a matrix of a reduction");
        return new Matrix(NativeMemory.allocate(bytes(rows, dim)), rows, dim, stride(dim), scale);
    }

    private static int stride(int dim) {
        int whole = Math.addExact(dim, LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
        return whole % ALIASED_FLOATS == 0 ? whole + LINE_FLOATS : whole;
    }

    /** Returns the bytes of a matrix. */
    static long bytes(int rows, int dim) {
        return (long) rows * stride(dim) * Float.BYTES;
    }

    long bytes() {
        return memory.bytes();
    }

    /** Returns a view of one row, for reading and writing. */
    FloatBuffer row(int row) {
        return memory.buffer((long) row * stride * Float.BYTES, dim * Float.BYTES)
                .asFloatBuffer();
    }

    /** Returns the first rows. */
    FloatRows rows(int used) {
        return new FloatRows(from(0), used, dim, stride);
    }

    /** Returns a pointer to column {@code column} of the first row. */
    FloatPointer from(int column) {
        return memory.floats((long) column * Float.BYTES);
    }

    /**
     * Computes {@code y = scale x mᵀ}; m is the first {@code used} rows of this.
     *
     * @param x {@code (count, dim)}
     * @param used number of rows of this to use
     * @param y {@code (count, used)}
     * @param yStride floats from the start of a row of y to the start of the next
     */
    void multiply(FloatPointer x, int count, int used, FloatPointer y, int yStride) {
        if (count >= FEW_ROWS) {
            FloatRows target = new FloatRows(y, count, used, yStride);
            FloatRows.multiply(new FloatRows(x, count, dim), false, rows(used), true, scale, 0, target);
            return;
        }
        for (int i = 0; i < count; i++) {
            FloatPointer row = x.getPointer((long) i * dim);
            FloatPointer out = y.getPointer((long) i * yStride);
            cblas_sgemv(CblasRowMajor, CblasNoTrans, used, dim, scale, from(0), stride, row, 1, 0f, out, 1);
        }
    }

    /**
     * Computes {@code y = scale x m}, or adds it to y if {@code add} is true; m is the first {@code used} rows of this.
     *
     * @param x {@code (count, used)}
     * @param xStride floats from the start of a row of x to the start of the next
     * @param used number of rows of this to use
     * @param y {@code (count, dim)}
     */
    void multiplyTransposed(FloatPointer x, int xStride, int count, int used, boolean add, FloatPointer y) {
        FloatRows target = new FloatRows(y, count, dim);
        FloatRows.multiply(
                new FloatRows(x, count, used, xStride), false, rows(used), false, scale, add ? 1 : 0, target);
    }

    /** Multiplies {@code count} rows: target {@code (count, rows)} = source {@code (count, dim)} times the transposed matrix. */
    void reduce(FloatBuffer source, FloatBuffer target, int count) {
        Products.run(source, dim, target, rows, count, (x, n, y) -> multiply(x, n, rows, y, rows));
    }

    /** Multiplies {@code count} rows: target {@code (count, dim)} = source {@code (count, rows)} times the matrix. */
    void expand(FloatBuffer source, FloatBuffer target, int count) {
        Products.run(source, rows, target, dim, count, (x, n, y) -> multiplyTransposed(x, rows, n, rows, false, y));
    }

    @Override
    public void close() {
        memory.close();
    }
}
