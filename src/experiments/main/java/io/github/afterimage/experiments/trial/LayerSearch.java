package io.github.afterimage.experiments.trial;

import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.experiments.layers.LayerFeatures;
import io.github.afterimage.experiments.trial.TrialResult.TriedLayer;
import io.github.afterimage.model.network.KeyLayers;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Tries each layer alone as key, then all pairs, which finds layers that help only beside another, and then weights of the best pair. */
final class LayerSearch {
    private static final double[] WEIGHTS = {0.5, 0.7, 1.4, 2};

    private final List<String> candidates;
    private final int queries;
    private final Function<KeyLayers, Combination> trial;
    private final Map<KeyLayers, Combination> tried = new LinkedHashMap<>();
    private final Combination best;

    /**
     * A key that was tried.
     *
     * @param values the number of its values
     * @param wrong the queries that the mixture has wrong where they are fewest
     * @param logLoss decides between keys with as many errors
     * @param memoryErrors the fewest errors of the memory alone
     */
    record Combination(KeyLayers layers, long values, BitSet wrong, double logLoss, long memoryErrors) {
        static final Comparator<Combination> BETTER =
                Comparator.comparingLong(Combination::errors).thenComparingDouble(Combination::logLoss);

        static final Comparator<Combination> SHORTER = Comparator.comparingLong(Combination::values)
                .thenComparing(each -> each.layers.names().size())
                .thenComparing(each -> each.layers.weights().stream()
                        .filter(weight -> weight != 1)
                        .count())
                .thenComparing(BETTER);

        /** Tries a key on all queries, with some values of θ. */
        static Combination of(LayerFeatures features, KeyLayers key, double[] thetas) {
            Tuner tuner = new Tuner(thetas);
            features.ask(key, thetas, (memory, network, labels) -> tuner.accept(memory, network, null, labels));
            return new Combination(
                    key,
                    features.values(key),
                    tuner.score(tuner.rule(1), 1).wrong(),
                    tuner.logLoss(),
                    tuner.score(tuner.rule(Calibration.ALONE), Calibration.ALONE)
                            .wrong()
                            .cardinality());
        }

        long errors() {
            return wrong.cardinality();
        }

        static Combination best(Collection<Combination> several) {
            return several.stream().min(BETTER).orElseThrow();
        }
    }

    /**
     * Searches.
     *
     * @param trial tries a key; called once for each
     */
    LayerSearch(List<String> candidates, int queries, Function<KeyLayers, Combination> trial) {
        this.candidates = candidates;
        this.queries = queries;
        this.trial = trial;
        singles();
        for (int i = 0; i < candidates.size(); i++) {
            for (String other : candidates.subList(i + 1, candidates.size())) {
                tried(KeyLayers.of(List.of(candidates.get(i), other)));
            }
        }
        best = weighted(Combination.best(tried.values()));
    }

    private Combination tried(KeyLayers layers) {
        return tried.computeIfAbsent(layers, trial);
    }

    /** Tries weights for one layer after the other. */
    private Combination weighted(Combination first) {
        Combination better = first;
        List<String> names = first.layers.names();
        for (int layer = 0; names.size() > 1 && layer < names.size(); layer++) {
            for (double weight : WEIGHTS) {
                List<Double> weights = new ArrayList<>(better.layers.weights());
                weights.set(layer, weight);
                better = Combination.best(List.of(better, tried(new KeyLayers(names, weights))));
            }
        }
        return better;
    }

    /** Returns each candidate alone, in order. */
    private List<Combination> singles() {
        return candidates.stream()
                .map(name -> tried(KeyLayers.of(List.of(name))))
                .toList();
    }

    /**
     * Returns the shortest of the keys that are worse than the best by at most one standard error of the difference (the
     * one-standard-error rule, Breiman et al., 1984): the best of many on the same queries is partly best by luck.
     */
    Combination shortest() {
        return tried.values().stream()
                .filter(each -> each.errors() - best.errors() <= queries * standardError(each))
                .min(Combination.SHORTER)
                .orElseThrow();
    }

    /** Returns the standard error of the difference between the error rates of a key and of the best one. */
    double standardError(Combination other) {
        BitSet differ = (BitSet) other.wrong.clone();
        differ.xor(best.wrong);
        double difference = other.errors() - best.errors();
        return Math.sqrt(differ.cardinality() - difference * difference / queries) / queries;
    }

    Findings findings(double networkError) {
        return new Findings(
                singles().stream().map(this::layer).toList(),
                tried.size(),
                layer(best),
                layer(shortest()),
                networkError);
    }

    private TriedLayer layer(Combination tried) {
        return new TriedLayer(
                tried.layers.toString(),
                tried.values,
                (double) tried.errors() / queries,
                (double) tried.memoryErrors / queries);
    }

    /**
     * The result of a search.
     *
     * @param singles each candidate alone
     * @param trials the number of keys that were tried
     * @param shortest the shortest key that chance alone may make worse than the best
     */
    public record Findings(
            List<TriedLayer> singles, int trials, TriedLayer best, TriedLayer shortest, double networkError) {}
}
