package io.github.afterimage.experiment;

import io.github.afterimage.DifferentiableModel;
import io.github.afterimage.attack.Target;

/** A model as attacks see it: in their space. */
record ModelUnderAttack(DifferentiableModel model, AttackSpace space) implements Target {
    @Override
    public int classes() {
        return model.classes();
    }

    @Override
    public Answer answer(float[] images) {
        DifferentiableModel.Answer answer = model.answer(space.inputs(images));
        return new Answer() {
            @Override
            public double probability(int image, int label) {
                return answer.probability(image, label);
            }

            @Override
            public int best(int image) {
                return answer.best(image);
            }

            @Override
            public float[] gradient(double[] cotangents) {
                return space.gradients(answer.gradient(cotangents));
            }
        };
    }
}
