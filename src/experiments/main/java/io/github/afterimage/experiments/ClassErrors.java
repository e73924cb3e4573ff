package io.github.afterimage.experiments;

import io.github.afterimage.experiments.ErrorCounts.Voice;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.evaluation.Prediction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts the errors of the network, the memory, and both together for each true class, and which classes they answer instead.
 * Without a network, all numbers but those of the memory are 0. Not thread-safe.
 */
public final class ClassErrors {
    /** The least share of pictures that get the other name, if two are alike; their own errors leave less than half. */
    private static final double ALIKE = 0.25;

    private final Map<Integer, ErrorCounts> counts = new TreeMap<>();
    private final Map<List<Integer>, Confusion> confusions = new HashMap<>();
    private boolean network;

    /** The errors on the examples of a class. */
    public record Row(int label, ErrorCounts counts) {
        private double share(boolean network) {
            return network ? counts.error(Voice.TOGETHER) : counts.error(Voice.MEMORY);
        }
    }

    /** How often each model gives examples of a class another class. */
    public record Confusion(int label, int answer, long network, long together, long memory) {
        private Confusion plus(Confusion other) {
            return new Confusion(
                    label, answer, network + other.network, together + other.together, memory + other.memory);
        }
    }

    /** Counts one example. */
    public void add(Prediction prediction) {
        int label = prediction.label();
        network = prediction.hasNetwork();
        int networkWrong = network && prediction.network() != label ? 1 : 0;
        int togetherWrong = network && prediction.together() != label ? 1 : 0;
        int memoryWrong = prediction.memory() != label ? 1 : 0;
        counts.computeIfAbsent(label, none -> new ErrorCounts()).add(prediction);
        add(new Confusion(label, prediction.network(), networkWrong, 0, 0));
        add(new Confusion(label, prediction.together(), 0, togetherWrong, 0));
        add(new Confusion(label, prediction.memory(), 0, 0, memoryWrong));
    }

    private void add(Confusion one) {
        if (one.network + one.together + one.memory > 0) {
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

    /** Returns the classes with errors of both together, or of the memory without a network, the greatest share first. */
    public List<Row> worst() {
        return rows().stream()
                .filter(row -> row.share(network) > 0)
                .sorted(Comparator.comparing((Row row) -> -row.share(network))
                        .thenComparing(row -> -row.counts.examples()))
                .toList();
    }

    /** Returns the pairs of classes that are taken for each other in about half of the cases, as one class with two names is. */
    public List<Confusion> alike() {
        return confusions().stream()
                .filter(each -> each.label < each.answer && isAlike(each))
                .toList();
    }

    private boolean isAlike(Confusion pair) {
        Confusion back = confusions.get(List.of(pair.answer, pair.label));
        if (back == null) {
            return false;
        }
        long taken = 2 * Math.min(wrong(pair), wrong(back));
        long all = rows().stream()
                .filter(row -> row.label == pair.label || row.label == pair.answer)
                .mapToLong(row -> row.counts.examples())
                .sum();
        return Interval.clopperPearson(Math.min(taken, all), all, Gain.CONFIDENCE)
                        .low()
                > ALIKE;
    }

    private long wrong(Confusion pair) {
        return network ? pair.together : pair.memory;
    }

    /** Returns the confusions, those that are most frequent in the answer of both, or of the memory without a network, first. */
    public List<Confusion> confusions() {
        List<Confusion> sorted = new ArrayList<>(confusions.values());
        sorted.sort(Comparator.comparing((Confusion each) -> -wrong(each))
                .thenComparing(each -> -each.network)
                .thenComparing(Confusion::label)
                .thenComparing(Confusion::answer));
        return sorted;
    }
}
