package io.github.afterimage.cli.start;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.EngineComparison;
import io.github.afterimage.experiments.EngineComparison.EngineTiming;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The measurements of {@code demo} with the network and the index in models/, in three acts.
 *
 * @param index as it was before the second act
 * @param curves errors over a grid that holds the tuned point
 * @param queries the number that each engine was timed with
 */
record Demo(
        CacheIndex index,
        Hyperparameters tuned,
        Tuner curves,
        ErrorCounts counts,
        ClassErrors classes,
        DemoStream stream,
        int queries,
        List<EngineTiming> engines) {
    private static final double[] THETAS = Tuner.grid(20, 200, 10);
    private static final double[] LAMBDAS = Tuner.grid(0, 1, 41);

    /** As few as keep the reference below a second or two; the other engines are near their best rate. */
    private static final int QUERIES = 64;

    /**
     * @param index a snapshot of {@code learner}
     * @param test images that neither the network nor the index has seen
     * @param blurred the first of these images, blurred; become keys of {@code learner}
     */
    static Demo run(CacheIndex index, CacheIndex learner, FeatureSet test, FeatureSet blurred, Progress progress)
            throws IOException {
        if (blurred.size() >= test.size()) {
            throw new IllegalArgumentException(
                    blurred.name() + " has " + blurred.size() + " images: expected fewer than the " + test.size()
                            + " of " + test.name() + ", because the others stay clean");
        }
        Examples all = Examples.of(test);
        Examples others = all.select(IntStream.range(blurred.size(), all.size()).toArray());
        Hyperparameters tuned = Hyperparameters.of(index.attributes());
        Tuner curves = grid(tuned, THETAS, new double[0], LAMBDAS);
        ErrorCounts counts = new ErrorCounts();
        ClassErrors classes = new ClassErrors();
        Evaluation evaluation = new Evaluation(index, all);
        evaluation.tune(curves, progress);
        evaluation.predict(tuned, tuned, progress, prediction -> {
            counts.add(prediction);
            classes.add(prediction);
        });
        DemoStream stream = DemoStream.measure(learner, Examples.of(blurred), others, progress);
        int queries = Math.min(QUERIES, test.size());
        FloatBuffer features = FloatBuffer.allocate(Math.multiplyExact(queries, test.dim()));
        test.read(test.size() - queries, queries, features);
        CacheIndex compared = test.dim() == index.dim() ? index : index.withoutReduction();
        List<EngineTiming> engines = EngineComparison.compare(compared, features.flip(), tuned.theta());
        return new Demo(index, tuned, curves, counts, classes, stream, queries, engines);
    }

    /** Returns a grid with a point added. */
    static Tuner grid(Hyperparameters point, double[] thetas, double[] betas, double[] lambdas) {
        return new Tuner(with(point.theta(), thetas), with(point.beta(), betas), with(point.lambda(), lambdas));
    }

    private static double[] with(double value, double[] grid) {
        return DoubleStream.concat(DoubleStream.of(value), Arrays.stream(grid))
                .sorted()
                .distinct()
                .toArray();
    }
}
