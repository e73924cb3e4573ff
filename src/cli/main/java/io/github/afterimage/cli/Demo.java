package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.experiments.ClassErrorCounts;
import io.github.afterimage.experiments.EngineComparison;
import io.github.afterimage.experiments.EngineTiming;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * The network and the index in models/, measured on the test images there.
 *
 * @param curves errors over a grid that holds the tuned point
 * @param engines each engine, timed with {@code engineQueries} queries
 */
record Demo(
        CacheIndex index,
        Hyperparameters tuned,
        Tuner curves,
        ErrorCounts errors,
        ClassErrorCounts classes,
        List<EngineTiming> engines) {
    private static final double[] THETAS = Tuner.grid(10, 200, 20);
    private static final double[] LAMBDAS = Tuner.grid(0, 1, 41);
    /** As few as keep the reference below a second or two; the other engines are near their best rate. */
    private static final int ENGINE_QUERIES = 128;

    /** @param test features and probabilities of images that the index was not tuned on */
    static Demo run(CacheIndex index, FeatureSet test, Progress progress) throws IOException {
        Hyperparameters tuned = Hyperparameters.of(index);
        Tuner curves = new Tuner(with(tuned.theta(), THETAS), with(tuned.lambda(), LAMBDAS));
        ErrorCounts errors = new ErrorCounts();
        ClassErrorCounts classes = new ClassErrorCounts(index.classes());
        Evaluation evaluation = new Evaluation(index, Examples.of(test));
        evaluation.tune(curves, progress);
        evaluation.predict(tuned, tuned.theta(), progress, prediction -> {
            errors.add(prediction);
            classes.add(prediction);
        });
        int queries = engineQueries(errors);
        FloatBuffer features = FloatBuffer.allocate(Math.multiplyExact(queries, test.dim()));
        test.read(test.size() - queries, queries, features);
        CacheIndex compared = test.dim() == index.dim() ? index : index.withoutReduction();
        List<EngineTiming> engines = EngineComparison.compare(compared, features.flip(), tuned.theta());
        return new Demo(index, tuned, curves, errors, classes, engines);
    }

    /** Adds a value to a grid, in its place. */
    private static double[] with(double value, double[] grid) {
        return DoubleStream.concat(DoubleStream.of(value), Arrays.stream(grid))
                .sorted()
                .distinct()
                .toArray();
    }

    private static int engineQueries(ErrorCounts errors) {
        return (int) Math.min(ENGINE_QUERIES, errors.examples());
    }

    /** Returns the number of queries that each engine was timed with. */
    int engineQueries() {
        return engineQueries(errors);
    }

    double queriesPerSecond(EngineTiming engine) {
        return Format.perSecond(engineQueries(), engine.seconds());
    }

    Gain gain() {
        return errors.mixedGain();
    }
}
