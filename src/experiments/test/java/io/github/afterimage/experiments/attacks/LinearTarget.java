package io.github.afterimage.experiments.attacks;

/** Two classes: p(1|x) is the logistic function of w·x + b, of which everything is known. */
record LinearTarget(float[] weights, double constant) {
    Target target() {
        return new Target(2, this::answer);
    }

    double score(float[] images, int image) {
        double score = constant;
        for (int i = 0; i < weights.length; i++) {
            score += (double) weights[i] * images[image * weights.length + i];
        }
        return score;
    }

    private Target.Answer answer(float[] images) {
        double[] probabilities = new double[2 * images.length / weights.length];
        for (int i = 0; i < probabilities.length; i += 2) {
            probabilities[i + 1] = 1 / (1 + Math.exp(-score(images, i / 2)));
            probabilities[i] = 1 - probabilities[i + 1];
        }
        return new Target.Answer(2, probabilities, cotangents -> {
            float[] gradient = new float[images.length];
            for (int i = 0; i < gradient.length; i++) {
                int image = i / weights.length;
                double slope = probabilities[2 * image] * probabilities[2 * image + 1];
                gradient[i] = (float)
                        ((cotangents[2 * image + 1] - cotangents[2 * image]) * slope * weights[i % weights.length]);
            }
            return gradient;
        });
    }
}
