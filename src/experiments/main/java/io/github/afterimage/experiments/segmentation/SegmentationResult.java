package io.github.afterimage.experiments.segmentation;

import org.jspecify.annotations.Nullable;

/**
 * The measures of a memory.
 *
 * @param keys the number of patches in memory
 * @param nearest the number of keys that answer a patch; 0 for all
 * @param theta the one with the greatest mean intersection over union on the validation images
 * @param validation that greatest value
 * @param test null without test images
 * @param querySeconds the time of the queries for an image, without the network
 */
public record SegmentationResult(
        long keys,
        int nearest,
        double theta,
        double validation,
        @Nullable SegmentationScore test,
        double querySeconds) {}
