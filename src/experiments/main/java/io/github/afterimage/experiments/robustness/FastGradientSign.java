package io.github.afterimage.experiments.robustness;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The fast gradient sign method: one step along the sign of the loss's gradient at the image, of ε times the range of values,
 * for ascending ε until the class changes.
 *
 * <p>Where one of the first {@value #FINE} values of ε succeeds, or none does, {@value #FINE} values up to the last one tried
 * follow, as in Foolbox 1: most images are changed by the very first ε already, far beyond what it takes.
 *
 * @param epsilons how many values of ε, evenly spaced, 0 left out
 * @param greatestEpsilon the last of them
 */
public record FastGradientSign(int epsilons, double greatestEpsilon) implements Attack {
    static final String NAME = "FGSM";
    private static final int FINE = 20;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public AdversarialImages run(Target target, ImageSpace space, float[] images) {
        Target.Answer clean = target.answer(images);
        AdversarialImages result = new AdversarialImages(clean, images, space.values());
        ImageSubset all = ImageSubset.of(images, space.values(), image -> true);
        float[] gradient = Loss.gradient(target, clean, all.labels(result));
        float[] lengths = new float[result.count()];
        float[] last = new float[result.count()]; // 0 where it is not refined
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

    /** Asks about those of the chosen images that are changed less than what was found. */
    private static void attempt(
            Target target, ImageSpace space, ImageSubset moved, AdversarialImages result, IntPredicate chosen) {
        float[] values = moved.values();
        ImageSubset left = ImageSubset.of(
                values,
                space.values(),
                image -> chosen.test(image) && result.distance(image, values, image) < result.distance(image));
        if (!left.isEmpty()) {
            result.offer(left.which(), left.values(), target.answer(left.values()));
        }
    }
}
