package io.github.afterimage.experiments.attacks;

import io.github.afterimage.model.DifferentiableModel;
import java.util.ArrayList;
import java.util.List;

/** A model as a target in the space of an attack. */
record ModelUnderAttack(DifferentiableModel model, AttackSpace space) implements Target {
    @Override
    public int classes() {
        return model.classes();
    }

    @Override
    public Answer answer(float[] images) {
        return new SpaceAnswer(model.answer(space.inputs(images)), space);
    }

    /** Asks models that differ in θ and λ about the same images; the network runs once. */
    static List<Answer> answers(List<ModelUnderAttack> models, float[] images) {
        ModelUnderAttack asked = models.stream()
                .filter(each -> each.model.hyperparameters().lambda() > 0)
                .findFirst()
                .orElse(models.get(0));
        DifferentiableModel.Answer answer = asked.model.answer(asked.space.inputs(images));
        List<Answer> answers = new ArrayList<>();
        for (ModelUnderAttack each : models) {
            answers.add(new SpaceAnswer(
                    each == asked ? answer : answer.withHyperparameters(each.model.hyperparameters()), asked.space));
        }
        return answers;
    }

    private record SpaceAnswer(DifferentiableModel.Answer answer, AttackSpace space) implements Answer {
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
    }
}
