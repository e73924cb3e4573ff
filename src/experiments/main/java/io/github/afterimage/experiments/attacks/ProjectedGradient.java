package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.images.ImageSpace;
import java.util.Arrays;
import java.util.Random;

/**
 * Projected gradient descent from random points of the cube in which every value is within ε of the image. It searches for the
 * smallest ε that succeeds, with {@value #HALVINGS} halvings on a logarithmic scale, and stops at a point where the class
 * changes.
 *
 * @param greatestEpsilon the greatest ε, as a multiple of the range of values; the smallest is 1 / {@value #SCALE} of it
 * @param steps the number of steps from each point; each step has the length 2.5 ε / steps
 * @param restarts the number of points
 * @param seed the seed of the points
 */
public record ProjectedGradient(double greatestEpsilon, int steps, int restarts, long seed) implements Attack {
    private static final int HALVINGS = 5;
    private static final int SCALE = 1024;
    private static final double STRIDE = 2.5; // the steps reach any point of the cube

    @Override
    public String name() {
        return "PGD";
    }

    @Override
    public AdversarialImages run(Target target, ImageSpace space, float[] images) {
        AdversarialImages result = new AdversarialImages(target.answer(images), images, space.values());
        double[] low = new double[result.count()]; // the exponents that failed, or 0
        double[] high = new double[result.count()]; // the exponents that succeeded, or 1
        Arrays.fill(high, 1);
        float[] epsilons = new float[result.count()];
        Random random = new Random(seed);
        for (int probe = 0; probe <= HALVINGS; probe++) {
            for (int i = 0; i < epsilons.length; i++) {
                double exponent = probe == 0 ? 1 : (low[i] + high[i]) / 2;
                epsilons[i] = (float) (greatestEpsilon * Math.pow(SCALE, exponent - 1) * space.range());
            }
            boolean first = probe == 0;
            // Images that the greatest epsilon did not change are not tried again.
            ImageSubset attacked = ImageSubset.of(images, space.values(), image -> first || result.succeeded(image));
            boolean[] broken = attempt(target, space, attacked, result, epsilons, random);
            for (int i = 0; i < epsilons.length && !first; i++) {
                double middle = (low[i] + high[i]) / 2;
                low[i] = broken[i] ? low[i] : middle;
                high[i] = broken[i] ? middle : high[i];
            }
        }
        return result;
    }

    /** Returns which of all images are among the attacked and change class within their ε. */
    private boolean[] attempt(
            Target target,
            ImageSpace space,
            ImageSubset attacked,
            AdversarialImages result,
            float[] epsilons,
            Random random) {
        boolean[] broken = new boolean[epsilons.length];
        for (int restart = 0; restart < restarts; restart++) {
            ImageSubset left = attacked.of(attacked.values(), image -> !broken[image]);
            float[] points = left.values().clone();
            for (int i = 0; i < points.length; i++) {
                float epsilon = epsilons[left.which()[i / space.values()]];
                points[i] = space.clip(points[i] + epsilon * (2 * random.nextFloat() - 1));
            }
            for (int step = 0; step <= steps && !left.isEmpty(); step++) {
                Target.Answer answer = target.answer(points);
                result.offer(left.which(), points, answer);
                boolean all = true;
                for (int row = 0; row < left.which().length; row++) {
                    broken[left.which()[row]] |= answer.best(row) != result.label(left.which()[row]);
                    all &= broken[left.which()[row]];
                }
                if (all || step == steps) {
                    break;
                }
                move(points, target.lossGradient(answer, left.labels(result)), left, epsilons, space);
                points = left.of(points, image -> !broken[image]).values();
                left = left.of(left.values(), image -> !broken[image]);
            }
        }
        return broken;
    }

    private void move(float[] points, float[] gradient, ImageSubset centres, float[] epsilons, ImageSpace space) {
        for (int i = 0; i < points.length; i++) {
            float epsilon = epsilons[centres.which()[i / space.values()]];
            float centre = centres.values()[i];
            float moved = points[i] + (float) (STRIDE / steps) * epsilon * Math.signum(gradient[i]);
            points[i] = space.clip(Math.min(centre + epsilon, Math.max(centre - epsilon, moved)));
        }
    }
}
