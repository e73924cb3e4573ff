package io.github.afterimage.experiments.sets;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.PredictionSets;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Split-conformal prediction sets (Vovk, Gammerman and Shafer, 2005) of the network, the mixture and the cache alone: scores of
 * calibration examples give a threshold, and the set of a new example has the classes whose score is at most that. If
 * calibration and new examples are exchangeable, a set has the true class with a probability of at least 1 - α.
 *
 * <p>Not thread-safe. Lifetime: holds nothing; index and examples must stay open.
 */
final class ConformalEvaluation {
    private final CacheIndex index;
    private final Hyperparameters hyperparameters;
    private final Hyperparameters ofCache;
    private final NonconformityScore score;
    private final SplittableRandom random;
    private final Map<Model, Calibration> calibrations = new EnumMap<>(Model.class);

    /** A distribution that sets are made from. */
    enum Model {
        /** The network's. */
        NETWORK,
        /** The mixture. */
        MIXED,
        /** The cache's. */
        CACHE_ONLY
    }

    /**
     * The sets of a model at a level.
     *
     * @param alpha the share of sets that may lack the true class
     */
    record Result(double alpha, Model model, SetStatistics sets) {}

    /**
     * @param ofCache the cache alone
     * @param score that decides between classes
     * @param seed of the draws that {@link NonconformityScore#APS} needs
     */
    ConformalEvaluation(
            CacheIndex index,
            Hyperparameters hyperparameters,
            Hyperparameters ofCache,
            NonconformityScore score,
            long seed) {
        this.index = index;
        this.hyperparameters = hyperparameters;
        this.ofCache = ofCache;
        this.score = score;
        random = new SplittableRandom(seed);
    }

    /**
     * Adds calibration examples, and returns this.
     *
     * @throws IllegalArgumentException if they do not fit the index
     */
    ConformalEvaluation calibrate(Examples calibration, Progress progress) throws IOException {
        forEach(calibration, progress, (model, label, scores) -> calibrations
                .computeIfAbsent(model, first -> new Calibration(index.classes()))
                .add(label, scores[label]));
        return this;
    }

    /**
     * Makes the sets of other examples; calibrate before.
     *
     * @param alphas levels between 0 and 1
     * @param perClass whether each class has a threshold of its own, so that the promise holds for each class
     * @return for each level in order, the results of all models
     * @throws IllegalArgumentException if the examples do not fit the index
     */
    List<Result> run(Examples test, double[] alphas, boolean perClass, Progress progress) throws IOException {
        List<Result> results = new ArrayList<>();
        for (double alpha : alphas) {
            calibrations.forEach((model, scores) -> results.add(new Result(
                    alpha,
                    model,
                    new SetStatistics(perClass ? scores.classThresholds(alpha) : scores.thresholds(alpha)))));
        }
        forEach(test, progress, (model, label, scores) -> results.stream()
                .filter(result -> result.model == model)
                .forEach(result -> result.sets.add(label, scores)));
        return results;
    }

    /**
     * Makes the sets that the index promises.
     *
     * @throws IllegalArgumentException if it has none for the θ, λ and β, or its tuning examples are too few for a level
     */
    List<Result> runStored(Examples test, double[] alphas, Progress progress) throws IOException {
        Model model = test.hasProbabilities() ? Model.MIXED : Model.CACHE_ONLY;
        List<Result> results = new ArrayList<>();
        for (double alpha : alphas) {
            PredictionSets unused =
                    Tuner.predictionSets(index, hyperparameters, coverage(alpha)); // throws if it has none
            results.add(new Result(alpha, model, new SetStatistics(new double[index.classes()])));
        }
        PredictionSets stored = Tuner.predictionSets(index, hyperparameters).orElseThrow();
        forEach(test, progress, (answering, label, scores) -> {
            if (answering == model) {
                results.forEach(
                        each -> each.sets.add(label, stored.labels(other -> 1 - scores[other], coverage(each.alpha))));
            }
        });
        return results;
    }

    private static double coverage(double alpha) {
        return BigDecimal.ONE.subtract(BigDecimal.valueOf(alpha)).doubleValue();
    }

    private interface ScoreConsumer {
        void accept(Model model, int label, double[] scores);
    }

    private void forEach(Examples examples, Progress progress, ScoreConsumer consumer) throws IOException {
        double[] thetas = {ofCache.theta(), hyperparameters.theta()};
        double[] betas = {ofCache.beta(), hyperparameters.beta()};
        new Evaluation(index, examples).run(thetas, betas, progress, (batch, answers) -> {
            for (int row = 0; row < batch.labels().length; row++) {
                int label = batch.labels()[row];
                double u = random.nextDouble();
                if (batch.probabilities() != null) {
                    float[] network = batch.network(row);
                    double[] mixed = Mixture.of(
                            hyperparameters.lambda(),
                            network,
                            answers.at(1, 1).row(row).probabilities());
                    consumer.accept(Model.NETWORK, label, score.of(widened(network), u));
                    consumer.accept(Model.MIXED, label, score.of(mixed, u));
                }
                consumer.accept(
                        Model.CACHE_ONLY,
                        label,
                        score.of(widened(answers.row(row).probabilities()), u));
            }
        });
    }

    private static double[] widened(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    /** The scores of the true classes of calibration examples, from which thresholds follow. Not thread-safe. */
    static final class Calibration {
        private final List<List<Double>> scores; // of each class

        Calibration(int classes) {
            scores = IntStream.range(0, classes)
                    .<List<Double>>mapToObj(label -> new ArrayList<>())
                    .toList();
        }

        void add(int label, double score) {
            scores.get(label).add(score);
        }

        /** Returns the threshold of each class: the same for all, from all examples. */
        double[] thresholds(double alpha) {
            double[] thresholds = new double[scores.size()];
            Arrays.fill(
                    thresholds, quantile(scores.stream().flatMap(List::stream).toList(), alpha));
            return thresholds;
        }

        /** Returns the threshold of each class, from the examples of this class only. */
        double[] classThresholds(double alpha) {
            return scores.stream().mapToDouble(each -> quantile(each, alpha)).toArray();
        }

        /**
         * Returns the ⌈(n + 1)(1 - α)⌉-th smallest of n scores; infinity if there is no such one, because no score of these is then
         * great enough.
         */
        static double quantile(List<Double> scores, double alpha) {
            int outside = PredictionSets.outside(scores.size(), BigDecimal.valueOf(alpha));
            return outside == 0
                    ? Double.POSITIVE_INFINITY
                    : scores.stream()
                            .sorted(Comparator.reverseOrder())
                            .skip(outside - 1L)
                            .findFirst()
                            .orElseThrow();
        }
    }
}
