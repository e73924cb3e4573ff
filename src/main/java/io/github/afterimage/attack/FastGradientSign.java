package io.github.afterimage.attack;

/**
 * The fast gradient sign method: one step along the sign of the loss's gradient at the image, of ε times the range of values,
 * for ascending ε until the class changes.
 *
 * @param epsilons how many values of ε, evenly spaced, 0 left out
 * @param greatestEpsilon the last of them
 */
public record FastGradientSign(int epsilons, double greatestEpsilon) implements Attack {
    @Override
    public String name() {
        return "FGSM";
    }

    @Override
    public Result run(Target target, Space space, float[] images) {
        Target.Answer clean = target.answer(images);
        Result result = new Result(clean, images, space.values());
        Batch all = Batch.of(images, space.values(), image -> true);
        float[] gradient = Loss.gradient(target, clean, all.labels(result));
        for (int k = 1; k <= epsilons; k++) {
            Batch left = Batch.of(images, space.values(), image -> !result.succeeded(image));
            if (left.isEmpty()) {
                break;
            }
            float[] slopes = Batch.of(gradient, space.values(), image -> !result.succeeded(image))
                    .values();
            float length = (float) (greatestEpsilon * k / epsilons * space.range());
            Batch moved = left.stepped(slopes, length, space);
            result.offer(moved.which(), moved.values(), target.answer(moved.values()));
        }
        return result;
    }
}
