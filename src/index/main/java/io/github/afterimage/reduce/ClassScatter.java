package io.github.afterimage.reduce;

import io.github.afterimage.platform.NativeMemory;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The scatter of unit rows within their classes: the sum of the products of their deviations from the mean of their class, all in
 * double. A class of one row adds nothing. If no class has two different rows, all rows count as one class.
 */
final class ClassScatter {
    /** Rows whose mean squared deviation is less are equal: float32 rounds a unit row by about 1e-8. */
    private static final double EQUAL = 1e-12;

    private final NativeMemory rows;
    private final int dim;
    private final int count;
    private final double[] mean;
    /** A lower triangle {@code (dim, dim)} row-major. */
    private final double[] scatter;

    /**
     * @param rows {@code (labels.length, dim)} float32 row-major
     * @param labels the class of each row
     * @throws IllegalArgumentException if all rows are equal
     */
    ClassScatter(NativeMemory rows, int dim, int[] labels) {
        this.rows = rows;
        this.dim = dim;
        count = labels.length;
        int[] all = IntStream.range(0, count).toArray();
        mean = mean(all, 0, count);
        int[] byClass = IntStream.of(all)
                .boxed()
                .sorted(Comparator.comparingInt(row -> labels[row])) // stable
                .mapToInt(row -> row)
                .toArray();
        double[] within = scatter(byClass, labels);
        if (trace(within) < EQUAL * count) {
            within = scatter(all, new int[count]);
        }
        if (trace(within) < EQUAL * count) {
            throw new IllegalArgumentException("the " + count + " keys to learn from are equal in all " + dim
                    + " values that would be whitened: learn from keys that differ");
        }
        scatter = within;
    }

    /** Returns the mean of all rows. */
    float[] mean() {
        float[] rounded = new float[dim];
        for (int i = 0; i < dim; i++) {
            rounded[i] = (float) mean[i];
        }
        return rounded;
    }

    /**
     * Returns W, {@code (dim, dim)} row-major, a lower triangle with WᵀW = (S / λ̄ + ε I)⁻¹. The scale of W does not matter, because
     * the rows that it gives are scaled to unit norm.
     */
    float[] whitening(Reduction reduction) {
        double meanEigenvalue = trace(scatter) / dim;
        double[] inverse =
                Arrays.stream(scatter).map(element -> element / meanEigenvalue).toArray();
        for (int i = 0; i < dim; i++) {
            inverse[i * dim + i] += reduction.epsilon();
        }
        Lapack.invertFactor(inverse, dim);
        float[] whitening = new float[inverse.length];
        for (int i = 0; i < inverse.length; i++) {
            whitening[i] = (float) inverse[i];
        }
        return whitening;
    }

    private double trace(double[] matrix) {
        double trace = 0;
        for (int i = 0; i < dim; i++) {
            trace += matrix[i * dim + i];
        }
        return trace;
    }

    private double[] mean(int[] order, int from, int to) {
        double[] sums = new double[dim];
        for (int i = from; i < to; i++) {
            FloatBuffer row = row(order[i]);
            for (int j = 0; j < dim; j++) {
                sums[j] += row.get(j);
            }
        }
        for (int j = 0; j < dim; j++) {
            sums[j] /= to - from;
        }
        return sums;
    }

    /** @param order the rows, those of a class together */
    private double[] scatter(int[] order, int[] labels) {
        try (Gram gram = new Gram(dim)) {
            for (int first = 0, end; first < count; first = end) {
                end = first + 1;
                while (end < count && labels[order[end]] == labels[order[first]]) {
                    end++;
                }
                double[] center = mean(order, first, end);
                for (int i = first; i < end && end - first > 1; i++) {
                    FloatBuffer row = row(order[i]);
                    DoubleBuffer deviation = gram.next();
                    for (int j = 0; j < dim; j++) {
                        deviation.put(j, row.get(j) - center[j]);
                    }
                }
            }
            return gram.matrix();
        }
    }

    private FloatBuffer row(int row) {
        return rows.buffer((long) row * dim * Float.BYTES, dim * Float.BYTES).asFloatBuffer();
    }
}
