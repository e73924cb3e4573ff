package io.github.afterimage.attack;

import java.util.List;

/** A classifier whose probabilities are the means of those of several: the expectation over what they differ in. */
public record MeanTarget(List<Target> targets) implements Target {
    /** Copies the list. */
    public MeanTarget {
        targets = List.copyOf(targets);
    }

    @Override
    public int classes() {
        return targets.get(0).classes();
    }

    @Override
    public Answer answer(float[] images) {
        List<Answer> answers =
                targets.stream().map(target -> target.answer(images)).toList();
        return new Answer() {
            @Override
            public double probability(int image, int label) {
                return answers.stream()
                        .mapToDouble(answer -> answer.probability(image, label))
                        .average()
                        .orElseThrow();
            }

            @Override
            public int best(int image) {
                int best = 0;
                for (int c = 1; c < classes(); c++) {
                    best = probability(image, c) > probability(image, best) ? c : best;
                }
                return best;
            }

            @Override
            public float[] gradient(double[] cotangents) {
                float[] mean = new float[images.length];
                for (Answer answer : answers) {
                    float[] one = answer.gradient(cotangents);
                    for (int i = 0; i < mean.length; i++) {
                        mean[i] += one[i] / answers.size();
                    }
                }
                return mean;
            }
        };
    }
}
