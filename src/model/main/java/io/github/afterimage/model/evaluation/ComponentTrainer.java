package io.github.afterimage.model.evaluation;

import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.PrincipalComponents;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.util.SplittableRandom;

/** Learns principal components from a sample of the examples that are going to be keys. */
public final class ComponentTrainer {
    /** Eighty times as many rows as the 128 components of the README's table; a second of learning at dim 12,288. */
    public static final int SAMPLE = 10_000;

    private static final int BATCH = 256;

    private ComponentTrainer() {}

    /**
     * What was learned.
     *
     * @param components the caller closes them, or the index that is built with them does
     * @param sampled how many examples they were learned from
     * @param readSeconds for reading the sample and running the network on it
     * @param learnSeconds for finding the components
     */
    public record Result(PrincipalComponents components, int sampled, double readSeconds, double learnSeconds) {}

    /**
     * Learns from at most {@code sample} examples, spread evenly over all of them and chosen by the reduction's seed; no
     * others are read. Holds the sample, {@code (sample, dim)} float32, until it is done.
     *
     * @throws IllegalArgumentException if there are fewer examples than components, or one is refused; names it
     */
    public static Result learn(Reduction reduction, Examples examples, int sample, int threads, Progress progress)
            throws IOException {
        int[] rows = places(reduction, examples.size(), sample);
        Stopwatch reading = new Stopwatch();
        Stopwatch learning = new Stopwatch();
        try (ComponentLearner learner = PrincipalComponents.learner(reduction, examples.dim(), rows.length)) {
            reading.start();
            examples.forEachBatch(rows, BATCH, progress, batch -> {
                try {
                    learner.add(batch.features());
                } catch (IllegalArgumentException e) {
                    throw BadExample.of(batch, examples.dim(), examples.classes(), row -> rows[row], e);
                }
            });
            reading.stop();
            learning.start();
            PrincipalComponents components = learner.learn(threads);
            learning.stop();
            return new Result(components, rows.length, reading.seconds(), learning.seconds());
        }
    }

    /**
     * Which of {@code size} examples {@link #learn} learns from, ascending.
     *
     * @throws IllegalArgumentException if they are fewer than components
     */
    public static int[] places(Reduction reduction, long size, int sample) {
        return spread(Math.toIntExact(size), sampleSize(reduction, size, sample), reduction.seed());
    }

    public static int sampleSize(Reduction reduction, long size, int sample) {
        int taken = (int) Math.min(sample, size);
        if (taken < reduction.dim()) {
            throw new IllegalArgumentException("reduction \"" + reduction + "\" needs at least " + reduction.dim()
                    + " examples to learn from: the sample has " + taken);
        }
        return taken;
    }

    /** {@code count} of the numbers below {@code size}, ascending: a random one of each of as many equal stretches. */
    public static int[] spread(int size, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] rows = new int[count];
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) size * i / count);
            int to = (int) ((long) size * (i + 1) / count);
            rows[i] = from + random.nextInt(to - from);
        }
        return rows;
    }
}
