package io.github.afterimage.experiments.paper;

import io.github.afterimage.experiments.paper.LayerSearch.Trial;
import io.github.afterimage.model.network.KeyLayers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Looks for the combination of layers whose value is least. All single layers and all pairs are tried, then another layer is
 * added to the best few of each size, so that a layer that is of use only beside another is found where taking the best
 * single layer first would miss it. Then layers are left out and exchanged while that helps (a floating search, Pudil et
 * al., 1994), and weighted.
 */
final class CombinationSearch {
    private static final int BEAM = 3;
    private static final double[] WEIGHTS = {0.5, 0.7, 1.4, 2};

    private final List<String> candidates;
    private final int most;
    private final Function<KeyLayers, Trial> trial;
    private final Map<String, Trial> tried = new LinkedHashMap<>();
    private final List<Trial> rounds = new ArrayList<>();
    private final Trial unweighted;
    private final Trial best;

    /**
     * Searches.
     *
     * @param most how many layers a combination may have
     * @param trial tries one; each is tried once
     */
    CombinationSearch(List<String> candidates, int most, Function<KeyLayers, Trial> trial) {
        this.candidates = candidates;
        this.most = most;
        this.trial = trial;
        unweighted = exchanged(grown());
        best = weighted(unweighted);
        if (best != unweighted) {
            rounds.add(best);
        }
    }

    /** All that were tried. */
    Collection<Trial> tried() {
        return tried.values();
    }

    /** The best of each number of layers, then what exchanges and weights made of it. */
    List<Trial> rounds() {
        return rounds;
    }

    /** The best with weights of 1. */
    Trial unweighted() {
        return unweighted;
    }

    Trial best() {
        return best;
    }

    /** Each candidate alone, in order. */
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

    /** The best of all sizes. */
    private Trial grown() {
        List<Trial> beam = singles();
        rounds.add(least(beam));
        for (int count = 2; count <= Math.min(most, candidates.size()); count++) {
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

    /** Leaves a layer out, or takes another for it, while that makes it better. */
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

    /** One layer's weight after the other. */
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

    /** The chosen layers without one and with another, in the order of the candidates. */
    private KeyLayers inOrder(List<String> chosen, String out, String in) {
        return KeyLayers.of(candidates.stream()
                .filter(name -> !name.equals(out) && (chosen.contains(name) || name.equals(in)))
                .toList());
    }
}
