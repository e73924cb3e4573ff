package io.github.afterimage.model.evaluation;

import io.github.afterimage.Tuner;
import java.io.IOException;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A search for the best θ and λ on a grid, which is widened where the best θ lies on its edge: the next value may be better.
 *
 * <p>Each of at most three widenings is another pass, with 16 more values of θ that reach 8 times as far, evenly spaced in
 * its logarithm. From the default 90 that is 46,080: scores are cosines in float32, which a sharper θ cannot tell apart.
 */
public final class GridSearch {
    private static final int WIDENINGS = 3;
    private static final int VALUES = 16;
    private static final double REACH = 8;

    private GridSearch() {}

    /**
     * The result of a search.
     *
     * @param tuner of the last grid, which holds the values of those before it
     * @param time of all passes
     * @param widenings how often the grid was widened
     */
    public record Result(Tuner tuner, Evaluation.Time time, int widenings) {}

    /**
     * Counts the errors at every point.
     *
     * @param thetas the first grid, ascending
     * @param widen whether it may be widened
     * @throws IllegalArgumentException as {@link Tuner}
     */
    public static Result run(Evaluation evaluation, double[] thetas, double[] lambdas, boolean widen, Progress progress)
            throws IOException {
        Tuner tuner = new Tuner(thetas, lambdas);
        Evaluation.Time time = evaluation.tune(tuner, progress);
        int widenings = 0;
        while (widen && widenings < WIDENINGS && (tuner.bestIsFirstTheta() || tuner.bestIsLastTheta())) {
            tuner = new Tuner(widened(tuner.thetas(), tuner.bestIsLastTheta()), lambdas);
            Evaluation.Time more = evaluation.tune(tuner, progress);
            time = new Evaluation.Time(
                    time.networkSeconds() + more.networkSeconds(), time.cacheSeconds() + more.cacheSeconds());
            widenings++;
        }
        return new Result(tuner, time, widenings);
    }

    private static double[] widened(double[] thetas, boolean upwards) {
        double edge = upwards ? thetas[thetas.length - 1] : thetas[0];
        DoubleStream added = IntStream.rangeClosed(1, VALUES)
                .mapToDouble(i -> edge * Math.pow(REACH, (upwards ? i : i - 1 - VALUES) / (double) VALUES))
                .map(Tuner::rounded);
        DoubleStream known = DoubleStream.of(thetas);
        return (upwards ? DoubleStream.concat(known, added) : DoubleStream.concat(added, known)).toArray();
    }
}
