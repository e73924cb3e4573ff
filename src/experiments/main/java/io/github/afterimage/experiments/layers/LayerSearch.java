package io.github.afterimage.experiments.layers;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds layers that make a good key together, which the paper left to future work ({@link CombinationSearch}). A combination is
 * judged at its best θ and λ on held-out examples, by its errors or by a smoother loss ({@link GridLoss}). A simpler
 * combination is preferred to a better one if the difference is not significant ({@link StandardErrorRule}). The features of
 * every layer are kept in memory ({@link LayerFeatures}), so a combination costs no pass of the network.
 *
 * @param candidates the layers to choose from
 * @param maxLayers the maximum number of layers in a combination
 * @param maxKeys the maximum number of training examples that are keys during the search
 * @param maxQueries the maximum number of held-out examples that are queries
 * @param criterion the mean that the search minimises
 * @param work keeps the result of the search and of the test
 */
public record LayerSearch(
        List<String> candidates,
        int maxLayers,
        int maxKeys,
        int maxQueries,
        Criterion criterion,
        Protocol protocol,
        WorkFolder work) {
    /** The mean that a search minimises. */
    public enum Criterion {
        /** The error rate. */
        ERRORS,
        /** The mean soft error. */
        MARGIN,
        /** The mean of -log p. */
        LOSS;

        /** {@code errors}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The result of one combination.
     *
     * @param value the least value of the criterion on the grid, at {@code theta} and {@code lambda}
     * @param softErrors the least sum of soft errors on the grid
     * @param logLoss the least mean of -log p on the grid
     * @param errors the least number of errors on the grid
     * @param cacheErrors the least number of errors of the cache alone
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
     * The result of a search.
     *
     * @param networkValue the value of the criterion for the network alone
     * @param trials the number of trials
     * @param singles the trials of each candidate alone
     * @param rounds the best trial of each number of layers, then of the exchanges and of the weights
     * @param unweighted the best combination with weights of 1
     * @param best the best trial of all
     * @param found the simplest of the trials that are at most one standard error worse than the best
     * @param close all of these, the simplest first
     * @param difference the value of {@code found} less that of {@code best}
     * @param standardError the standard error of the difference
     */
    public record Findings(
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
            List<Trial> close,
            double difference,
            double standardError) {}

    /** The error rates of several combinations. */
    public record Test(List<LayerErrors> combinations) {}

    /** Searches, if the work folder lacks the result. */
    public Findings run(ExampleSource source, Progress progress) throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(source.identity());
        settings.put("candidates", candidates);
        settings.put("by", criterion.name());
        settings.put("rule", "pairs, then the best three; one standard error");
        protocol.putRule(settings);
        settings.put("keys", protocol.recipe().text());
        settings.put("most", maxLayers);
        settings.put("searchKeys", maxKeys);
        settings.put("searchQueries", maxQueries);
        protocol.putGrid(settings);
        return work.part("search", settings, Findings.class, () -> search(LayerFeatures.of(this, source, progress)));
    }

    /** Tests combinations in the same passes over the images, with θ and λ tuned for each on the grid of another protocol. */
    public List<LayerErrors> test(
            ExampleSource source, List<KeyLayers> combinations, Protocol tested, Progress progress) throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(source.identity());
        settings.put("layers", combinations.stream().map(KeyLayers::toString).toList());
        tested.putRule(settings);
        settings.put("keys", tested.recipe().text());
        tested.putGrid(settings);
        return work.part(
                        "tested-combinations",
                        settings,
                        Test.class,
                        () -> measured(source, combinations, tested, progress))
                .combinations();
    }

    private static Test measured(
            ExampleSource source, List<KeyLayers> combinations, Protocol protocol, Progress progress)
            throws IOException {
        List<String> names = combinations.stream()
                .flatMap(key -> key.names().stream())
                .distinct()
                .toList();
        try (OpenExamples opened = source.open(names)) {
            List<LayerSlice> slices = combinations.stream()
                    .map(key -> LayerSlice.of(key, names, opened.sizes()))
                    .toList();
            List<LayerErrors> errors =
                    KeyCandidate.run(slices, opened.split(protocol.rule()), protocol, null, progress);
            return new Test(IntStream.range(0, errors.size())
                    .mapToObj(i -> tested(combinations.get(i), errors.get(i)))
                    .toList());
        }
    }

    private static LayerErrors tested(KeyLayers key, LayerErrors errors) {
        if (errors.problem() != null) {
            throw new IllegalArgumentException("layers " + key + " cannot be a key: " + errors.problem());
        }
        return errors.of(key.toString(), 0);
    }

    private Findings search(LayerFeatures features) {
        Map<String, float[]> losses = new HashMap<>();
        CombinationSearch search =
                new CombinationSearch(candidates, maxLayers, layers -> trial(features, layers, losses));
        StandardErrorRule rule = new StandardErrorRule(losses, features.originals());
        List<Trial> close = rule.close(search.tried());
        Trial found = close.get(0);
        GridLoss network = features.network();
        int queries = features.originals().length;
        return new Findings(
                features.keys(),
                queries,
                Math.round(network.least(Criterion.ERRORS).mean() * queries),
                network.least(criterion).mean(),
                search.tried().size(),
                search.singles(),
                search.rounds(),
                search.unweighted(),
                search.best(),
                found,
                close,
                found.value - search.best().value,
                rule.standardError(found, search.best()));
    }

    private Trial trial(LayerFeatures features, KeyLayers layers, Map<String, float[]> losses) {
        LayerFeatures.GridResult result = features.tune(layers, protocol);
        GridLoss.Point least = result.loss().least(criterion);
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
