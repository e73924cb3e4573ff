package io.github.afterimage.experiments.paper;

import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds layers that make a good key together, which the paper left to future work ({@link CombinationSearch}). Layers are
 * tuned as the paper tunes theta and lambda, by the fewest errors on held-out examples, or by what is smoother ({@link
 * GridLoss}), at the best theta and lambda; and what is simpler is preferred to what is better by less than can be told
 * ({@link StandardErrorRule}). Every layer's features are kept ({@link LayerFeatures}), so that a combination costs no pass
 * of the network.
 */
public final class LayerSearch {
    private final Settings settings;
    private final WorkFolder work;

    /** What a search makes least: errors, soft errors, or the mean of -log p. */
    public enum Criterion {
        ERRORS,
        MARGIN,
        LOSS
    }

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
            Criterion by,
            double[] thetas,
            double[] lambdas) {}

    /**
     * A combination that was looked at.
     *
     * @param value of what the search makes least, the best on the grid, at theta and lambda
     * @param softErrors the least on the grid, wherever that is, and likewise the others
     * @param logLoss the mean of -log p
     */
    public record Trial(
            String layers,
            double value,
            double softErrors,
            double logLoss,
            long errors,
            double theta,
            double lambda,
            long cacheErrors) {

        /** The least value first, then the least -log p. */
        static final Comparator<Trial> BETTER =
                Comparator.comparingDouble(Trial::value).thenComparingDouble(Trial::logLoss);
    }

    /**
     * What was found.
     *
     * @param rounds the best of each number of layers, then what exchanges and weights made of it
     * @param singles each candidate alone
     * @param unweighted the best combination with weights of 1
     * @param networkValue of what the search makes least, for the network alone
     * @param best the best of all
     * @param found the simplest of those that are not worse than the best by more than one standard error
     * @param difference by how much it is worse, and what the standard error of that is
     */
    public record Outcome(
            long keys,
            long queries,
            long networkErrors,
            double networkValue,
            int trials,
            List<Trial> singles,
            List<Trial> rounds,
            Trial unweighted,
            Trial best,
            Trial found,
            double difference,
            double standardError) {}

    /** How a combination does on the test examples, with theta and lambda tuned as the paper did. */
    public record Tested(
            String layers,
            long keys,
            long examples,
            double theta,
            double lambda,
            double networkError,
            double mixedError,
            double cacheError) {}

    /** All of them. */
    public record Test(List<Tested> combinations) {}

    public LayerSearch(Settings settings, WorkFolder work) {
        this.settings = settings;
        this.work = work;
    }

    /** Computes what the work folder does not have. */
    public Outcome run(DataSource source, Progress progress) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(source.identity());
        all.put("candidates", settings.candidates);
        all.put("by", settings.by.name());
        all.put("rule", "pairs, then the best three; one standard error");
        all.put("heldOut", settings.rule.heldOut());
        all.put("seed", settings.rule.seed());
        all.put("keys", settings.recipe.text());
        all.put("most", settings.most);
        all.put("searchKeys", settings.keys);
        all.put("searchQueries", settings.queries);
        all.put("thetas", Arrays.toString(settings.thetas));
        all.put("lambdas", Arrays.toString(settings.lambdas));
        return work.part(
                "search", all, Outcome.class, () -> search(new SearchedLayers(settings).features(source, progress)));
    }

    /** Tests combinations, all in the same passes over the images. */
    public List<Tested> test(
            DataSource source, List<KeyLayers> combinations, double[] thetas, double[] lambdas, Progress progress)
            throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(source.identity());
        all.put("layers", combinations.stream().map(KeyLayers::toString).toList());
        all.put("heldOut", settings.rule.heldOut());
        all.put("seed", settings.rule.seed());
        all.put("keys", settings.recipe.text());
        all.put("thetas", Arrays.toString(thetas));
        all.put("lambdas", Arrays.toString(lambdas));
        return work.part("combinations", all, Test.class, () -> {
                    List<String> names = combinations.stream()
                            .flatMap(key -> key.names().stream())
                            .distinct()
                            .toList();
                    try (DataSource.Opened opened = source.open(names)) {
                        Split split = settings.rule.of(opened.training(), opened.rows(), opened.test());
                        List<LayerSlice> columns = combinations.stream()
                                .map(key -> LayerSlice.of(key, names, opened.sizes()))
                                .toList();
                        List<Candidate.Outcome> found = Candidate.run(
                                columns,
                                split,
                                new Candidate.Settings(settings.recipe, null, thetas, lambdas),
                                progress);
                        return new Test(IntStream.range(0, found.size())
                                .mapToObj(i -> tested(combinations.get(i), found.get(i)))
                                .toList());
                    }
                })
                .combinations();
    }

    private static Tested tested(KeyLayers key, Candidate.Outcome found) {
        if (found.problem() != null) {
            throw new IllegalArgumentException("layers " + key + " cannot be a key: " + found.problem());
        }
        return new Tested(
                key.toString(),
                found.keys(),
                found.examples(),
                found.theta(),
                found.lambda(),
                found.networkError(),
                found.mixedError(),
                found.cacheError());
    }

    private Outcome search(LayerFeatures features) {
        Map<String, float[]> losses = new HashMap<>();
        CombinationSearch search =
                new CombinationSearch(settings.candidates, settings.most, layers -> trial(features, layers, losses));
        StandardErrorRule rule = new StandardErrorRule(losses, features.originals());
        Trial found = rule.simplest(search.tried());
        Tuner any = features.tune(KeyLayers.parse(search.best().layers), settings.thetas, settings.lambdas)
                .errors();
        return new Outcome(
                features.keys(),
                any.examples(),
                Math.round(any.networkError() * any.examples()),
                features.network().least(settings.by).mean(),
                search.tried().size(),
                search.singles(),
                search.rounds(),
                search.unweighted(),
                search.best(),
                found,
                found.value - search.best().value,
                rule.standardError(found, search.best()));
    }

    private Trial trial(LayerFeatures features, KeyLayers layers, Map<String, float[]> losses) {
        LayerFeatures.Result result = features.tune(layers, settings.thetas, settings.lambdas);
        GridLoss.Point least = result.loss().least(settings.by);
        losses.put(layers.toString(), least.losses());
        long examples = result.errors().examples();
        return new Trial(
                layers.toString(),
                least.mean(),
                result.loss().least(Criterion.MARGIN).mean() * examples,
                result.loss().least(Criterion.LOSS).mean(),
                Math.round(result.errors().best().error() * examples),
                least.hyperparameters().theta(),
                least.hyperparameters().lambda(),
                Math.round(result.errors().bestCacheOnly().error() * examples));
    }
}
