package io.github.afterimage.experiments.robustness;

import java.util.Arrays;
import java.util.Random;

/**
 * Projected gradient descent within ε of the image in every value, from random points of that cube, and the smallest ε at
 * which it succeeds, to {@value #HALVINGS} halvings on a logarithmic scale. From each point it goes until the class changes.
 *
 * @param followed whose gradient is followed, or null for the target's own: for expectation over something random, the mean
 *     of several models
 * @param greatestEpsilon in ranges of values; the smallest tried is 1 / {@value #SCALE} of it
 * @param steps from each point, of 2.5 ε / steps
 * @param restarts how many points
 * @param seed of the points
 */
public record ProjectedGradient(Target followed, double greatestEpsilon, int steps, int restarts, long seed)
        implements Attack {
    static final String NAME = "PGD";
    static final String MEAN_NAME = "PGD, mean gradient";

    private static final int HALVINGS = 5;
    private static final int SCALE = 1024;
    private static final double STRIDE = 2.5; // so that any point of the cube can be reached

    @Override
    public String name() {
        return followed == null ? NAME : MEAN_NAME;
    }

    @Override
    public AdversarialImages run(Target target, ImageSpace space, float[] images) {
        AdversarialImages result = new AdversarialImages(target.answer(images), images, space.values());
        double[] low = new double[result.count()]; // exponents: failed at, or never tried
        double[] high = new double[result.count()]; // succeeded at, or the greatest
        Arrays.fill(high, 1);
        float[] epsilons = new float[result.count()];
        Random random = new Random(seed);
        for (int probe = 0; probe <= HALVINGS; probe++) {
            for (int i = 0; i < epsilons.length; i++) {
                double exponent = probe == 0 ? 1 : (low[i] + high[i]) / 2;
                epsilons[i] = (float) (greatestEpsilon * Math.pow(SCALE, exponent - 1) * space.range());
            }
            boolean first = probe == 0;
            boolean[] broken = attempt(target, space, images, result, epsilons, first, random);
            for (int i = 0; i < epsilons.length && !first; i++) {
                double middle = (low[i] + high[i]) / 2;
                low[i] = broken[i] ? low[i] : middle;
                high[i] = broken[i] ? middle : high[i];
            }
        }
        return result;
    }

    /** Which images are broken within their ε; those that the greatest did not break are not tried again. */
    private boolean[] attempt(
            Target target,
            ImageSpace space,
            float[] images,
            AdversarialImages result,
            float[] epsilons,
            boolean first,
            Random random) {
        boolean[] broken = new boolean[epsilons.length];
        boolean[] hopeless = new boolean[epsilons.length];
        for (int i = 0; i < hopeless.length; i++) {
            hopeless[i] = !first && !result.succeeded(i);
        }
        for (int restart = 0; restart < restarts; restart++) {
            ImageSubset left = ImageSubset.of(images, space.values(), image -> !broken[image] && !hopeless[image]);
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
                Target guide = followed == null ? target : followed;
                Target.Answer guided = followed == null ? answer : followed.answer(points);
                move(points, Loss.gradient(guide, guided, left.labels(result)), left, epsilons, space);
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
