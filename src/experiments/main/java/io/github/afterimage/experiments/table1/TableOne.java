package io.github.afterimage.experiments.table1;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.PaperGrid;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.statistics.ConformalVotes;
import io.github.afterimage.experiments.statistics.MethodResult;
import io.github.afterimage.experiments.statistics.MethodScorer;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/**
 * The paper's Table 1 for one choice of layers: the network, the mixture and the cache alone, tuned and reported as a
 * {@link Split} says. The same index also answers as deep k-nearest neighbours, and the network's softmax is scaled by its
 * best temperature.
 *
 * @param neighbors k of deep k-nearest neighbours; 0 leaves them out
 * @param work keeps the result of the tuning and of the test
 */
@NullUnmarked // resources open on first use
public record TableOne(KeyLayers layers, int neighbors, Protocol protocol, WorkFolder work) {
    /** The names of the methods, in the order of {@link Scores#methods}. */
    public static final String NETWORK = "network";

    public static final String SCALED = "network, temperature";
    public static final String MIXED = "mixed";
    public static final String CACHE = "cache only";
    public static final String NEIGHBORS = "k nearest";

    /** The number of tuning examples that calibrate the neighbours: each costs a pass over the keys, and 76 counts suffice. */
    private static final int CALIBRATION = 1024;

    /**
     * The result on the tuning examples.
     *
     * @param cacheTheta the best θ of the cache alone
     * @param temperature the temperature of the network's softmax
     * @param strangers element i counts the calibration examples of which i neighbours have another label; empty without
     *     neighbours
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
     * The result on the test examples.
     *
     * @param dim the number of values of a stored key
     * @param methods the network first
     * @param credibilityRight the mean credibility of the right answers of deep k-nearest neighbours; the next three
     *     components are the means for wrong answers and for confidence
     */
    public record Scores(
            long examples,
            long keys,
            int dim,
            List<MethodResult> methods,
            double credibilityRight,
            double credibilityWrong,
            double confidenceRight,
            double confidenceWrong) {

        /** Returns the method of a name, or null if it was left out. */
        public MethodResult method(String name) {
            return methods.stream()
                    .filter(method -> method.name().equals(name))
                    .findFirst()
                    .orElse(null);
        }
    }

    /** One block of the table. */
    public record Block(KeyLayers layers, Tuning tuning, Scores scores) {}

    /**
     * Computes the parts that the work folder lacks.
     *
     * @throws IllegalArgumentException if the data do not fit
     */
    public Block run(ExampleSource source, Progress progress) throws IOException {
        Map<String, Object> settings = settings(source);
        try (Pass pass = new Pass(source, progress)) {
            Tuning tuning = work.part("table1-tuning", settings, Tuning.class, pass::tune);
            Scores scores = work.part("table1-test", settings, Scores.class, () -> pass.test(tuning));
            return new Block(layers, tuning, scores);
        }
    }

