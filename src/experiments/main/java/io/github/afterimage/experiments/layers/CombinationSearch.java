package io.github.afterimage.experiments.layers;

import io.github.afterimage.experiments.layers.LayerSearch.Trial;
import io.github.afterimage.model.network.KeyLayers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Searches for the combination of layers with the least value. It tries all single layers and all pairs, then adds a layer to
 * the best few of each size; this finds layers that help only beside another. Then it removes and exchanges layers while
 * that helps (a floating search, Pudil et al., 1994), and tries weights.
 */
final class CombinationSearch {
    private static final int BEAM = 3;
    private static final double[] WEIGHTS = {0.5, 0.7, 1.4, 2};

    private final List<String> candidates;
    private final int maxLayers;
    private final Function<KeyLayers, Trial> trial;
    private final Map<String, Trial> tried = new LinkedHashMap<>();
    private final List<Trial> rounds = new ArrayList<>();
    private final Trial unweighted;
    private final Trial best;

    /**
     * Searches.
     *
     * @param maxLayers the maximum number of layers in a combination
     * @param trial tries a combination; called once for each
     */
    CombinationSearch(List<String> candidates, int maxLayers, Function<KeyLayers, Trial> trial) {
        this.candidates = candidates;
        this.maxLayers = maxLayers;
        this.trial = trial;
        unweighted = exchanged(grown());
        best = weighted(unweighted);
        if (best != unweighted) {
            rounds.add(best);
        }
    }

    /** Returns all trials. */
    Collection<Trial> tried() {
        return tried.values();
    }

    /** Returns the best trial of each number of layers, then of the exchanges and of the weights. */
    List<Trial> rounds() {
        return rounds;
    }

    /** Returns the best trial with weights of 1. */
    Trial unweighted() {
        return unweighted;
    }

    Trial best() {
        return best;
    }

    /** Returns the trial of each candidate alone, in order. */
    List<Trial> singles() {
        return candidates.stream()
                .map(candidate -> tried(KeyLayers.of(List.of(candidate))))
                .toList();
    }

    private Trial tried(KeyLayers layers) {
        return tried.computeIfAbsent(layers.toString(), text -> trial.apply(layers));
    }

    private static Trial least(List<Trial> trials) {
        return trials.stream().min(Trial.BETTER).orElseThrow();
    }

    private static List<String> names(Trial trial) {
        return KeyLayers.parse(trial.layers()).names();
    }

    /** Returns the best trial of all sizes. */
    private Trial grown() {
        List<Trial> beam = singles();
        rounds.add(least(beam));
        for (int count = 2; count <= Math.min(maxLayers, candidates.size()); count++) {
            List<Trial> larger = beam.stream()
                    .flatMap(smaller -> candidates.stream()
                            .filter(candidate -> !names(smaller).contains(candidate))
                            .map(candidate -> inOrder(names(smaller), null, candidate)))
                    .distinct()
                    .map(this::tried)
                    .toList();
            rounds.add(least(larger));
            beam = larger.stream().sorted(Trial.BETTER).limit(BEAM).toList();
        }
        return least(rounds);
    }

    /** Removes a layer or replaces it by another while that improves the value. */
    private Trial exchanged(Trial first) {
        Trial better = first;
        while (true) {
            List<String> chosen = names(better);
            List<Trial> neighbours = new ArrayList<>();
            for (String out : chosen) {
                if (chosen.size() > 1) {
                    neighbours.add(tried(inOrder(chosen, out, null)));
                }
                for (String in : candidates) {
                    if (!chosen.contains(in)) {
                        neighbours.add(tried(inOrder(chosen, out, in)));
                    }
                }
            }
            if (neighbours.isEmpty() || Trial.BETTER.compare(least(neighbours), better) >= 0) {
                return better;
            }
            better = least(neighbours);
            rounds.add(better);
        }
    }

    /** Tries weights for one layer after the other. */
    private Trial weighted(Trial first) {
        Trial better = first;
        List<String> names = names(first);
        for (int layer = 0; names.size() > 1 && layer < names.size(); layer++) {
            for (double weight : WEIGHTS) {
                List<Double> weights =
                        new ArrayList<>(KeyLayers.parse(better.layers()).weights());
                weights.set(layer, weight);
                better = least(List.of(better, tried(new KeyLayers(names, weights))));
            }
        }
        return better;
    }

    /** Removes one of the chosen layers, adds another, and returns them in the order of the candidates. */
    private KeyLayers inOrder(List<String> chosen, @Nullable String out, @Nullable String in) {
        return KeyLayers.of(candidates.stream()
                .filter(name -> !name.equals(out) && (chosen.contains(name) || name.equals(in)))
                .toList());
    }
}
