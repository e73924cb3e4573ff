package io.github.afterimage.experiment.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiment.Examples;
import io.github.afterimage.experiment.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds layers that make a good key together, which the paper left to future work: greedy forward selection by the best
 * error of the mixture on held-out examples, then a weight for each layer. Every layer's inner products are kept
 * ({@link LayerScores}), so that a combination costs neither a pass of the network nor a product.
 */
public final class LayerSearch {
    private static final int BATCH = 64;
    private static final double[] WEIGHTS = {0.5, 0.7, 1.4, 2};

    private final Settings settings;
    private final WorkFolder work;

    /**
     * What is asked for.
     *
     * @param candidates layers to choose from
     * @param most how many layers a combination may have
     * @param keys how many training examples are keys while searching, at the most
     * @param queries how many held-out examples are queries, at the most
     */
    public record Settings(
            List<String> candidates,
            Split.Rule rule,
            IndexRecipe recipe,
            int most,
            int keys,
            int queries,
            double[] thetas,
            double[] lambdas) {}

    /**
     * A combination that was looked at.
     *
     * @param errors of the mixture at the best point of the grid
     */
    public record Trial(String layers, long errors, double theta, double lambda, long cacheErrors) {}

    /**
     * What was found.
     *
     * @param rounds the best of each number of layers; the last ones with weights
     * @param singles each candidate alone
     * @param unweighted the best combination with weights of 1
     * @param best the best of all, the shortest of equals
     */
    public record Outcome(
            long keys,
            long queries,
            long networkErrors,
            int trials,
            List<Trial> singles,
            List<Trial> rounds,
            Trial unweighted,
            Trial best) {}

    public LayerSearch(Settings settings, WorkFolder work) {
        this.settings = settings;
        this.work = work;
    }

