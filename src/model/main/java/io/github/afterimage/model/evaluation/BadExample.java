package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheIndex;
import java.nio.FloatBuffer;
import java.util.function.IntUnaryOperator;

/** Says which example of the whole data a batch was refused for, where the index knows only the row of the batch. */
public final class BadExample {
    private BadExample() {}

    public static IllegalArgumentException of(
            Examples.Batch batch, CacheIndex index, IllegalArgumentException refusal) {
        return of(batch, index.dim(), index.classes(), row -> row, refusal);
    }

    /** @param number the number of an example in the whole data, from its number among those that are gone through */
    public static IllegalArgumentException of(
            Examples.Batch batch, int dim, int classes, IntUnaryOperator number, IllegalArgumentException refusal) {
        int[] labels = batch.labels();
        for (int row = 0; row < labels.length; row++) {
            String problem = labels[row] < 0 || labels[row] >= classes
                    ? "has label " + labels[row] + ": expected 0.." + (classes - 1)
                    : problem(batch.features(), row, dim);
            if (problem != null) {
                return new IllegalArgumentException(
                        "example " + number.applyAsInt(batch.first() + row) + " " + problem, refusal);
            }
        }
        return new IllegalArgumentException(
                "examples " + number.applyAsInt(batch.first()) + " and following: " + refusal.getMessage(), refusal);
    }

    private static String problem(FloatBuffer features, int row, int dim) {
        boolean zeros = true;
        for (int column = 0; column < dim; column++) {
            float value = features.get(features.position() + row * dim + column);
            if (!Float.isFinite(value)) {
                return "has " + value + " at column " + column + ": every value must be finite";
            }
            zeros &= value == 0;
        }
        return zeros ? "is all zeros and has no direction: remove it" : null;
    }
}
