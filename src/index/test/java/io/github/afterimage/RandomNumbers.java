package io.github.afterimage;

import java.util.Random;

/** Arrays of random numbers. */
public final class RandomNumbers {
    private RandomNumbers() {}

    /** Returns normal numbers. */
    public static float[] normals(Random random, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }
}
