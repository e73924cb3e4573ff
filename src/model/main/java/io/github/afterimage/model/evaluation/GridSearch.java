package io.github.afterimage.model.evaluation;

import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Searches for the best θ, β and λ on a grid, and widens the grid if the best θ lies on its edge.
 *
 * <p>Each widening is another pass with {@value #VALUES} more values of θ, evenly spaced in its logarithm, which reach
 * {@value #REACH} times as far. Three widenings take the default 90 to 46,080. A sharper θ cannot tell scores apart, because
 * scores are cosines in float32.
 */
public final class GridSearch {
    /** The values of β to search where none are given, separated by commas. */
    public static final String BETAS = "0,2.5,5,10,20,40,80";

    /** How many times a grid is widened. */
    public static final int MAX_WIDENINGS = 3;

    private static final int VALUES = 16;
    private static final double REACH = 8;

    private GridSearch() {}

    /** {@return the values of {@link #BETAS}} */
    public static double[] betas() {
        return Arrays.stream(BETAS.split(",")).mapToDouble(Double::parseDouble).toArray();
    }

    /**
     * A grid with its errors counted.
     *
     * @param tuner the last grid, which contains the values of the grids before it
     * @param time the duration of all passes
     * @param widenings how many times the grid was widened
     */
    public record SearchedGrid(Tuner tuner, PassTime time, int widenings) {}

    /**
     * Counts the errors at every point.
     *
     * @param first the first grid, with ascending thetas
     * @param widen whether to widen the grid
     * @throws IllegalArgumentException as {@link Tuner}
     */
    public static SearchedGrid run(Evaluation evaluation, Tuner first, boolean widen, Progress progress)
            throws IOException {
        Tuner tuner = first;
        PassTime time = evaluation.tune(tuner, progress);
        int widenings = 0;
        while (widen && widenings < MAX_WIDENINGS && (tuner.bestIsFirstTheta() || tuner.bestIsLastTheta())) {
            tuner = new Tuner(widened(tuner.thetas(), tuner.bestIsLastTheta()), tuner.betas(), tuner.lambdas());
            time = time.plus(evaluation.tune(tuner, progress));
            widenings++;
        }
        return new SearchedGrid(tuner, time, widenings);
    }

    /** Returns a grid of θ with more values behind its end, or before its beginning. */
    private static double[] widened(double[] thetas, boolean upwards) {
        double edge = upwards ? thetas[thetas.length - 1] : thetas[0];
        DoubleStream added = IntStream.rangeClosed(1, VALUES)
                .mapToDouble(i -> edge * Math.pow(REACH, (upwards ? i : i - 1 - VALUES) / (double) VALUES))
                .map(Tuner::rounded);
        DoubleStream known = DoubleStream.of(thetas);
        return (upwards ? DoubleStream.concat(known, added) : DoubleStream.concat(added, known)).toArray();
    }
}
