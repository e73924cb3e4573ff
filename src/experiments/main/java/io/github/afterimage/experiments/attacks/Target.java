package io.github.afterimage.experiments.attacks;

/** A classifier under attack. Its methods are called by one thread at a time. */
public interface Target {
    /** Returns the number of classes. */
    int classes();

    /**
     * Classifies images.
     *
     * @param images {@code (n, values)} row-major, in the space of the attack
     */
    Answer answer(float[] images);

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
