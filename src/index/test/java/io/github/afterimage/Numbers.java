package io.github.afterimage;

import java.util.Arrays;
import java.util.Random;

/** Arrays of numbers. */
public final class Numbers {
    private Numbers() {}

    /** Returns normal numbers. */
    public static float[] normals(Random random, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    /** Returns the same number again and again. */
    public static float[] filled(int count, float value) {
        float[] numbers = new float[count];
        Arrays.fill(numbers, value);
        return numbers;
    }
}
