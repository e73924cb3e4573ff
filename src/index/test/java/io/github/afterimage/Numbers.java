package io.github.afterimage;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

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

    /** Returns numbers at equal distances, from the first to the last. */
    public static double[] grid(double first, double last, int count) {
        return IntStream.range(0, count)
                .mapToDouble(i -> first + (last - first) * i / (count - 1))
                .toArray();
    }

    /** Returns the same number again and again. */
    public static float[] filled(int count, float value) {
        float[] numbers = new float[count];
        Arrays.fill(numbers, value);
        return numbers;
    }
}
