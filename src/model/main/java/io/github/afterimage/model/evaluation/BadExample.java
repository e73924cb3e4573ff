package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheReader;
import io.github.afterimage.failure.InvalidRowException;
import java.util.function.IntUnaryOperator;

/** Makes the exception for an example that an index refuses: the index knows its row in the batch only. */
public final class BadExample {
    private BadExample() {}

    /**
     * Names the first bad example of a batch and its problem.
     *
     * @param examples of the pass
     * @return the exception to throw
     */
    public static IllegalArgumentException in(
            Examples.Batch batch, Examples examples, CacheReader index, IllegalArgumentException cause) {
        return in(batch, examples, index.dim(), index.classes(), row -> row, cause);
    }

    /**
     * Names the first bad example of a batch and its problem.
     *
     * @param examples the whole data
     * @param number gives the number of an example in the whole data; its argument is the number in the pass
     * @return the exception to throw
     */
    public static IllegalArgumentException in(
            Examples.Batch batch,
            Examples examples,
            int dim,
            int classes,
            IntUnaryOperator number,
            IllegalArgumentException cause) {
        int[] labels = batch.labels();
        int columns = batch.features().remaining() / Math.max(1, labels.length);
        if (columns != dim) {
            return new IllegalArgumentException(
                    "the examples have " + columns + " features each: expected " + dim + ", as the index has", cause);
        }
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= classes) {
                String problem =
                        "has label " + labels[row] + ": expected 0.." + (classes - 1) + ", the classes of the index";
                return example(examples, number.applyAsInt(batch.first() + row), problem, cause);
            }
        }
        if (cause instanceof InvalidRowException bad) {
            return example(examples, number.applyAsInt(batch.first() + bad.row()), bad.finding(), cause);
        }
        return new IllegalArgumentException(
                "examples " + number.applyAsInt(batch.first()) + " and following: " + cause.getMessage(), cause);
    }

    private static IllegalArgumentException example(
            Examples examples, int number, String problem, IllegalArgumentException cause) {
        String name = examples.name(number);
        String place = name.isEmpty() ? "" : " (" + name + ")";
        return new IllegalArgumentException("example " + number + place + " " + problem, cause);
    }
}
