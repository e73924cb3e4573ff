package io.github.afterimage.experiments.attacks;

import io.github.afterimage.answer.ArgMax;
import java.util.function.Function;

/**
 * A classifier under attack. It is asked by one thread at a time.
 *
 * @param classifier answers images, {@code (n, values)} row-major, in the space of the attack
 */
record Target(int classes, Function<float[], Answer> classifier) {
    /** Its reciprocal is still a float. */
    private static final double MIN_PROBABILITY = 1e-30;

    /** Classifies images. */
    Answer answer(float[] images) {
        return classifier.apply(images);
    }

    /**
     * Returns the gradient of the cross-entropy -log p(label|x), which gradient attacks increase, with respect to each image.
     *
     * @param answer to the images
     * @return {@code (labels.length, values)}
     */
    float[] lossGradient(Answer answer, int[] labels) {
        double[] cotangents = new double[labels.length * classes];
        for (int i = 0; i < labels.length; i++) {
            int place = i * classes + labels[i];
            cotangents[place] = -1 / Math.max(MIN_PROBABILITY, answer.probabilities[place]);
        }
        return answer.gradient(cotangents);
    }

    /**
     * The answer of a classifier to images.
     *
     * @param probabilities p(c|x), {@code (n, classes)} row-major
     * @param derivative computes the gradient of Σ_c g_c p(c|x) with respect to each image, {@code (n, values)} row-major,
     *     from g, {@code (n, classes)} row-major
     */
    record Answer(int classes, double[] probabilities, Function<double[], float[]> derivative) {
        /** Returns the most probable class of one image, the first of equals. */
        int best(int image) {
            return ArgMax.of(classes, c -> probabilities[image * classes + c]);
        }

        float[] gradient(double[] cotangents) {
            return derivative.apply(cotangents);
        }
    }
}
