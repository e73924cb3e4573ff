package io.github.afterimage.spark;

import java.io.Serializable;

/**
 * Images by their specification, for one session of Spark.
 *
 * @param specification as {@link SparkImages#open} reads it
 * @param flip whether to add the mirror images
 * @param perClass the number of images to draw from each class; 0 for all
 * @param seed the seed of the draw
 */
public record SparkData(String specification, boolean flip, int perClass, long seed) implements Serializable {
    /** All images of a specification. */
    public SparkData(String specification, boolean flip) {
        this(specification, flip, 0, 0);
    }

    boolean drawsAll() {
        return perClass == 0;
    }
}
