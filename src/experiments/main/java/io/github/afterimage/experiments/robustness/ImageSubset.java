package io.github.afterimage.experiments.robustness;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Some of the images of an attack, by their numbers, and values for each. */
record ImageSubset(int[] which, float[] values, int size) {
    static ImageSubset of(float[] images, int size, IntPredicate chosen) {
        int[] which = IntStream.range(0, images.length / size).filter(chosen).toArray();
        float[] values = new float[which.length * size];
        for (int row = 0; row < which.length; row++) {
            System.arraycopy(images, which[row] * size, values, row * size, size);
        }
        return new ImageSubset(which, values, size);
    }

    /** Those of these images that are chosen, by their numbers, with their part of other values. */
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

    /** A step of this length along the signs of a gradient, clipped to the space. */
    ImageSubset stepped(float[] gradient, float length, ImageSpace space) {
        float[] lengths = new float[which.length];
        Arrays.fill(lengths, length);
        return stepped(gradient, lengths, space);
    }

    /** The same with a length for each image. */
    ImageSubset stepped(float[] gradient, float[] lengths, ImageSpace space) {
        float[] moved = new float[values.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = space.clip(values[i] + lengths[i / size] * Math.signum(gradient[i]));
        }
        return new ImageSubset(which, moved, size);
    }
}
