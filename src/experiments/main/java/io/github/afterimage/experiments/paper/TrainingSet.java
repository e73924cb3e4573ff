package io.github.afterimage.experiments.paper;

import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
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
    public Examples select(int[] rows) {
        return all.select(mirrored() ? BalancedSample.withMirrors(rows, originals) : rows);
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
        return BalancedSample.rows(originals, all::label, perClass, seed);
    }
}
