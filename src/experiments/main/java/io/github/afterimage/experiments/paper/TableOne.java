package io.github.afterimage.experiments.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Neighbors;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.statistics.ConformalVotes;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The paper's Table 1 for one choice of layers: the network, the mixture and the cache alone, tuned and reported as a
 * {@link Split} says; and from the same index, deep k-nearest neighbours, beside the network's own softmax at the best
 * temperature.
 */
public final class TableOne {
    /** The names of the methods, in the order of {@link Outcome#methods}. */
    public static final String NETWORK = "network";

    public static final String SCALED = "network, temperature";
    public static final String MIXED = "mixed";
    public static final String CACHE = "cache only";
    public static final String NEIGHBORS = "k nearest";

    /** How many tuning examples calibrate the neighbours: they cost a pass over the keys each, and 76 counts need no more. */
    private static final int CALIBRATION = 1024;

    private final Settings settings;
    private final WorkFolder work;

    /**
     * What is asked for.
     *
     * @param neighbors k of deep k-nearest neighbours; 0 leaves them out
     */
    public record Settings(
            KeyLayers layers, Split.Rule rule, IndexRecipe recipe, int neighbors, double[] thetas, double[] lambdas) {

        Map<String, Object> toMap(DataSource source) throws IOException {
            Map<String, Object> all = new LinkedHashMap<>(source.identity());
            all.put("layers", layers.toString());
            all.put("heldOut", rule.heldOut());
            all.put("seed", rule.seed());
            all.put("keys", recipe.text());
            all.put("neighbors", neighbors);
            all.put("calibration", neighbors == 0 ? 0 : CALIBRATION);
            all.put("thetas", Arrays.toString(thetas));
            all.put("lambdas", Arrays.toString(lambdas));
            return all;
        }
    }

    /**
     * What was found on the tuning examples.
     *
     * @param cacheTheta the best theta of the cache alone
     * @param temperature of the network's softmax
     * @param strangers of how many of the first {@value #CALIBRATION} examples 0, 1, … k neighbours had another label;
     *     empty without neighbours
     */
    public record Tuning(
            long examples,
            long keys,
            double networkError,
            double theta,
            double lambda,
            double mixedError,
            double cacheTheta,
            double cacheError,
            double temperature,
            long[] strangers) {}

    /**
     * What was found on the test examples.
     *
     * @param dim values of a key as it is stored
     * @param methods the network first
     * @param credibilityRight the mean credibility of the right answers of deep k-nearest neighbours, and so on
     */
    public record Outcome(
            long examples,
            long keys,
            int dim,
            List<Method> methods,
            double credibilityRight,
            double credibilityWrong,
            double confidenceRight,
            double confidenceWrong) {

        /** The method of a name; null where it was left out. */
        public Method method(String name) {
            return methods.stream()
                    .filter(method -> method.name().equals(name))
                    .findFirst()
                    .orElse(null);
        }
    }

    /** Both. */
    public record Result(Tuning tuning, Outcome outcome) {}

    public TableOne(Settings settings, WorkFolder work) {
        this.settings = settings;
        this.work = work;
    }

    /**
     * Computes what the work folder does not have; tuning and the test are a part each.
     *
     * @throws IllegalArgumentException if the data do not fit
     */
    public Result run(DataSource source, Progress progress) throws IOException {
        Map<String, Object> all = settings.toMap(source);
        Pass pass = new Pass(source, progress);
        try {
            Tuning tuning = work.part("table1-tuning", all, Tuning.class, pass::tune);
            Outcome outcome = work.part("table1-test", all, Outcome.class, () -> pass.test(tuning));
            return new Result(tuning, outcome);
        } finally {
            pass.close();
        }
    }

    /** Opens data and fills an index when the first part needs them. */
    private final class Pass implements AutoCloseable {
        private final DataSource source;
        private final Progress progress;
        private DataSource.Opened opened;
        private Split split;
        private CacheIndex index;

        Pass(DataSource source, Progress progress) {
            this.source = source;
            this.progress = progress;
        }

        private void begin() throws IOException {
            if (index == null) {
                opened = source.open(settings.layers.terms());
                split = settings.rule.of(opened.training(), opened.rows(), opened.test());
                Examples keys = split.keys();
                index = settings.recipe.build(keys, split.finalKeys(), progress);
                IndexFiller.fill(index, keys, progress);
            }
        }

