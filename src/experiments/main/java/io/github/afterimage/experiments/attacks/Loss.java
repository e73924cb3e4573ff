package io.github.afterimage.experiments.attacks;

/** The cross-entropy -log p(label|x), which gradient attacks increase. */
final class Loss {
    private static final double MIN_PROBABILITY = 1e-30; // its reciprocal is still a float

    private Loss() {}

    /** Returns the gradient with respect to each image, {@code (labels.length, values)}. */
    static float[] gradient(Target target, Target.Answer answer, int[] labels) {
        double[] cotangents = new double[labels.length * target.classes()];
        for (int i = 0; i < labels.length; i++) {
            double p = Math.max(MIN_PROBABILITY, answer.probability(i, labels[i]));
            cotangents[i * target.classes() + labels[i]] = -1 / p;
        }
        return answer.gradient(cotangents);
    }
}
