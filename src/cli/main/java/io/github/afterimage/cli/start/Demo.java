package io.github.afterimage.cli.start;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.EngineComparison;
import io.github.afterimage.experiments.EngineComparison.EngineTiming;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.PrequentialErrors;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The measurements of {@code demo} with the network and the index in models/, in three acts. In the second, the index learns blurred
 * images while they arrive.
 *
 * @param index as it was before the second act
 * @param curves errors over a grid that holds the tuned point
 * @param blurred errors on the blurred images
 * @param before errors on clean images without the blurred ones as keys
 * @param clean what the blurred ones as keys change on clean images; θ, λ and β are those of the index
 * @param swapped errors on clean images with the blurred ones as keys and the θ, λ and β of the last batch
 * @param queries the number that each engine was timed with
 */
record Demo(
        CacheIndex index,
        Hyperparameters tuned,
        Tuner curves,
        ErrorCounts counts,
        ClassErrors classes,
        PrequentialErrors blurred,
        long before,
        Gain clean,
        long swapped,
        int queries,
        List<EngineTiming> engines) {
    private static final double[] THETAS = Tuner.grid(20, 200, 10);
    private static final double[] LAMBDAS = Tuner.grid(0, 1, 41);
    private static final double[] BLURRED_THETAS = Tuner.grid(20, 100, 5);
    private static final double[] BLURRED_LAMBDAS = Tuner.grid(0, 1, 21);
    private static final int BATCH = 500;

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
        BitSet before = errors(learner, others, tuned, progress);
        Tuner grid = grid(tuned, BLURRED_THETAS, new double[] {0}, BLURRED_LAMBDAS);
        PrequentialErrors learned =
                PrequentialErrors.measure(learner, Examples.of(blurred), BATCH, tuned, grid, progress);
        BitSet after = errors(learner, others, tuned, progress);
        BitSet swapped = errors(learner, others, learned.last().used(), progress);
        int queries = Math.min(QUERIES, test.size());
        FloatBuffer features = FloatBuffer.allocate(Math.multiplyExact(queries, test.dim()));
        test.read(test.size() - queries, queries, features);
        CacheIndex compared = test.dim() == index.dim() ? index : index.withoutReduction();
        return new Demo(
                index,
                tuned,
                curves,
                counts,
                classes,
                learned,
                before.cardinality(),
                Gain.of(before, after, others.size()),
                swapped.cardinality(),
                queries,
                EngineComparison.compare(compared, features.flip(), tuned.theta()));
    }

    private static BitSet errors(CacheIndex index, Examples examples, Hyperparameters tuned, Progress progress)
            throws IOException {
        BitSet errors = new BitSet();
        new Evaluation(index, examples)
                .predict(
                        tuned,
                        tuned,
                        progress,
                        prediction -> errors.set(prediction.example(), prediction.mixed() != prediction.label()));
        return errors;
    }

    /** Returns a grid with a point added. */
    private static Tuner grid(Hyperparameters point, double[] thetas, double[] betas, double[] lambdas) {
        return new Tuner(with(point.theta(), thetas), with(point.beta(), betas), with(point.lambda(), lambdas));
    }

    private static double[] with(double value, double[] grid) {
        return DoubleStream.concat(DoubleStream.of(value), Arrays.stream(grid))
                .sorted()
                .distinct()
                .toArray();
    }

    /** Returns the errors on clean images with the blurred ones as keys. */
    long after() {
        return before - clean.corrected() + clean.broken();
    }
}
