package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.ClassErrorCounts;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * The first act of {@code demo}: the errors on the test images, with the θ and λ of the index.
 *
 * @param curves errors over a grid that holds the tuned point
 */
record DemoErrors(Hyperparameters tuned, Tuner curves, ErrorCounts counts, ClassErrorCounts classes) {
    private static final double[] THETAS = Tuner.grid(20, 200, 10);
    private static final double[] LAMBDAS = Tuner.grid(0, 1, 41);

    /** @param test images that the index was not tuned on */
    static DemoErrors measure(CacheIndex index, Examples test, Progress progress) throws IOException {
        Hyperparameters tuned = Hyperparameters.of(index);
        Tuner curves = grid(tuned, THETAS, LAMBDAS);
        ErrorCounts counts = new ErrorCounts();
        ClassErrorCounts classes = new ClassErrorCounts(index.classes());
        Evaluation evaluation = new Evaluation(index, test);
        evaluation.tune(curves, progress);
        evaluation.predict(tuned, tuned, progress, prediction -> {
            counts.add(prediction);
            classes.add(prediction);
        });
        return new DemoErrors(tuned, curves, counts, classes);
    }

    /** Returns a grid with a point added. */
    static Tuner grid(Hyperparameters point, double[] thetas, double[] lambdas) {
        return new Tuner(with(point.theta(), thetas), new double[] {point.beta()}, with(point.lambda(), lambdas));
    }

    private static double[] with(double value, double[] grid) {
        return DoubleStream.concat(DoubleStream.of(value), Arrays.stream(grid))
                .sorted()
                .distinct()
                .toArray();
    }

    Gain gain() {
        return counts.mixedGain();
    }
}
