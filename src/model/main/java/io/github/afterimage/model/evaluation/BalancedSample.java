package io.github.afterimage.model.evaluation;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** As many examples of each class, drawn at random: {@code --per-class} of every command. */
public final class BalancedSample {
    private BalancedSample() {}

    /**
     * The numbers of the examples, in ascending order.
     *
     * @param examples how many there are to draw from
     * @param label the class of an example, from 0 on
     * @param perClass how many of each, at least 1
     * @throws IllegalArgumentException if {@code perClass} is not positive, or a class that has any has fewer
     */
    public static int[] rows(int examples, IntUnaryOperator label, int perClass, long seed) {
        if (perClass < 1) {
            throw new IllegalArgumentException("--per-class " + perClass + ": expected a positive number");
        }
        int classes = IntStream.range(0, examples).map(label).max().orElse(-1) + 1;
        int[] taken = new int[classes];
        int[] rows = Arrays.stream(shuffled(IntStream.range(0, examples).toArray(), seed))
                .filter(row -> taken[label.applyAsInt(row)]++ < perClass)
                .sorted()
                .toArray();
        for (int of = 0; of < classes; of++) {
            if (taken[of] > 0 && taken[of] < perClass) {
                throw new IllegalArgumentException("--per-class " + perClass + ": class " + of + " has " + taken[of]
                        + " examples, and no class may have fewer");
            }
        }
        return rows;
    }

    /** The same followed by their mirror images, which lie behind all the {@code originals}. */
    public static int[] withMirrors(int[] rows, int originals) {
        return IntStream.concat(Arrays.stream(rows), Arrays.stream(rows).map(row -> originals + row))
                .toArray();
    }

    /** The numbers in random order: a copy. */
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
