package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.ElementType;
import io.github.afterimage.Hyperparameters;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The memories to compare, and how.
 *
 * @param classes number of classes; greater numbers in a mask do not count
 * @param sizes numbers of patches in memory, in ascending order; a number above that of all patches means all
 * @param nearest number of keys that answer a patch, beside all keys
 * @param thetas the values that are tried
 * @param type type of the keys
 * @param threads number of threads of a query
 * @param seed of the draw of patches
 */
public record SegmentationOptions(
        int classes, List<Integer> sizes, int nearest, double[] thetas, ElementType type, int threads, long seed) {
    /** @throws IllegalArgumentException if a number is out of range, or a size not greater than the one before it */
    public SegmentationOptions {
        sizes = List.copyOf(sizes);
        for (int i = 0; i < sizes.size(); i++) {
            if (sizes.get(i) <= (i == 0 ? 0 : sizes.get(i - 1))) {
                throw new IllegalArgumentException("sizes "
                        + sizes.stream().map(String::valueOf).collect(Collectors.joining(","))
                        + ": expected positive numbers of patches in ascending order");
            }
        }
        if (nearest < 1) {
            throw new IllegalArgumentException("nearest " + nearest + ": expected a positive number of keys");
        }
        for (double theta : thetas) {
            Hyperparameters unused = new Hyperparameters(theta, 1);
        }
    }
}
