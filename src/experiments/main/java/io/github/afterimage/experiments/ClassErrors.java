package io.github.afterimage.experiments;

import io.github.afterimage.model.evaluation.Prediction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts the errors of the network, the mixture and the cache alone for each true class, and which classes they answer instead.
 * Without a network, all numbers but those of the cache are 0. Not thread-safe.
 */
public final class ClassErrors {
    private final Map<Integer, ErrorCounts> counts = new TreeMap<>();
    private final Map<List<Integer>, Confusion> confusions = new HashMap<>();
    private boolean network;

    /** The errors on the examples of a class. */
    public record Row(int label, ErrorCounts counts) {
        private double share(boolean network) {
            return network ? counts.mixedError() : counts.cacheOnlyError();
        }
    }

    /** How often each model gives examples of a class another class. */
    public record Confusion(int label, int answer, long network, long mixed, long cacheOnly) {
        private Confusion plus(Confusion other) {
            return new Confusion(
                    label, answer, network + other.network, mixed + other.mixed, cacheOnly + other.cacheOnly);
        }
    }

    /** Counts one example. */
    public void add(Prediction prediction) {
        int label = prediction.label();
        network = prediction.hasNetwork();
        int networkWrong = network && prediction.network() != label ? 1 : 0;
        int mixedWrong = network && prediction.mixed() != label ? 1 : 0;
        int memoryWrong = prediction.cacheOnly() != label ? 1 : 0;
        counts.computeIfAbsent(label, none -> new ErrorCounts()).add(prediction);
        add(new Confusion(label, prediction.network(), networkWrong, 0, 0));
        add(new Confusion(label, prediction.mixed(), 0, mixedWrong, 0));
        add(new Confusion(label, prediction.cacheOnly(), 0, 0, memoryWrong));
    }

    private void add(Confusion one) {
        if (one.network + one.mixed + one.cacheOnly > 0) {
            confusions.merge(List.of(one.label, one.answer), one, Confusion::plus);
        }
    }

    /** Returns whether the examples came with a network's answers. */
    public boolean hasNetwork() {
        return network;
    }

    /** Returns the classes that have examples, by label. */
    public List<Row> rows() {
        return counts.entrySet().stream()
                .map(each -> new Row(each.getKey(), each.getValue()))
                .toList();
    }

    /** Returns the classes with errors of the mixture, or of the cache without a network, the greatest share first. */
    public List<Row> worst() {
        return rows().stream()
                .filter(row -> row.share(network) > 0)
                .sorted(Comparator.comparing((Row row) -> -row.share(network))
                        .thenComparing(row -> -row.counts.examples()))
                .toList();
    }

    /** Returns the confusions, those that are most frequent in the mixture, or in the cache without a network, first. */
    public List<Confusion> confusions() {
        List<Confusion> sorted = new ArrayList<>(confusions.values());
        sorted.sort(Comparator.comparing((Confusion each) -> network ? -each.mixed : -each.cacheOnly)
                .thenComparing(each -> -each.network)
                .thenComparing(Confusion::label)
                .thenComparing(Confusion::answer));
        return sorted;
    }
}