        Tuning tune() throws IOException {
            begin();
            Tuner tuner = new Tuner(settings.thetas, settings.lambdas);
            Examples examples = split.tuning();
            float[] probabilities = new float[examples.size() * examples.classes()];
            int[] labels = new int[examples.size()];
            long[] strangers = settings.neighbors == 0 ? new long[0] : new long[settings.neighbors + 1];
            examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
                FloatBuffer queries = batch.features();
                tuner.accept(index.query(queries.duplicate(), settings.thetas), batch.probabilities(), batch.labels());
                System.arraycopy(
                        batch.probabilities(),
                        0,
                        probabilities,
                        batch.first() * examples.classes(),
                        batch.probabilities().length);
                System.arraycopy(batch.labels(), 0, labels, batch.first(), batch.labels().length);
                if (settings.neighbors > 0 && batch.first() < CALIBRATION) {
                    Neighbors nearest = index.nearest(queries.duplicate(), settings.neighbors);
                    for (int row = 0; row < batch.labels().length; row++) {
                        strangers[nearest.k() - votes(nearest, row)[batch.labels()[row]]]++;
                    }
                }
            });
            Tuner.Point best = tuner.best();
            Tuner.Point alone = tuner.bestCacheOnly();
            return new Tuning(
                    tuner.examples(),
                    index.size(),
                    tuner.networkError(),
                    best.hyperparameters().theta(),
                    best.hyperparameters().lambda(),
                    best.error(),
                    alone.hyperparameters().theta(),
                    alone.error(),
                    Temperature.fit(probabilities, labels).value(),
                    strangers);
        }

        Outcome test(Tuning tuning) throws IOException {
            begin();
            if (split.joining() != null && index.size() < split.finalKeys()) {
                IndexFiller.fill(index, split.joining(), progress);
            }
            TestTally tally = new TestTally(split.test().size(), tuning, settings.neighbors);
            double[] thetas = {tuning.theta, tuning.cacheTheta};
            split.test().forEachBatch(Evaluation.BATCH, progress, batch -> {
                FloatBuffer queries = batch.features();
                List<Distributions> cache = index.query(queries.duplicate(), thetas);
                Neighbors nearest =
                        settings.neighbors == 0 ? null : index.nearest(queries.duplicate(), settings.neighbors);
                for (int row = 0; row < batch.labels().length; row++) {
                    tally.add(batch, row, cache, nearest == null ? null : votes(nearest, row));
                }
            });
            return tally.outcome(index.size(), index.keyDim());
        }

        private int[] votes(Neighbors nearest, int row) {
            int[] votes = new int[index.classes()];
            for (int place = 0; place < nearest.k(); place++) {
                votes[nearest.label(row, place)]++;
            }
            return votes;
        }

        @Override
        public void close() throws IOException {
            if (index != null) {
                index.close();
            }
            if (opened != null) {
                opened.close();
            }
        }
    }

    /** Every method on the same examples. */
    private static final class TestTally {
        private final Temperature temperature;
        private final Hyperparameters hyperparameters;
        private final ConformalVotes conformal;
        private final MethodScores network;
        private final MethodScores scaled;
        private final MethodScores mixed;
        private final MethodScores alone;
        private final MethodScores neighbors;
        private final double[][] credibility = new double[2][3]; // wrong, right: count, credibility, confidence
        private int examples;

        TestTally(int size, Tuning tuning, int k) {
            temperature = new Temperature(tuning.temperature);
            hyperparameters = new Hyperparameters(tuning.theta, tuning.lambda);
            conformal = k == 0 ? null : new ConformalVotes(tuning.strangers);
            network = new MethodScores(NETWORK, size);
            scaled = new MethodScores(SCALED, size);
            mixed = new MethodScores(MIXED, size);
            alone = new MethodScores(CACHE, size);
            neighbors = k == 0 ? null : new MethodScores(NEIGHBORS, size);
        }

        void add(Examples.Batch batch, int row, List<Distributions> cache, int[] votes) {
            int label = batch.labels()[row];
            int classes = cache.get(0).classes();
            double[] p = new double[classes];
            double[] mixture = new double[classes];
            double[] memory = new double[classes];
            for (int c = 0; c < classes; c++) {
                p[c] = batch.probabilities()[row * classes + c];
                mixture[c] =
                        Mixture.of(hyperparameters.lambda(), p[c], cache.get(0).probability(row, c));
                memory[c] = cache.get(1).probability(row, c);
            }
            network.add(p, label);
            scaled.add(temperature.scale(p), label);
            mixed.add(mixture, label);
            alone.add(memory, label);
            if (votes != null) {
                double sum = Arrays.stream(votes).sum();
                neighbors.add(Arrays.stream(votes).mapToDouble(v -> v / sum).toArray(), label);
                ConformalVotes.Prediction prediction = conformal.predict(votes);
                double[] sums = credibility[neighbors.lastWasRight() ? 1 : 0];
                sums[0]++;
                sums[1] += prediction.credibility();
                sums[2] += prediction.confidence();
            }
            examples++;
        }

        Outcome outcome(long keys, int dim) {
            List<Method> methods = new ArrayList<>();
            for (MethodScores tally : Arrays.asList(network, scaled, mixed, alone, neighbors)) {
                if (tally != null) {
                    methods.add(tally.against(network));
                }
            }
            return new Outcome(examples, keys, dim, methods, mean(1, 1), mean(0, 1), mean(1, 2), mean(0, 2));
        }

        private double mean(int right, int value) {
            double[] sums = credibility[right];
            return sums[0] == 0 ? 0 : sums[value] / sums[0];
        }
    }
}
