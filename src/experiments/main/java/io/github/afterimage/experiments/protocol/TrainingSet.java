package io.github.afterimage.experiments.protocol;

import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import java.util.stream.IntStream;

/**
 * The training examples.
 *
 * @param all the originals, and after them the mirror images of all originals or none
 * @param originals the number of originals
 */
public record TrainingSet(Examples all, int originals) {

    /** @throws IllegalArgumentException if {@code all} is neither the originals nor twice as many */
    public TrainingSet {
        if (all.size() != originals && all.size() != 2 * originals) {
            throw new IllegalArgumentException(
                    all.size() + " examples of " + originals + " originals: expected as many, or twice as many");
        }
    }

    /** Returns whether there are mirror images. */
    public boolean mirrored() {
        return all.size() > originals;
    }

    /** Returns some originals, and after them their mirror images if there are any. */
    public Examples select(int[] rows) {
        return all.select(mirrored() ? BalancedSample.withMirrors(rows, originals) : rows);
    }

    /** Returns the numbers of all originals. */
    public int[] rows() {
        return IntStream.range(0, originals).toArray();
    }

    /**
     * Draws the same number of originals of each class at random, and returns their numbers in ascending order.
     *
     * @throws IllegalArgumentException if a class has fewer, but not none
     */
    public int[] rowsPerClass(int perClass, long seed) {
        return BalancedSample.rows(originals, all::label, perClass, seed);
    }
}
