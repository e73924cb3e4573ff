package io.github.afterimage.experiments.attacks;

import io.github.afterimage.Progress;
import io.github.afterimage.reduce.Lapack;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The Jacobians ∂p/∂x of a model's probabilities at several images.
 *
 * @param singularValues {@code (images, classes)}, each row in descending order
 */
record Jacobians(double[][] singularValues) {
    private static final int BATCH = 64;

    /**
     * Computes the singular values of the Jacobian at each image.
     *
     * @param images {@code (n, values)}
     * @param progress receives the number of gradients so far, of {@code n * classes}
     */
    static Jacobians of(Target target, float[] images, int values, Progress progress) {
        double[][] all = new double[images.length / values][];
        int classes = target.classes();
        for (int first = 0; first < all.length; first += BATCH) {
            int count = Math.min(BATCH, all.length - first);
            Target.Answer answer = target.answer(Arrays.copyOfRange(images, first * values, (first + count) * values));
            float[][] rows = new float[classes][]; // per class, (count, values)
            for (int c = 0; c < classes; c++) {
                double[] cotangents = new double[count * classes];
                for (int i = 0; i < count; i++) {
                    cotangents[i * classes + c] = 1;
                }
                rows[c] = answer.gradient(cotangents);
                progress.report((long) first * classes + (long) count * (c + 1), (long) all.length * classes);
            }
            for (int i = 0; i < count; i++) {
                all[first + i] = singularValues(rows, i * values, values);
            }
        }
        return new Jacobians(all);
    }

    /** Returns the square roots of the eigenvalues of J Jᵀ. */
    private static double[] singularValues(float[][] rows, int start, int values) {
        int classes = rows.length;
        double[] gram = new double[classes * classes];
        for (int a = 0; a < classes; a++) {
            for (int b = 0; b <= a; b++) {
                double product = 0;
                for (int i = start; i < start + values; i++) {
                    product += (double) rows[a][i] * rows[b][i];
                }
                gram[a * classes + b] = product;
            }
        }
        double[] ascending = Lapack.eigenvectors(gram, classes);
        return IntStream.rangeClosed(1, classes)
                .mapToDouble(i -> Math.sqrt(Math.max(0, ascending[classes - i])))
                .toArray();
    }

    /** Returns the number of images. */
    int count() {
        return singularValues.length;
    }

    /** Returns the Frobenius norm of each Jacobian. */
    double[] norms() {
        return Arrays.stream(singularValues)
                .mapToDouble(row ->
                        Math.sqrt(Arrays.stream(row).map(value -> value * value).sum()))
                .toArray();
    }

    /** Returns the mean over the images of each singular value. */
    double[] meanSingularValues() {
        return IntStream.range(0, singularValues[0].length)
                .mapToDouble(i -> Arrays.stream(singularValues)
                        .mapToDouble(row -> row[i])
                        .average()
                        .orElseThrow())
                .toArray();
    }

    /** Returns the mean norm. */
    double meanNorm() {
        return Arrays.stream(norms()).average().orElseThrow();
    }

    /** Returns the median norm. */
    double medianNorm() {
        double[] sorted = Arrays.stream(norms()).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /** Returns the number of images at which the norm is less than that of another model. */
    long countBelow(Jacobians other) {
        double[] norms = norms();
        double[] others = other.norms();
        return IntStream.range(0, norms.length)
                .filter(i -> norms[i] < others[i])
                .count();
    }
}