    private Map<String, Object> settings(ExampleSource source) throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(source.identity());
        settings.put("layers", layers.toString());
        protocol.putRule(settings);
        settings.put("keys", protocol.recipe().text());
        settings.put("neighbors", neighbors);
        settings.put("statistics", "with Brier and examples");
        settings.put("calibration", neighbors == 0 ? 0 : CALIBRATION);
        protocol.putGrid(settings);
        return settings;
    }

    /** Opens the data and fills an index when the first part needs them. */
    private final class Pass implements AutoCloseable {
        private final ExampleSource source;
        private final Progress progress;
        private OpenExamples opened;
        private Split split;
        private CacheIndex index;

        Pass(ExampleSource source, Progress progress) {
            this.source = source;
            this.progress = progress;
        }

        private void begin() throws IOException {
            if (index == null) {
                opened = source.open(layers.terms());
                split = opened.split(protocol.rule());
                Examples keys = split.keys();
                index = protocol.recipe().build(keys, split.finalKeys(), progress);
                IndexFiller.fill(index, keys, progress);
            }
        }

        Tuning tune() throws IOException {
            begin();
            PaperGrid grid = protocol.grid();
            Examples examples = split.tuning();
            float[] probabilities = new float[examples.size() * examples.classes()];
            int[] labels = new int[examples.size()];
            long[] strangers = neighbors == 0 ? new long[0] : new long[neighbors + 1];
            examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
                FloatBuffer queries = batch.features();
                float[] own = batch.probabilities(1);
                grid.accept(index.answer(Query.of(queries.duplicate()).thetas(protocol.thetas())), own, batch.labels());
                System.arraycopy(own, 0, probabilities, batch.first() * examples.classes(), own.length);
                System.arraycopy(batch.labels(), 0, labels, batch.first(), batch.labels().length);
                if (neighbors > 0 && batch.first() < CALIBRATION) {
                    Answer nearest = index.answer(Query.of(queries.duplicate()).neighbors(neighbors));
                    for (int row = 0; row < batch.labels().length; row++) {
                        strangers[nearest.row(row).neighbors().size() - votes(nearest, row)[batch.labels()[row]]]++;
                    }
                }
            });
            PaperGrid.Point best = grid.best();
            PaperGrid.Point alone = grid.bestAlone();
            return new Tuning(
                    grid.examples(),
                    index.size(),
                    grid.networkError(),
                    best.mixture().theta(),
                    best.mixture().lambda(),
                    best.error(),
                    alone.mixture().theta(),
                    alone.error(),
                    Temperature.fit(probabilities, labels).value(),
                    strangers);
        }

        Scores test(Tuning tuning) throws IOException {
            begin();
            if (split.joining() != null && index.size() < split.finalKeys()) {
                IndexFiller.fill(index, split.joining(), progress);
            }
            TestScorer scorer = new TestScorer(split.test().size(), tuning, neighbors);
            double[] thetas = {tuning.theta, tuning.cacheTheta};
            split.test().forEachBatch(Evaluation.BATCH, progress, batch -> {
                FloatBuffer queries = batch.features();
                Answer cache = index.answer(Query.of(queries.duplicate()).thetas(thetas));
                Answer nearest = neighbors == 0
                        ? null
                        : index.answer(Query.of(queries.duplicate()).neighbors(neighbors));
                for (int row = 0; row < batch.labels().length; row++) {
                    scorer.add(batch, row, cache, nearest == null ? null : votes(nearest, row));
                }
            });
            return scorer.scores(index.size(), index.format().keyDim());
        }

        private int[] votes(Answer nearest, int row) {
            int[] votes = new int[index.classes()];
            for (Neighbor key : nearest.row(row).neighbors()) {
                votes[key.label()]++;
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

    /** Scores every method on the same examples. */
    private static final class TestScorer {
        private final int size;
        private final Tuning tuning;
        private final Temperature temperature;
        private final @Nullable ConformalVotes conformal;
        private final Map<String, MethodScorer> scorers = new LinkedHashMap<>(); // in the order of the report
        private final double[][] credibility = new double[2][3]; // wrong, right: count, credibility, confidence

        /**
         * @param size the number of test examples
         * @param k the number of neighbours, or 0
         */
        TestScorer(int size, Tuning tuning, int k) {
            this.size = size;
            this.tuning = tuning;
            temperature = new Temperature(tuning.temperature);
            conformal = k == 0 ? null : new ConformalVotes(tuning.strangers);
        }

        /**
         * Adds one example.
         *
         * @param cache the distributions for the θ of the mixture and for that of the cache alone
         * @param votes the labels of the neighbours by class, or null
         */
        void add(Examples.Batch batch, int row, Answer cache, int @Nullable [] votes) {
            int label = batch.labels()[row];
            float[] own = batch.network(row);
            double[] p = new Mixture(tuning.theta, 0).probabilities(own, cache.row(row));
            add(NETWORK, p, label);
            add(SCALED, temperature.scale(p), label);
            add(MIXED, new Mixture(tuning.theta, tuning.lambda).probabilities(own, cache.row(row)), label);
            add(
                    CACHE,
                    new Mixture(tuning.cacheTheta, 1)
                            .probabilities(own, cache.at(1).row(row)),
                    label);
            if (votes != null) {
                double sum = Arrays.stream(votes).sum();
                double[] shares = Arrays.stream(votes).mapToDouble(v -> v / sum).toArray();
                ConformalVotes.Prediction prediction = conformal.predict(votes);
                double[] sums = credibility[add(NEIGHBORS, shares, label).lastWasRight() ? 1 : 0];
                sums[0]++;
                sums[1] += prediction.credibility();
                sums[2] += prediction.confidence();
            }
        }

        private MethodScorer add(String method, double[] probabilities, int label) {
            MethodScorer scorer = scorers.computeIfAbsent(method, name -> new MethodScorer(name, size));
            scorer.add(probabilities, label);
            return scorer;
        }

        Scores scores(long keys, int dim) {
            List<MethodResult> methods = scorers.values().stream()
                    .map(scorer -> scorer.against(scorers.get(NETWORK)))
                    .toList();
            return new Scores(size, keys, dim, methods, mean(1, 1), mean(0, 1), mean(1, 2), mean(0, 2));
        }

        private double mean(int right, int value) {
            double[] sums = credibility[right];
            return sums[0] == 0 ? 0 : sums[value] / sums[0];
        }
    }
}
