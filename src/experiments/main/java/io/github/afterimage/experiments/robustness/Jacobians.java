package io.github.afterimage.experiments.robustness;

import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.reduce.SymmetricEigen;
import java.util.Arrays;

/** The Jacobian ∂p/∂x of a model's probabilities at images. */
final class Jacobians {
    private static final int BATCH = 64;

    private Jacobians() {}

    /**
     * The singular values of the Jacobian at each image, in descending order.
     *
     * @param images {@code (n, values)}
     * @param progress is told of each gradient: {@code n * classes} in all
     * @return {@code (n, classes)}
     */
    static double[][] singularValues(Target target, float[] images, int values, Progress progress) {
        double[][] all = new double[images.length / values][];
        int classes = target.classes();
        for (int first = 0; first < all.length; first += BATCH) {
            int count = Math.min(BATCH, all.length - first);
            Target.Answer answer = target.answer(Arrays.copyOfRange(images, first * values, (first + count) * values));
            float[][] rows = new float[classes][]; // of each class, (count, values)
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
        return all;
    }

    /** The roots of the eigenvalues of J Jᵀ. */
    private static double[] singularValues(float[][] rows, int start, int values) {
        double[][] gram = new double[rows.length][rows.length];
        for (int a = 0; a < rows.length; a++) {
            for (int b = 0; b <= a; b++) {
                double product = 0;
                for (int i = start; i < start + values; i++) {
                    product += (double) rows[a][i] * rows[b][i];
                }
                gram[a][b] = product;
                gram[b][a] = product;
            }
        }
        return Arrays.stream(new SymmetricEigen(gram).values())
                .map(value -> Math.sqrt(Math.max(0, value)))
                .toArray();
    }
}
