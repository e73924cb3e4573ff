package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.images.ImageSpace;
import java.util.function.IntPredicate;

/**
 * The iterative gradient sign method: several steps along the sign of the loss's gradient at the changed image, each of ε /
 * steps times the range of values, for ascending ε. The smallest adversarial image of all steps of all ε is the result.
 *
 * <p>An ε is not tried if its first step alone is larger than the smallest change so far, because only steps back could make
 * the change smaller.
 *
 * @param epsilons the number of values of ε, evenly spaced up to 1, without 0
 * @param steps the number of steps for each ε
 */
public record IterativeGradientSign(int epsilons, int steps) implements Attack {
    @Override
    public String name() {
        return "I-FGSM";
    }

    @Override
    public AdversarialImages run(Target target, ImageSpace space, float[] images) {
        int values = space.values();
        Target.Answer clean = target.answer(images);
        AdversarialImages result = new AdversarialImages(clean, images, values);
        ImageSubset all = ImageSubset.of(images, values, image -> true);
        float[] first = target.lossGradient(clean, all.labels(result));
        for (int k = 1; k <= epsilons; k++) {
            float length = (float) ((double) k / epsilons / steps) * space.range();
            float[] onceMoved = all.stepped(first, length, space).values();
            IntPredicate closer = image -> result.isCloser(image, onceMoved);
            ImageSubset moved = ImageSubset.of(images, values, closer);
            if (moved.isEmpty()) {
                break;
            }
            float[] gradient = ImageSubset.of(first, values, closer).values();
            for (int step = 1; step <= steps; step++) {
                moved = moved.stepped(gradient, length, space);
                Target.Answer answer = target.answer(moved.values());
                result.offer(moved.which(), moved.values(), answer);
                if (step < steps) {
                    gradient = target.lossGradient(answer, moved.labels(result));
                }
            }
        }
        return result;
    }
}
