package io.github.afterimage.experiments.attacks;

/** Two classes: p(1|x) is the logistic function of w·x + b, of which everything is known. */
record LinearTarget(float[] weights, double constant) implements Target {
    @Override
    public int classes() {
        return 2;
    }

    double score(float[] images, int image) {
        double score = constant;
        for (int i = 0; i < weights.length; i++) {
            score += (double) weights[i] * images[image * weights.length + i];
        }
        return score;
    }

    @Override
    public Answer answer(float[] images) {
        return new Answer() {
            @Override
            public double probability(int image, int label) {
                return 1 / (1 + Math.exp(label == 1 ? -score(images, image) : score(images, image)));
            }

            @Override
            public int best(int image) {
                return score(images, image) > 0 ? 1 : 0;
            }

            @Override
            public float[] gradient(double[] cotangents) {
                float[] gradient = new float[images.length];
                for (int i = 0; i < gradient.length; i++) {
                    int image = i / weights.length;
                    double slope = probability(image, 0) * probability(image, 1);
                    gradient[i] = (float)
                            ((cotangents[2 * image + 1] - cotangents[2 * image]) * slope * weights[i % weights.length]);
                }
                return gradient;
            }
        };
    }
}
