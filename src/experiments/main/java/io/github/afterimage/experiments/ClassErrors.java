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
    /** The least sum of two classes' shares that get the other's name, if the two are alike; errors to a third leave less than 1. */
    private static final double ALIKE = 0.5;

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

    /** Two classes that may be one: how many examples each has, and how many of them are taken for the other. */
    public record Alike(int first, int second, long firsts, long firstsTaken, long seconds, long secondsTaken) {
        private double leastTaken() {
            return least(firstsTaken, firsts) + least(secondsTaken, seconds);
        }

        private static double least(long taken, long all) {
            return taken == 0
                    ? 0
                    : Interval.clopperPearson(taken, all, Gain.CONFIDENCE).low();
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

    /**
     * Returns the pairs of classes that look like one class with two names, by their labels. If it is chance which name an
     * example has, the shares of each that get the other's name add up to 1, whichever name the answers prefer.
     */
    public List<Alike> alike() {
        return confusions().stream()
                .filter(each -> each.label < each.answer || taken(each.answer, each.label) == 0)
                .map(each -> new Alike(
                        each.label,
                        each.answer,
                        examples(each.label),
                        wrong(each),
                        examples(each.answer),
                        taken(each.answer, each.label)))
                .filter(pair -> pair.leastTaken() > ALIKE)
                .toList();
    }

    private long examples(int label) {
        ErrorCounts ofClass = counts.get(label);
        return ofClass == null ? 0 : ofClass.examples();
    }

    private long taken(int label, int answer) {
        Confusion pair = confusions.get(List.of(label, answer));
        return pair == null ? 0 : wrong(pair);
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