    /** Computes what the work folder does not have. */
    public Outcome run(DataSource source, Progress progress) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(source.identity());
        all.put("candidates", settings.candidates);
        all.put("heldOut", settings.rule.heldOut());
        all.put("seed", settings.rule.seed());
        all.put("keys", settings.recipe.text());
        all.put("most", settings.most);
        all.put("searchKeys", settings.keys);
        all.put("searchQueries", settings.queries);
        all.put("thetas", Arrays.toString(settings.thetas));
        all.put("lambdas", Arrays.toString(settings.lambdas));
        return work.part("search", all, Outcome.class, () -> search(scores(source, progress)));
    }

    private LayerScores scores(DataSource source, Progress progress) throws IOException {
        try (DataSource.Opened opened = source.open(settings.candidates)) {
            Split split = settings.rule.of(opened.training(), opened.rows(), opened.test());
            Examples keys = byClass(some(split.keys(), settings.keys));
            Examples queries = some(split.tuning(), settings.queries);
            List<CacheIndex> reducers = new ArrayList<>();
            try {
                int from = 0;
                for (int size : opened.sizes()) {
                    reducers.add(settings.recipe.build(new ColumnExamples(split.keys(), from, size), 1, progress));
                    from += size;
                }
                float[] network = new float[queries.size() * queries.classes()];
                float[][] ofKeys = reduced(keys, opened.sizes(), reducers, null, progress);
                float[][] ofQueries = reduced(queries, opened.sizes(), reducers, network, progress);
                LayerScores scores = new LayerScores(labels(keys), labels(queries), network);
                for (int i = 0; i < reducers.size(); i++) {
                    scores.add(settings.candidates.get(i), ofKeys[i], ofQueries[i]);
                    ofKeys[i] = null;
                    ofQueries[i] = null;
                }
                return scores;
            } finally {
                reducers.forEach(CacheIndex::close);
            }
        }
    }

    private Examples some(Examples examples, int most) {
        if (examples.size() <= most) {
            return examples;
        }
        int[] order = TrainingSet.shuffled(IntStream.range(0, examples.size()).toArray(), settings.rule.seed());
        return examples.chosen(Arrays.stream(order, 0, most).sorted().toArray());
    }

    private static Examples byClass(Examples examples) {
        return examples.chosen(IntStream.range(0, examples.size())
                .boxed()
                .sorted(Comparator.comparingInt(examples::label))
                .mapToInt(Integer::intValue)
                .toArray());
    }

    private static int[] labels(Examples examples) {
        return IntStream.range(0, examples.size()).map(examples::label).toArray();
    }

    /** Each layer's features, reduced but with the length that they had: {@code (examples, keyDim)} each. */
    private static float[][] reduced(
            Examples examples, List<Integer> sizes, List<CacheIndex> reducers, float[] network, Progress progress)
            throws IOException {
        float[][] all = new float[sizes.size()][];
        for (int i = 0; i < all.length; i++) {
            all[i] = new float
                    [Math.multiplyExact(examples.size(), reducers.get(i).keyDim())];
        }
        examples.forEachBatch(BATCH, progress, batch -> {
            int from = 0;
            int count = batch.labels().length;
            for (int i = 0; i < all.length; i++) {
                FloatBuffer own = ColumnExamples.columns(batch.features(), count, from, sizes.get(i));
                float[] unit = reducers.get(i).compared(own);
                int dim = reducers.get(i).keyDim();
                for (int row = 0; row < count; row++) {
                    float norm = norm(own, row * sizes.get(i), sizes.get(i));
                    for (int c = 0; c < dim; c++) {
                        all[i][(batch.first() + row) * dim + c] = unit[row * dim + c] * norm;
                    }
                }
                from += sizes.get(i);
            }
            if (network != null) {
                System.arraycopy(
                        batch.probabilities(),
                        0,
                        network,
                        batch.first() * examples.classes(),
                        batch.probabilities().length);
            }
        });
        return all;
    }

    private static float norm(FloatBuffer values, int from, int count) {
        double squares = 0;
        for (int i = from; i < from + count; i++) {
            squares += (double) values.get(i) * values.get(i);
        }
        return (float) Math.sqrt(squares);
    }

    private Outcome search(LayerScores scores) {
        Map<String, Trial> tried = new LinkedHashMap<>();
        List<Trial> singles = new ArrayList<>();
        for (String candidate : settings.candidates) {
            singles.add(trial(scores, KeyLayers.of(List.of(candidate)), tried));
        }
        List<Trial> rounds = new ArrayList<>();
        Trial best = singles.stream().min(FEWEST).orElseThrow();
        rounds.add(best);
        Trial last = best;
        for (int count = 2; count <= Math.min(settings.most, settings.candidates.size()); count++) {
            List<String> chosen = KeyLayers.parse(last.layers).names();
            last = settings.candidates.stream()
                    .filter(candidate -> !chosen.contains(candidate))
                    .map(candidate -> trial(scores, KeyLayers.of(inOrder(chosen, candidate)), tried))
                    .min(FEWEST)
                    .orElseThrow();
            rounds.add(last);
            best = last.errors < best.errors ? last : best;
        }
        Trial unweighted = best;
        KeyLayers chosen = KeyLayers.parse(best.layers);
        for (int layer = 0; chosen.names().size() > 1 && layer < chosen.names().size(); layer++) {
            for (double weight : WEIGHTS) {
                List<Double> weights =
                        new ArrayList<>(KeyLayers.parse(best.layers).weights());
                weights.set(layer, weight);
                Trial trial = trial(scores, new KeyLayers(chosen.names(), weights), tried);
                best = trial.errors < best.errors ? trial : best;
            }
        }
        if (best != unweighted) {
            rounds.add(best);
        }
        Tuner any = scores.tune(chosen, settings.thetas, settings.lambdas);
        return new Outcome(
                scores.keys(),
                any.examples(),
                Math.round(any.networkError() * any.examples()),
                tried.size(),
                singles,
                rounds,
                unweighted,
                best);
    }

    private List<String> inOrder(List<String> chosen, String more) {
        return settings.candidates.stream()
                .filter(name -> chosen.contains(name) || name.equals(more))
                .toList();
    }

    private static final Comparator<Trial> FEWEST =
            Comparator.comparingLong(Trial::errors).thenComparingLong(Trial::cacheErrors);

    private Trial trial(LayerScores scores, KeyLayers layers, Map<String, Trial> tried) {
        return tried.computeIfAbsent(layers.toString(), text -> {
            Tuner tuner = scores.tune(layers, settings.thetas, settings.lambdas);
            Tuner.Point best = tuner.best();
            return new Trial(
                    text,
                    Math.round(best.error() * tuner.examples()),
                    best.hyperparameters().theta(),
                    best.hyperparameters().lambda(),
                    Math.round(tuner.bestCacheOnly().error() * tuner.examples()));
        });
    }
}
