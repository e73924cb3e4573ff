package io.github.afterimage.experiments.shift;

import io.github.afterimage.model.data.Image;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A way in which images change after the training, at five strengths.
 *
 * @param name one word, as options name it
 * @param title what it is, as in a sentence
 * @param parameters those of the filter at each strength
 * @param filter changes an image
 */
public record Corruption(String name, String title, List<Parameters> parameters, Filter filter) {
    /** The number of strengths, which count from 1. */
    public static final int STRENGTHS = 5;

    /**
     * One or two numbers.
     *
     * @param second 0 for a filter that has one parameter
     */
    public record Parameters(double first, double second) {
        @Override
        public String toString() {
            return second == 0 ? Double.toString(first) : first + " " + second;
        }
    }

    /** Changes an image. */
    public interface Filter {
        /** @param random decides what differs between images that change in the same way */
        Image apply(Image image, Parameters parameters, SplittableRandom random);
    }

    /** Makes a corruption with one parameter. */
    static Corruption of(String name, String title, double[] parameters, Filter filter) {
        return of(name, title, parameters, new double[STRENGTHS], filter);
    }

    /** Makes a corruption with two parameters. */
    static Corruption of(String name, String title, double[] first, double[] second, Filter filter) {
        return new Corruption(
                name,
                title,
                IntStream.range(0, STRENGTHS)
                        .mapToObj(i -> new Parameters(first[i], second[i]))
                        .toList(),
                filter);
    }

    /** @param strength 1 to {@value #STRENGTHS} */
    Image apply(Image image, int strength, SplittableRandom random) {
        return filter.apply(image, parameters.get(strength - 1), random);
    }
}
