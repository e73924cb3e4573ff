package io.github.afterimage.experiments.robustness;

/** A classifier under attack. Its methods are called by one thread at a time. */
public interface Target {
    /** How many classes there are. */
    int classes();

    /**
     * Classifies images.
     *
     * @param images {@code (n, values)} row-major, in the space of the attack
     */
    Answer answer(float[] images);

    /** What a classifier says of images. */
    interface Answer {
        /** p(c|x) of one image. */
        double probability(int image, int label);

        /** The most probable class of one image, the first of equals. */
        int best(int image);

        /**
         * The gradient of Σ_c g_c p(c|x) with respect to each image.
         *
         * @param cotangents g: {@code (n, classes)} row-major
         * @return {@code (n, values)} row-major
         */
        float[] gradient(double[] cotangents);
    }
}
