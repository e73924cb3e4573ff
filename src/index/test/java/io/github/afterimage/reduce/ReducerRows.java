package io.github.afterimage.reduce;

import io.github.afterimage.Numbers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Random;

/** Rows to reduce. */
abstract class ReducerRows {
    /** Normal numbers. */
    static float[] random(long seed, int length) {
        return Numbers.normals(new Random(seed), length);
    }

    /** Rows of unit norm, {@code (count, dim)}. */
    static float[] unitRows(long seed, int count, int dim) {
        float[] rows = random(seed, count * dim);
        for (int row = 0; row < count; row++) {
            double norm = Math.sqrt(dot(rows, row, rows, row, dim));
            for (int i = 0; i < dim; i++) {
                rows[row * dim + i] /= (float) norm;
            }
        }
        return rows;
    }

    /** The inner product of row {@code i} of {@code x} and row {@code j} of {@code y}, both of {@code dim} columns. */
    static double dot(float[] x, int i, float[] y, int j, int dim) {
        double sum = 0;
        for (int k = 0; k < dim; k++) {
            sum += (double) x[i * dim + k] * y[j * dim + k];
        }
        return sum;
    }

    static float[] reduce(Reducer reducer, float[] rows) {
        float[] reduced = new float[rows.length / reducer.inputDim() * reducer.outputDim()];
        reducer.reduce(FloatBuffer.wrap(rows), FloatBuffer.wrap(reduced));
        return reduced;
    }

    /** The matrix of a reducer, transposed: {@code (inputDim, outputDim)}, row j being what unit vector j becomes. */
    static float[] matrix(Reducer reducer) {
        int dim = reducer.inputDim();
        float[] identity = new float[dim * dim];
        for (int i = 0; i < dim; i++) {
            identity[i * dim + i] = 1;
        }
        return reduce(reducer, identity);
    }

    static FloatBuffer direct(float[] values, ByteOrder order) {
        FloatBuffer buffer = ByteBuffer.allocateDirect(values.length * Float.BYTES)
                .order(order)
                .asFloatBuffer();
        buffer.put(values).flip();
        return buffer;
    }
}
