package io.github.afterimage.spark;

import java.io.Serializable;

/**
 * Images by their specification, for one session of Spark.
 *
 * @param specification {@code parquet:URI} with the columns of {@link SparkImages}; {@code images:URI}, with a scheme in the URI, for a
 *     folder with a folder for each class; or as {@link io.github.afterimage.model.data.ImageSets} opens it, at a path that every executor
 *     reaches
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
