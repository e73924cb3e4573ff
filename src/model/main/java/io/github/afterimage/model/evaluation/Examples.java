package io.github.afterimage.model.evaluation;

import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;

/** Labelled examples as a cache model takes them: features, the network's probabilities and the true classes. */
public interface Examples {

    /** How many there are. */
    int size();

    /** Values of an example's features. */
    int dim();

    /** How many classes there are; without probabilities, at least one more than the greatest label. */
    int classes();

    /** The names of the classes, or empty where they are not known. */
    List<String> classNames();

    /**
     * The true class of one example.
     *
     * @throws IndexOutOfBoundsException if there is no such example
     */
    int label(int example);

    /**
     * The name of one example, as its key is to have it; empty where it is not known.
     *
     * @throws IndexOutOfBoundsException if there is no such example
     */
    String name(int example);

    /** True where {@link Batch#probabilities} can be had. */
    boolean hasProbabilities();

    /** @throws IllegalArgumentException if there are none, for what compares with the network */
    default Examples requireProbabilities() {
        if (!hasProbabilities()) {
            throw new IllegalArgumentException(
                    "the data have no probabilities of the network, which this compares with:"
                            + " add \"probabilities\" or \"logits\", (n, classes)");
        }
        return this;
    }

    /**
     * Hands all examples over in order, in batches.
     *
     * @param largestBatch how many at the most in one batch
     */
    void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException;

    /**
     * Hands the examples of these numbers over in this order, as {@link #select} ones do.
     *
     * @param largestBatch how many at the most in one batch
     */
    default void forEachBatch(int[] rows, int largestBatch, Progress progress, Consumer consumer) throws IOException {
        select(rows).forEachBatch(largestBatch, progress, consumer);
    }

    /** The examples of these numbers, in this order. */
    Examples select(int[] rows);

    /**
     * Consecutive examples.
     *
     * @param features {@code (labels.length, dim)} float32 row-major, not normalised; valid during the call only
     * @param probabilities {@code (labels.length, classes)} row-major, or null where there are none
     * @param labels the true classes
     */
    record Batch(int first, FloatBuffer features, float[] probabilities, int[] labels) {}

    /** Takes batches. */
    interface Consumer {
        void accept(Batch batch) throws IOException;
    }

    /** The images of a set as a network sees them; {@code network} must have been opened with the layers of the keys. */
    static Examples of(Network network, ImageSet images) {
        return new ImageExamples(network, images, true);
    }

    /**
     * The same without the network's probabilities, where its classes are others than the images'.
     *
     * @param images whose classes are those of the examples
     */
    static Examples withoutProbabilities(Network network, ImageSet images) {
        return new ImageExamples(network, images, false);
    }

    /** The same with the images themselves as features, as the network gets them. */
    static Examples ofImages(Network network, ImageSet images) {
        return new PixelExamples(network, images);
    }

    /** Features from a file. */
    static Examples of(FeatureSet features) {
        return new FeatureExamples(features);
    }
}
