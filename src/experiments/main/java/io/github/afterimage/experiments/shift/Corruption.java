package io.github.afterimage.experiments.shift;

import io.github.afterimage.model.data.Image;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A way in which images change after the training, at five strengths.
 *
 * @param name one word, as options name it
 * @param title what it is, as in a sentence
 * @param parameters (strengths, 1 or 2): those of the filter
 * @param filter changes an image
 */
public record Corruption(String name, String title, double[][] parameters, Filter filter) {
    /** The number of strengths, which count from 1. */
    public static final int STRENGTHS = 5;

    /** Changes an image. */
    public interface Filter {
        /** @param random decides what differs between images that change in the same way */
        Image apply(Image image, double[] parameters, SplittableRandom random);
    }

    /** Returns the name, and the parameters at a strength: {@code noise 0.04}. */
    String at(int strength) {
        return name + " " + parameterText(strength);
    }

    String parameterText(int strength) {
        return Arrays.stream(parameters[strength - 1])
                .mapToObj(Double::toString)
                .collect(Collectors.joining(" "));
    }

    /** @param strength 1 to {@value #STRENGTHS} */
    Image apply(Image image, int strength, SplittableRandom random) {
        return filter.apply(image, parameters[strength - 1], random);
    }
}
