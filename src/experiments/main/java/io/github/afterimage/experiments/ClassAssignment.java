package io.github.afterimage.experiments;

import io.github.afterimage.Progress;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Finds which outputs of a network are the classes of labelled examples: the answers that it gives most often to the examples of
 * each class, one output for each class. Immutable.
 */
public final class ClassAssignment {
    /** The maximum number of examples of each class in the sample. */
    public static final int SAMPLE = 50;

    /** The greatest p-value, of two sides, at which an output is ahead of another; 5 answers to 0 have 0.0625. */
    private static final double SIGNIFICANCE = 0.1;

    /** The probability that chance alone would suggest another order. */
    private static final double CLEAR = 1e-3;

    private static final int BATCH = 256;
    private static final int LISTED = 3; // answers in a description

    /** A number of right answers up to so many standard deviations above its mean may be chance. */
    private static final double DEVIATIONS = 3;

    private static final long SEED = 1;

    private final AnswerCounts counts;
    private final int classes;
    private final Map<Integer, Integer> named; // labels to outputs that are known
    private final Map<Integer, Integer> assigned; // labels to outputs
    private final Map<Integer, Integer> owners = new HashMap<>(); // the other way round

    /** @param classes the number of classes of the labels */
    ClassAssignment(AnswerCounts counts, int classes) {
        this(counts, classes, Map.of());
    }

    private ClassAssignment(AnswerCounts counts, int classes, Map<Integer, Integer> named) {
        this.counts = counts;
        this.classes = classes;
        this.named = named;
        assigned = new HashMap<>(named);
        named.forEach((label, output) -> owners.put(output, label));
        counts.entries().stream()
                .sorted(Comparator.comparing((Map.Entry<AnswerCounts.Cell, Integer> cell) -> -cell.getValue())
                        .thenComparing(
                                cell -> cell.getKey().label() == cell.getKey().answer() ? 0 : 1)
                        .thenComparing(cell -> cell.getKey().label())
                        .thenComparing(cell -> cell.getKey().answer()))
                .map(Map.Entry::getKey)
                .filter(cell -> !assigned.containsKey(cell.label()) && !owners.containsKey(cell.answer()))
                .forEach(cell -> {
                    assigned.put(cell.label(), cell.answer());
                    owners.put(cell.answer(), cell.label());
                });
    }

    /**
     * Returns the assignment of the classes whose outputs are not known.
     *
     * @param outputs the known output of each class; -1 if it is not known
     */
    ClassAssignment with(int[] outputs) {
        return new ClassAssignment(
                counts,
                classes,
                IntStream.range(0, outputs.length)
                        .filter(label -> outputs[label] >= 0)
                        .boxed()
                        .collect(Collectors.toMap(label -> label, label -> outputs[label])));
    }

    /**
     * Returns whether the answers contradict outputs of the classes: others are clearly right more often in all, and another order of
     * these explains most of the errors, or they are right about as often as chance is.
     *
     * @param outputs that of each class; -1 where it is not told
     */
    boolean contradicts(int[] outputs) {
        int[] told = IntStream.range(0, outputs.length)
                .filter(label -> outputs[label] >= 0)
                .toArray();
        long right =
                IntStream.of(told).map(label -> answers(label, outputs[label])).sum();
        long same = IntStream.of(told)
                .filter(label -> output(label).orElse(-1) == outputs[label])
                .map(this::answers)
                .sum();
        long most = IntStream.of(told).map(this::answers).sum();
        if (most <= right || Gain.p(most - same, right - same) >= CLEAR) {
            return false;
        }
        long among = IntStream.of(told)
                .flatMap(label -> IntStream.of(told).map(other -> answers(label, outputs[other])))
                .sum();
        double chance = (double) among / told.length; // right answers of a network that knows none of the classes
        return right <= chance + DEVIATIONS * Math.sqrt(chance)
                || !permutation(outputs).isEmpty();
    }

    /**
     * Counts the network's answers to a sample: at most {@value #SAMPLE} examples of each class, drawn at random.
     *
     * @param all with probabilities of all outputs of the network, and labels that are numbers from 0 on
     * @param classes the number of classes of the labels
     */
    public static ClassAssignment of(Examples all, int classes, Progress progress) throws IOException {
        Examples sample =
                all.requireProbabilities().select(BalancedSample.atMost(all.size(), all::label, SAMPLE, SEED));
        AnswerCounts counts = new AnswerCounts();
        sample.forEachBatch(BATCH, progress, batch -> {
            for (int row = 0; row < batch.labels().length; row++) {
                counts.add(batch.labels()[row], ArgMax.of(batch.network(row)));
            }
        });
        return new ClassAssignment(counts, classes);
    }

    /**
     * Counts answers.
     *
     * @param labels the class of each example
     * @param answers the network's answer to each
     * @param classes the number of classes of the labels
     */
    public static ClassAssignment of(int[] labels, int[] answers, int classes) {
        AnswerCounts counts = new AnswerCounts();
        for (int i = 0; i < labels.length; i++) {
            counts.add(labels[i], answers[i]);
        }
        return new ClassAssignment(counts, classes);
    }

