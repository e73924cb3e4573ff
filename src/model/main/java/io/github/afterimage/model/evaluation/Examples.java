package io.github.afterimage.model.evaluation;

import io.github.afterimage.Progress;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.Views;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Labelled examples for a cache model: features, the network's probabilities and the true classes. */
public interface Examples {

    /** {@return the number of examples} */
    int size();

    /**
     * The format of examples: their sizes and names, and the parts that they have.
     *
     * @param dim the number of features of an example
     * @param classes the number of classes; without probabilities at least one more than the greatest label
     * @param classNames the names of the classes; empty if they are unknown
     * @param views views of an example for which batches have {@linkplain Batch#probabilities probabilities}: 0, 1 or, with mirror images, 2
     * @param reduction the text of the reduction that made the features, if it is known; empty for those of a network
     */
    record Format(int dim, int classes, List<String> classNames, int views, Optional<String> reduction) {
        /** Examples of a network. */
        public Format(int dim, int classes, List<String> classNames, int views) {
            this(dim, classes, classNames, views, Optional.empty());
        }
    }

    /** {@return what the examples are made of} */
    Format format();

    /** {@return the number of features of an example} */
    default int dim() {
        return format().dim;
    }

    /** {@return the number of classes; without probabilities at least one more than the greatest label} */
    default int classes() {
        return format().classes;
    }

    /** {@return whether batches have {@linkplain Batch#probabilities probabilities}} */
    default boolean hasProbabilities() {
        return views() > 0;
    }

    /** {@return the views of an example for which there are probabilities of the network: 0, 1 or 2} */
    default int views() {
        return format().views;
    }

    /**
     * Gives the true class of one example.
     *
     * @throws IndexOutOfBoundsException if there is no such example
     */
    int label(int example);

    /**
     * Gives the name of one example, which its key gets; empty if it is unknown.
     *
     * @throws IndexOutOfBoundsException if there is no such example
     */
    String name(int example);

    /**
     * Makes a small copy of the picture of one example, which its key may get.
     *
     * @return as {@link io.github.afterimage.model.data.Thumbnail#of} makes it; empty if the example has no picture
     * @throws IndexOutOfBoundsException if there is no such example
     * @throws IOException if the picture cannot be read
     */
    default byte[] thumbnail(int example) throws IOException {
        return new byte[0];
    }

    /**
     * Returns these examples, for a caller that compares with the network.
     *
     * @throws IllegalArgumentException if they have no probabilities
     */
    default Examples requireProbabilities() {
        if (!hasProbabilities()) {
            throw new IllegalArgumentException(
                    "the data have no probabilities of the network, which this compares with:"
                            + " add \"probabilities\" or \"logits\", (n, classes)");
        }
        return this;
    }

    /**
     * Passes all examples to a consumer, in order.
     *
     * @param maxBatch maximum number of examples in one batch
     */
    void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException;

    /**
     * Passes the examples with these numbers to a consumer, in this order.
     *
     * @param maxBatch maximum number of examples in one batch
     */
    default void forEachBatch(int[] rows, int maxBatch, Progress progress, Consumer consumer) throws IOException {
        select(rows).forEachBatch(maxBatch, progress, consumer);
    }

    /** {@return a view of the examples with these numbers, in this order} */
    Examples select(int[] rows);

    /**
     * Consecutive examples.
     *
     * @param first the number of the first one
     * @param features {@code (labels.length, dim)} float32 row-major, not normalised; valid during the call only
     * @param probabilities {@code (labels.length, views, classes)} row-major; null without probabilities
     * @param views views of an example in the probabilities
     * @param labels the true classes
     */
    record Batch(int first, FloatBuffer features, float @Nullable [] probabilities, int views, int[] labels) {
        /**
         * Returns what the network says of some of the views of each example, {@code (labels.length, classes)}: the probabilities of the one
         * view, or the {@linkplain io.github.afterimage.answer.Pool#mean mean} of both; null without probabilities.
         *
         * @param wanted 1, or 2 if the batch has them
         */
        public float @Nullable [] probabilities(int wanted) {
            return probabilities == null
                    ? null
                    : wanted == 1
                            ? Views.view(probabilities, labels.length, views, 0)
                            : Views.together(probabilities, labels.length, views);
        }

        /** {@return a copy of the network's probabilities for one example itself; the batch has them} */
        public float[] network(int row) {
            float[] all = Objects.requireNonNull(probabilities);
            int classes = all.length / (labels.length * views);
            return Arrays.copyOfRange(all, row * views * classes, (row * views + 1) * classes);
        }

        /** {@return the probabilities for the mirror images, {@code (labels.length, classes)}; null without them} */
        public float @Nullable [] mirrored() {
            return probabilities == null || views < 2 ? null : Views.view(probabilities, labels.length, views, 1);
        }
    }

    /** Receives batches. */
    interface Consumer {
        /** Receives the next batch. */
        void accept(Batch batch) throws IOException;
    }

    /** {@return images with the activations of a network as features; open the network with the layers of the keys} */
    static Examples of(Network network, ImageSet images) {
        return ImageExamples.of(network, images, false, true);
    }

    /** {@return the same without probabilities, for a network of other classes than the images'} */
    static Examples withoutProbabilities(Network network, ImageSet images) {
        return ImageExamples.of(network, images, false, false);
    }

    /** {@return images with the preprocessed pixels that the network reads as features} */
    static Examples ofImages(Network network, ImageSet images) {
        return ImageExamples.of(network, images, true, true);
    }

    /** {@return the features of a file} */
    static Examples of(FeatureSet features) {
        return of(features, 0);
    }

    /**
     * Returns the features of a file for an index with classes that the probabilities of the file do not have.
     *
     * @param spareClasses number of these classes; each gets the probability 0
     */
    static Examples of(FeatureSet features, int spareClasses) {
        return FeatureExamples.of(features, spareClasses);
    }
}
