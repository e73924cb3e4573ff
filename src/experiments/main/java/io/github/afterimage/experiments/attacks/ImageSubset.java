package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.images.ImageSpace;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Values of some of the attacked images.
 *
 * @param which the numbers of the images
 * @param values {@code (which.length, size)}, row-major
 * @param size the number of values of an image
 */
record ImageSubset(int[] which, float[] values, int size) {
    static ImageSubset of(float[] images, int size, IntPredicate chosen) {
        int[] which = IntStream.range(0, images.length / size).filter(chosen).toArray();
        float[] values = new float[which.length * size];
        for (int row = 0; row < which.length; row++) {
            System.arraycopy(images, which[row] * size, values, row * size, size);
        }
        return new ImageSubset(which, values, size);
    }

    /** Selects some of these images by number, with their rows of other values. */
    ImageSubset of(float[] others, IntPredicate chosen) {
        ImageSubset rows = of(others, size, row -> chosen.test(which[row]));
        return new ImageSubset(Arrays.stream(rows.which).map(row -> which[row]).toArray(), rows.values, size);
    }

    boolean isEmpty() {
        return which.length == 0;
    }

    int[] labels(AdversarialImages result) {
        return Arrays.stream(which).map(result::label).toArray();
    }

    /** Moves the images by a step along the signs of a gradient, and clips them to the space. */
    ImageSubset stepped(float[] gradient, float length, ImageSpace space) {
        float[] lengths = new float[which.length];
        Arrays.fill(lengths, length);
        return stepped(gradient, lengths, space);
    }

    /** Moves the images with a step length for each. */
    ImageSubset stepped(float[] gradient, float[] lengths, ImageSpace space) {
        float[] moved = new float[values.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = space.clip(values[i] + lengths[i / size] * Math.signum(gradient[i]));
        }
        return new ImageSubset(which, moved, size);
    }
}
