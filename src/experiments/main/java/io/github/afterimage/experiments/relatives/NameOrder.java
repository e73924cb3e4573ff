package io.github.afterimage.experiments.relatives;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Tells whether pictures whose names follow each other are more alike than others of their class: then the names may be in the order
 * in which one camera took them. Not thread-safe.
 */
final class NameOrder {
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final int DIGITS = 12;
    private static final long SEED = 1;

    private double excess;
    private double variance;

    /**
     * Adds the pictures of a class.
     *
     * @param counted tells whether two neighbours count
     */
    void add(List<Miniature> pictures, List<String> names, BiPredicate<Integer, Integer> counted) {
        int[] ordered = IntStream.range(0, pictures.size())
                .boxed()
                .sorted(Comparator.comparing(i -> comparable(names.get(i))))
                .mapToInt(i -> i)
                .toArray();
        int[] neighbors = IntStream.range(1, ordered.length)
                .filter(i -> counted.test(ordered[i - 1], ordered[i]))
                .toArray();
        if (neighbors.length < 2) {
            return;
        }
        float[][] described = pictures.stream().map(Miniature::colours).toArray(float[][]::new);
        centre(described);
        SplittableRandom random = new SplittableRandom(SEED);
        double[] others = new double[neighbors.length];
        for (int i = 0; i < others.length; i++) {
            int one = random.nextInt(ordered.length);
            int other = random.nextInt(ordered.length - 1);
            others[i] = similarity(described[one], described[other < one ? other : other + 1]);
        }
        double mean = IntStream.range(0, others.length)
                .mapToDouble(i -> others[i])
                .average()
                .orElseThrow();
        double squares = IntStream.range(0, others.length)
                .mapToDouble(i -> (others[i] - mean) * (others[i] - mean))
                .sum();
        for (int i : neighbors) {
            excess += similarity(described[ordered[i - 1]], described[ordered[i]]) - mean;
        }
        variance += 2 * squares * others.length / (others.length - 1); // of the neighbours' sum, and of as many others
    }

    /** Subtracts the mean, which all pictures of a class have in common. */
    private static void centre(float[][] rows) {
        for (int column = 0; column < rows[0].length; column++) {
            int place = column;
            float mean = (float)
                    Arrays.stream(rows).mapToDouble(row -> row[place]).average().orElseThrow();
            Arrays.stream(rows).forEach(row -> row[place] -= mean);
        }
    }

    /** Returns the sum of all excesses in standard errors; 0 without neighbours. */
    double z() {
        return variance == 0 ? 0 : excess / Math.sqrt(variance);
    }

    /** Makes numbers comparable as text. */
    private static String comparable(String name) {
        return NUMBER.matcher(name)
                .replaceAll(
                        number -> "0".repeat(Math.max(0, DIGITS - number.group().length())) + number.group());
    }

    private static double similarity(float[] one, float[] other) {
        double product = 0;
        double squares = 0;
        double others = 0;
        for (int i = 0; i < one.length; i++) {
            product += one[i] * other[i];
            squares += one[i] * one[i];
            others += other[i] * other[i];
        }
        return product / Math.sqrt(Math.max(1e-12, squares * others));
    }
}