    /** Returns the output of a class; empty if it has none. */
    public OptionalInt output(int label) {
        Integer output = assigned.get(label);
        return output == null ? OptionalInt.empty() : OptionalInt.of(output);
    }

    /**
     * Returns the classes that have the output of another one, with it, if that explains most of the errors beyond chance. It is
     * empty, or has several entries.
     *
     * @param outputs that of each class; -1 where it is not told
     */
    Map<Integer, Integer> permutation(int[] outputs) {
        Set<Integer> among = IntStream.of(outputs).boxed().collect(Collectors.toSet());
        Map<Integer, Integer> moved = new HashMap<>(assigned);
        // A few wrong answers can always be explained by another order.
        moved.entrySet()
                .removeIf(entry -> outputs[entry.getKey()] < 0
                        || outputs[entry.getKey()] == entry.getValue()
                        || !among.contains(entry.getValue())
                        || isDoubtful(entry.getKey()));
        int before = 0; // right answers without the permutation
        int after = 0; // right answers with it
        int total = 0;
        for (Map.Entry<AnswerCounts.Cell, Integer> cell : counts.entries()) {
            Integer answer = moved.get(cell.getKey().label());
            if (answer != null) {
                total += cell.getValue();
                before += cell.getKey().answer() == outputs[cell.getKey().label()] ? cell.getValue() : 0;
                after += cell.getKey().answer() == answer ? cell.getValue() : 0;
            }
        }
        boolean most = after > before && total - after < (total - before) / 2;
        return moved.size() > 1 && most && Gain.p(after, before) < CLEAR ? moved : Map.of();
    }

    /** Returns the number of examples of a class in the sample. */
    public int examples(int label) {
        return counts.examples(label);
    }

    /** Returns the number of these examples to which the network gives the output of their class; 0 if it has none. */
    public int answers(int label) {
        return output(label).isPresent() ? answers(label, output(label).getAsInt()) : 0;
    }

    /** Returns the number of these examples to which the network gives an output. */
    public int answers(int label, int output) {
        return counts.of(label, output);
    }

    /**
     * Returns the classes whose output is not clearly right: it has none, or the examples would be answered about as well with
     * another output, which may be exchanged with the class that has it.
     */
    public List<Integer> doubtful() {
        return IntStream.range(0, classes).filter(this::isDoubtful).boxed().toList();
    }

    private boolean isDoubtful(int label) {
        return !named.containsKey(label)
                && (!assigned.containsKey(label)
                        || Gain.p(0, answers(label)) >= SIGNIFICANCE
                        || counts.answers(label).anyMatch(other -> !isAhead(label, other)));
    }

    /** Returns the number of the examples of a class to which the network gives an output that the class may have. */
    int likely(int label) {
        return counts.answers(label)
                .filter(other -> output(label).isEmpty() || output(label).getAsInt() == other || !isAhead(label, other))
                .filter(other -> !named.containsValue(other))
                .map(other -> counts.of(label, other))
                .max()
                .orElse(0);
    }

    /** Returns whether more examples are answered with the output of a class than with another one, beyond chance. */
    private boolean isAhead(int label, int other) {
        int output = output(label).orElseThrow();
        if (other == output) {
            return true;
        }
        int ahead = counts.of(label, output);
        int behind = counts.of(label, other);
        Integer owner = owners.get(other);
        if (owner != null) { // then the two classes would exchange their outputs
            ahead += counts.of(owner, other);
            behind += counts.of(owner, output);
        }
        return ahead > behind && Gain.p(behind, ahead) < SIGNIFICANCE;
    }

    /** Describes the network's most frequent answers to the examples of a class. */
    public String describe(int label) {
        return counts.answers(label)
                .limit(LISTED)
                .mapToObj(answer -> "output " + answer + " for " + counts.of(label, answer))
                .collect(Collectors.joining(", ", "", " of " + examples(label) + " images"));
    }

    /** Counts how often a network gives each answer to the examples of each class. Not thread-safe. */
    static final class AnswerCounts {
        private final Map<Cell, Integer> counts = new HashMap<>();

        /** A class of the labels and a class of the network's answers. */
        record Cell(int label, int answer) {}

        void add(int label, int answer) {
            counts.merge(new Cell(label, answer), 1, Integer::sum);
        }

        int of(int label, int answer) {
            return counts.getOrDefault(new Cell(label, answer), 0);
        }

        /** {@return the number of examples of a class} */
        int examples(int label) {
            return answers(label).map(answer -> of(label, answer)).sum();
        }

        /** {@return the answers that the examples of a class get, the most frequent first} */
        IntStream answers(int label) {
            return counts.keySet().stream()
                    .filter(cell -> cell.label() == label)
                    .sorted(Comparator.comparing((Cell cell) -> -of(label, cell.answer()))
                            .thenComparing(Cell::answer))
                    .mapToInt(Cell::answer);
        }

        /** {@return the counts that are not 0} */
        Set<Map.Entry<Cell, Integer>> entries() {
            return counts.entrySet();
        }
    }
}
