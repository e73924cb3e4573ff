package io.github.afterimage;

import java.nio.FloatBuffer;

/** Turns an array for each row into one row-major buffer. */
final class RowArrays {
    private RowArrays() {}

    /** @throws IllegalArgumentException if there are rows of different lengths */
    static FloatBuffer concatenated(float[][] rows) {
        int dim = rows.length == 0 ? 0 : rows[0].length;
        FloatBuffer all = FloatBuffer.allocate(Math.multiplyExact(rows.length, dim));
        for (int row = 0; row < rows.length; row++) {
            if (rows[row].length != dim) {
                throw new IllegalArgumentException(
                        "row " + row + " holds " + rows[row].length + " values: expected " + dim + ", as in row 0");
            }
            all.put(rows[row]);
        }
        return all.flip();
    }
}
