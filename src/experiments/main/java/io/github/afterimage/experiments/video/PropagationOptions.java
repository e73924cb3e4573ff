package io.github.afterimage.experiments.video;

import io.github.afterimage.Hyperparameters;

/**
 * How a mask is carried from frame to frame.
 *
 * @param theta sharpness of the memory
 * @param nearest number of keys that answer a patch
 * @param last number of frames in memory, beside the first
 * @param window how many patches away, at most, a key may be from the square of patches that are asked together
 * @param threads number of threads of a query
 */
public record PropagationOptions(double theta, int nearest, int last, int window, int threads) {
    /** @throws IllegalArgumentException if a number is out of range */
    public PropagationOptions {
        Hyperparameters unused = new Hyperparameters(theta, 1);
        requireAtLeast(1, "nearest", nearest);
        requireAtLeast(0, "last", last);
        requireAtLeast(1, "window", window);
    }

    private static void requireAtLeast(int least, String name, int value) {
        if (value < least) {
            throw new IllegalArgumentException(name + " " + value + ": expected " + least + " or more");
        }
    }
}
