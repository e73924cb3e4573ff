package io.github.afterimage.model.evaluation;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Draws the same number of examples from each class: {@code --per-class} of every command. */
public final class BalancedSample {
    private BalancedSample() {}

    /**
     * Draws examples.
     *
     * @param examples the number of examples to draw from
     * @param label gives the class of an example, from 0 on
     * @param perClass examples of each class, at least 1
     * @return the numbers of the drawn examples, ascending
     * @throws IllegalArgumentException if {@code perClass} is not positive, or a class has examples but fewer than that
     */
    public static int[] rows(int examples, IntUnaryOperator label, int perClass, long seed) {
        if (perClass < 1) {
            throw new IllegalArgumentException(perClass + " examples per class: expected a positive number");
        }
        int[] taken = new int[classes(examples, label)];
        int[] rows = atMost(examples, label, perClass, seed);
        Arrays.stream(rows).forEach(row -> taken[label.applyAsInt(row)]++);
        for (int c = 0; c < taken.length; c++) {
            if (taken[c] > 0 && taken[c] < perClass) {
                throw new IllegalArgumentException(perClass + " examples per class: class " + c + " has " + taken[c]
                        + " examples, and no class may have fewer");
            }
        }
        return rows;
    }

    /** Draws as {@link #rows}; a class that has fewer examples than {@code perClass} gives all. */
    public static int[] atMost(int examples, IntUnaryOperator label, int perClass, long seed) {
        int[] taken = new int[classes(examples, label)];
        return Arrays.stream(shuffled(IntStream.range(0, examples).toArray(), seed))
                .filter(row -> taken[label.applyAsInt(row)]++ < perClass)
                .sorted()
                .toArray();
    }

    private static int classes(int examples, IntUnaryOperator label) {
        return IntStream.range(0, examples).map(label).max().orElse(-1) + 1;
    }

    /** {@return the rows followed by their mirror images; the mirror of row i has the number {@code originals + i}} */
    public static int[] withMirrors(int[] rows, int originals) {
        return IntStream.concat(Arrays.stream(rows), Arrays.stream(rows).map(row -> originals + row))
                .toArray();
    }

    /** {@return a copy in random order} */
    public static int[] shuffled(int[] rows, long seed) {
        int[] order = rows.clone();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }
}
