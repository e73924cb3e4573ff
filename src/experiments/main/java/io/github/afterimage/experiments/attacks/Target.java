package io.github.afterimage.experiments.attacks;

/** A classifier under attack. Its methods are called by one thread at a time. */
public interface Target {
    /** Its reciprocal is still a float. */
    double MIN_PROBABILITY = 1e-30;

    /** Returns the number of classes. */
    int classes();

    /**
     * Classifies images.
     *
     * @param images {@code (n, values)} row-major, in the space of the attack
     */
    Answer answer(float[] images);

    /**
     * Returns the gradient of the cross-entropy -log p(label|x), which gradient attacks increase, with respect to each image.
     *
     * @param answer to the images
     * @return {@code (labels.length, values)}
     */
    default float[] lossGradient(Answer answer, int[] labels) {
        double[] cotangents = new double[labels.length * classes()];
        for (int i = 0; i < labels.length; i++) {
            double p = Math.max(MIN_PROBABILITY, answer.probability(i, labels[i]));
            cotangents[i * classes() + labels[i]] = -1 / p;
        }
        return answer.gradient(cotangents);
    }

    /** The answer of a classifier to images. */
    interface Answer {
        /** Returns p(c|x) of one image. */
        double probability(int image, int label);

        /** Returns the most probable class of one image, the first of equals. */
        int best(int image);

        /**
         * Returns the gradient of Σ_c g_c p(c|x) with respect to each image.
         *
         * @param cotangents g: {@code (n, classes)} row-major
         * @return {@code (n, values)} row-major
         */
        float[] gradient(double[] cotangents);
    }
}
