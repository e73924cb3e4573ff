package io.github.afterimage.experiment.paper;

import io.github.afterimage.experiment.Examples;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The examples that keys are taken from.
 *
 * @param all the originals, followed by the mirror images of all of them where there are such
 * @param originals how many there are
 */
public record TrainingSet(Examples all, int originals) {

    /** @throws IllegalArgumentException if {@code all} is neither the originals nor twice as many */
    public TrainingSet {
        if (all.size() != originals && all.size() != 2 * originals) {
            throw new IllegalArgumentException(
                    all.size() + " examples of " + originals + " originals: expected as many, or twice as many");
        }
    }

    /** True where mirror images follow. */
    public boolean mirrored() {
        return all.size() > originals;
    }

    /** These originals, then their mirror images where there are such. */
    public Examples chosen(int[] rows) {
        return all.chosen(
                mirrored()
                        ? IntStream.concat(
                                        Arrays.stream(rows), Arrays.stream(rows).map(row -> originals + row))
                                .toArray()
                        : rows);
    }

    /** The numbers of all originals. */
    public int[] rows() {
        return IntStream.range(0, originals).toArray();
    }

    /**
     * As many originals of each class, drawn at random, in ascending order.
     *
     * @throws IllegalArgumentException if a class that has any has fewer
     */
    public int[] rowsPerClass(int perClass, long seed) {
        int[] order = shuffled(rows(), seed);
        int[] taken = new int[all.classes()];
        int[] rows = Arrays.stream(order)
                .filter(row -> taken[all.label(row)]++ < perClass)
                .sorted()
                .toArray();
        for (int label = 0; label < taken.length; label++) {
            if (taken[label] > 0 && taken[label] < perClass) {
                throw new IllegalArgumentException("class " + label + " has " + taken[label]
                        + " training examples: expected at least the " + perClass + " that are asked for");
            }
        }
        return rows;
    }

    /** The numbers in random order: a copy. */
    static int[] shuffled(int[] rows, long seed) {
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
