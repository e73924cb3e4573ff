package io.github.afterimage.experiments.probe;

import io.github.afterimage.Progress;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.engine.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Multinomial logistic regression on the keys of an index, the baseline beside the cache: a linear layer trained on what the
 * cache stores.
 *
 * <p>The weights, biases included, minimise the mean of -log p(label) over the keys plus penalty / 2 times the sum of their
 * squares. A fit tries {@link #PENALTIES} from the strongest on, until one lowers neither the errors nor the loss on the tuning
 * examples. It keeps the one with the fewest errors there; of equals, the one with the least loss.
 *
 * <pre>{@code
 * try (LabelledKeys train = LabelledKeys.of(index, keys, Progress.NONE);
 *         LabelledKeys tuning = LabelledKeys.of(index, heldOut, Progress.NONE);
 *         LabelledKeys test = LabelledKeys.of(index, others, Progress.NONE)) {
 *     LinearProbe probe = LinearProbe.fit(train, tuning, 2, Progress.NONE);
 *     int[] answers = probe.answers(test);
 * }
 * }</pre>
 *
 * <p>Guarantees: the same keys in the same order give the same probe, with any number of threads. Threads: thread-safe;
 * nothing is changed.
 */
public final class LinearProbe {
    /** The penalties that a fit tries, the strongest first. */
    public static final List<Double> PENALTIES =
            List.of(1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7, 3e-8, 1e-8);

    /** The penalised loss may exceed its minimum by this. */
    static final double TOLERANCE = 1e-3;

    private static final int MAX_STEPS = 300;

    private final double[] weights; // (classes, dim + 1)
    private final int dim;
    private final int classes;
    private final Trial best;

    /**
     * A penalty that was tried.
     *
     * @param errors number of wrong answers on the tuning examples
     * @param loss mean of -log p(label) on the tuning examples
     */
    public record Trial(double penalty, long errors, double loss) {
        boolean isBetterThan(Trial other) {
            return errors < other.errors || errors == other.errors && loss < other.loss;
        }
    }

    private LinearProbe(double[] weights, LabelledKeys keys, Trial best) {
        this.weights = weights;
        dim = keys.dim();
        classes = keys.classes();
        this.best = best;
    }

    /**
     * Fits a probe. This holds about 25 times as many numbers as there are weights, and takes two matrix products of all keys
     * and weights for each step.
     *
     * @param train the keys, at least one
     * @param tuning examples that are not among the keys, at least one, with their dim and their classes
     * @param progress counts steps; a fit usually ends long before the last one
     * @throws IllegalArgumentException if a size does not fit, or OpenBLAS is missing
     * @throws CancellationException if the caller is interrupted; its interrupted status remains set
     * @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused
     */
    public static LinearProbe fit(LabelledKeys train, LabelledKeys tuning, int threads, Progress progress) {
        return fit(train, tuning, PENALTIES, threads, progress);
    }

    static LinearProbe fit(
            LabelledKeys train, LabelledKeys tuning, List<Double> penalties, int threads, Progress progress) {
        if (train.size() == 0 || tuning.size() == 0) {
            throw new IllegalArgumentException(
                    train.size() + " keys and " + tuning.size() + " tuning examples: expected at least one of each");
        }
        requireShape(tuning, train.dim(), train.classes());
        try (Workers workers = new Workers(threads);
                LogLoss loss = new LogLoss(train, workers);
                LogLoss heldOut = new LogLoss(tuning, workers)) {
            double[] weights = new double[loss.parameters()];
            int tried = 0;
            @Nullable LinearProbe best = null;
            double leastLoss = Double.POSITIVE_INFINITY;
            for (double penalty : penalties) {
                long done = (long) tried++ * MAX_STEPS;
                long total = (long) penalties.size() * MAX_STEPS;
                minimize(loss, penalty, weights, (step, steps) -> progress.report(done + step, total));
                LogLoss.Score score = heldOut.score(weights);
                Trial trial = new Trial(penalty, score.errors(), score.loss());
                boolean better = best == null || trial.isBetterThan(best.best);
                if (!better && trial.loss >= leastLoss) {
                    break;
                }
                leastLoss = Math.min(leastLoss, trial.loss);
                if (better) {
                    best = new LinearProbe(weights.clone(), train, trial);
                }
            }
            return Objects.requireNonNull(best);
        }
    }

    private static void minimize(LogLoss loss, double penalty, double[] weights, Progress progress) {
        int[] evaluations = new int[1];
        Lbfgs.minimize(
                (point, gradient) -> {
                    if (Thread.currentThread().isInterrupted()) {
                        throw LogLoss.interruption();
                    }
                    double value = loss.at(point, gradient) + penalty / 2 * Lbfgs.dot(point, point);
                    for (int i = 0; i < point.length; i++) {
                        gradient[i] += penalty * point[i];
                    }
                    progress.report(Math.min(evaluations[0]++, MAX_STEPS), MAX_STEPS);
                    return value;
                },
                weights,
                // The penalty makes the function strongly convex: value - minimum <= |gradient|² / (2 penalty).
                2 * penalty * TOLERANCE,
                MAX_STEPS);
    }

    private static void requireShape(LabelledKeys keys, int dim, int classes) {
        if (keys.dim() != dim || keys.classes() != classes) {
            throw new IllegalArgumentException("examples have dim " + keys.dim() + " and " + keys.classes()
                    + " classes: expected dim " + dim + " and " + classes + " classes, as the keys have");
        }
    }

    /**
     * Computes the probabilities of the classes.
     *
     * @return {@code (keys.size(), classes)} row-major
     * @throws IllegalArgumentException if dim or classes of the keys differ from those of the fit
     */
    public float[] probabilities(LabelledKeys keys) {
        requireShape(keys, dim, classes);
        float[] all = new float[Math.multiplyExact(keys.size(), classes)];
        try (Workers workers = new Workers(1);
                LogLoss loss = new LogLoss(keys, workers)) {
            loss.forEach(weights, (key, probabilities) -> {
                for (int c = 0; c < classes; c++) {
                    all[key * classes + c] = (float) probabilities[c];
                }
            });
        }
        return all;
    }

    /** Computes the most probable class of each key, the first of equals; see {@link #probabilities}. */
    public int[] answers(LabelledKeys keys) {
        float[] all = probabilities(keys);
        return IntStream.range(0, keys.size())
                .map(key -> ArgMax.of(Arrays.copyOfRange(all, key * classes, (key + 1) * classes)))
                .toArray();
    }

    /** Returns the penalty with the fewest errors on the tuning examples. */
    public Trial best() {
        return best;
    }

    double[] weights() {
        return weights.clone();
    }
}
