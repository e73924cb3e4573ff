package io.github.afterimage.model.evaluation;

import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Tunes an index with some values of θ, and with further ones if the best is the first or the last.
 *
 * <p>Each widening is another pass with {@value #VALUES} more values of θ, evenly spaced in its logarithm, which reach
 * {@value #REACH} times as far. Three widenings take the usual 160 to 81,920. A sharper θ cannot tell scores apart, because
 * scores are cosines in float32.
 */
public final class ThetaSearch {
    /** The values of θ where none are given, separated by commas: about √2 apart. */
    public static final String THETAS = "5,7,10,14,20,28,40,56,80,112,160";

    /** How many times the values are widened. */
    public static final int MAX_WIDENINGS = 3;

    private static final int VALUES = 6;
    private static final double REACH = 8;

    private ThetaSearch() {}

    /** {@return the values of {@link #THETAS}} */
    public static double[] thetas() {
        return Arrays.stream(THETAS.split(",")).mapToDouble(Double::parseDouble).toArray();
    }

    /**
     * A tuner with its examples.
     *
     * @param tuner has the values of θ of the last pass, which contain those before it
     * @param time the duration of all passes
     * @param widenings how many times the values were widened
     */
    public record Tuned(Tuner tuner, PassTime time, int widenings) {}

    /**
     * Tunes an index.
     *
     * @param thetas ascending
     * @param widen whether to try further values
     * @throws IllegalArgumentException as {@link Tuner}
     */
    public static Tuned run(Evaluation evaluation, double[] thetas, boolean widen, Progress progress)
            throws IOException {
        Tuner tuner = new Tuner(thetas);
        PassTime time = evaluation.tune(tuner, progress);
        int widenings = 0;
        while (widen && widenings < MAX_WIDENINGS && (tuner.bestIsFirstTheta() || tuner.bestIsLastTheta())) {
            tuner = new Tuner(widened(tuner.thetas(), tuner.bestIsLastTheta()));
            time = time.plus(evaluation.tune(tuner, progress));
            widenings++;
        }
        return new Tuned(tuner, time, widenings);
    }

    /** Returns values of θ with more of them behind their end, or before their beginning. */
    private static double[] widened(double[] thetas, boolean upwards) {
        double edge = upwards ? thetas[thetas.length - 1] : thetas[0];
        DoubleStream added = IntStream.rangeClosed(1, VALUES)
                .mapToDouble(i -> edge * Math.pow(REACH, (upwards ? i : i - 1 - VALUES) / (double) VALUES))
                .map(Tuner::rounded);
        DoubleStream known = DoubleStream.of(thetas);
        return (upwards ? DoubleStream.concat(known, added) : DoubleStream.concat(added, known)).toArray();
    }
}
