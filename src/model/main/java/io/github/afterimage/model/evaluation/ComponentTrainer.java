package io.github.afterimage.model.evaluation;

import io.github.afterimage.Progress;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;

/** Trains a learned reduction on a sample of the examples that become keys. */
public final class ComponentTrainer {
    /** Default sample size: 80 times the 128 components of the README's table; training takes a second at dim 12,288. */
    public static final int DEFAULT_SAMPLE = 10_000;

    private static final int BATCH = 256;

    private ComponentTrainer() {}

    /**
     * A learned reduction and the cost of its training.
     *
     * @param components owned by the caller, or by the index that is built with them
     * @param sampleSize the number of examples that it was trained on
     * @param readSeconds seconds for reading the sample and running the network on it
     * @param trainSeconds seconds for computing the reduction
     */
    public record TrainedComponents(
            LearnedReducer components, int sampleSize, double readSeconds, double trainSeconds) {}

    /**
     * Trains on at most {@code sample} examples, chosen by the reduction's seed and spread evenly over all; reads no others.
     * Holds the sample, {@code (sample, dim)} float32, during the call.
     *
     * @throws IllegalArgumentException if there are fewer examples than components, an example is refused, which the
     *     message names, or all are equal and are to be whitened
     */
    public static TrainedComponents train(
            Reduction reduction, Examples examples, int sample, int threads, Progress progress) throws IOException {
        int[] rows = ComponentLearner.sampleRows(reduction, examples.size(), sample);
        Stopwatch reading = new Stopwatch();
        Stopwatch training = new Stopwatch();
        try (ComponentLearner learner = LearnedReducer.learner(reduction, examples.dim(), rows.length)) {
            reading.start();
            examples.forEachBatch(rows, BATCH, progress, batch -> {
                try {
                    learner.add(batch.features(), batch.labels());
                } catch (IllegalArgumentException e) {
                    throw BadExample.in(batch, examples, examples.dim(), examples.classes(), row -> rows[row], e);
                }
            });
            reading.stop();
            training.start();
            LearnedReducer components = learner.learn(threads);
            training.stop();
            return new TrainedComponents(components, rows.length, reading.seconds(), training.seconds());
        }
    }
}
