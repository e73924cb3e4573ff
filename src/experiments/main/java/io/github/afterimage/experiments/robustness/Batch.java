package io.github.afterimage.experiments.robustness;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Some of the images of an attack, by their numbers, and values for each. */
record Batch(int[] which, float[] values, int size) {
    static Batch of(float[] images, int size, IntPredicate chosen) {
        int[] which = IntStream.range(0, images.length / size).filter(chosen).toArray();
        float[] values = new float[which.length * size];
        for (int row = 0; row < which.length; row++) {
            System.arraycopy(images, which[row] * size, values, row * size, size);
        }
        return new Batch(which, values, size);
    }

    /** Those of these images that are chosen, by their numbers, with their part of other values. */
    Batch of(float[] others, IntPredicate chosen) {
        Batch rows = of(others, size, row -> chosen.test(which[row]));
        return new Batch(Arrays.stream(rows.which).map(row -> which[row]).toArray(), rows.values, size);
    }

    boolean isEmpty() {
        return which.length == 0;
    }

    int[] labels(Result result) {
        return Arrays.stream(which).map(result::label).toArray();
    }

    /** A step of this length along the signs of a gradient, clipped to the space. */
    Batch stepped(float[] gradient, float length, Space space) {
        float[] lengths = new float[which.length];
        Arrays.fill(lengths, length);
        return stepped(gradient, lengths, space);
    }

    /** The same with a length for each image. */
    Batch stepped(float[] gradient, float[] lengths, Space space) {
        float[] moved = new float[values.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = space.clipped(values[i] + lengths[i / size] * Math.signum(gradient[i]));
        }
        return new Batch(which, moved, size);
    }
}
