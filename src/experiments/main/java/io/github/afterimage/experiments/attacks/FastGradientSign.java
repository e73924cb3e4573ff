package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.images.ImageSpace;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The fast gradient sign method: one step along the sign of the loss's gradient at the image, of ε times the range of values,
 * for ascending ε until the class changes.
 *
 * <p>If one of the first {@value #FINE} values of ε succeeds, or none does, {@value #FINE} values up to the last one follow, as
 * in Foolbox 1: the first ε already changes most images by far more than necessary.
 *
 * @param epsilons the number of values of ε, evenly spaced, without 0
 * @param greatestEpsilon the last value
 */
public record FastGradientSign(int epsilons, double greatestEpsilon) implements Attack {
    private static final int FINE = 20;

    @Override
    public String name() {
        return "FGSM";
    }

    @Override
    public AdversarialImages run(Target target, ImageSpace space, float[] images) {
        Target.Answer clean = target.answer(images);
        AdversarialImages result = new AdversarialImages(clean, images, space.values());
        ImageSubset all = ImageSubset.of(images, space.values(), image -> true);
        float[] gradient = target.lossGradient(clean, all.labels(result));
        float[] lengths = new float[result.count()];
        float[] last = new float[result.count()]; // 0 without refinement
        for (int k = 1; k <= epsilons; k++) {
            float length = (float) (greatestEpsilon * k / epsilons * space.range());
            Arrays.fill(lengths, length);
            boolean[] left = new boolean[result.count()];
            for (int i = 0; i < left.length; i++) {
                left[i] = !result.succeeded(i);
            }
            attempt(target, space, all.stepped(gradient, lengths, space), result, image -> left[image]);
            for (int i = 0; i < left.length; i++) {
                last[i] = !left[i] ? last[i] : result.succeeded(i) && k > FINE ? 0 : length;
            }
        }
        for (int k = 1; k <= FINE; k++) {
            for (int i = 0; i < last.length; i++) {
                lengths[i] = last[i] * k / FINE;
            }
            attempt(target, space, all.stepped(gradient, lengths, space), result, image -> last[image] > 0);
        }
        return result;
    }

    /** Tries the changes of the chosen images that are smaller than the best so far. */
    private static void attempt(
            Target target, ImageSpace space, ImageSubset moved, AdversarialImages result, IntPredicate chosen) {
        float[] values = moved.values();
        ImageSubset left =
                ImageSubset.of(values, space.values(), image -> chosen.test(image) && result.isCloser(image, values));
        if (!left.isEmpty()) {
            result.offer(left.which(), left.values(), target.answer(left.values()));
        }
    }
}
