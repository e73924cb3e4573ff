package io.github.afterimage.experiments.video;

/**
 * How a mask is carried from frame to frame.
 *
 * @param theta sharpness of the memory
 * @param nearest number of keys that answer a patch
 * @param lastFrames number of frames in memory, beside the first
 * @param window how many patches away, at most, a key may be from the square of patches that are asked together
 * @param threads number of threads of a query
 */
public record PropagationOptions(double theta, int nearest, int lastFrames, int window, int threads) {
    /** @throws IllegalArgumentException if a number is out of range */
    public PropagationOptions {
        if (nearest < 1 || lastFrames < 0 || window < 1) {
            throw new IllegalArgumentException(nearest + " nearest keys, " + lastFrames + " last frames, window "
                    + window + ": expected at least 1, 0 and 1");
        }
    }
}
