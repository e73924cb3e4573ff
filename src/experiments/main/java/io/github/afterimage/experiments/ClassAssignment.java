package io.github.afterimage.experiments;

import io.github.afterimage.Mixture;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.statistics.McNemar;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    private static final int BATCH = 256;
    private static final int LISTED = 3; // answers in a description
    private static final long SEED = 1;

    private final AnswerCounts counts;
    private final Map<Integer, Integer> assigned;
    private final Map<Integer, Integer> owners = new HashMap<>(); // the labels of the assigned outputs
    private final int[] examples; // of each class

    private ClassAssignment(AnswerCounts counts, int[] examples) {
        this.counts = counts;
        this.assigned = counts.assigned();
        this.examples = examples;
        assigned.forEach((label, output) -> owners.put(output, label));
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
        int[] examples = new int[classes];
        int answers = sample.classes();
        sample.forEachBatch(BATCH, progress, batch -> {
            float[] probabilities = Objects.requireNonNull(batch.probabilities());
            for (int row = 0; row < batch.labels().length; row++) {
                int first = row * answers;
                examples[batch.labels()[row]]++;
                counts.add(batch.labels()[row], Mixture.best(answers, c -> probabilities[first + c]));
            }
        });
        return new ClassAssignment(counts, examples);
    }

    /**
     * Returns the output of each class.
     *
     * @throws IllegalStateException if a class has none
     */
    public List<Integer> outputs() {
        return IntStream.range(0, examples.length).mapToObj(this::output).toList();
    }

    private int output(int label) {
        Integer output = assigned.get(label);
        if (output == null) {
            throw new IllegalStateException("class " + label + " has no output: see doubtful()");
        }
        return output;
    }

    /** Returns the number of examples of a class in the sample. */
    public int examples(int label) {
        return examples[label];
    }

    /** Returns the number of these examples to which the network gives the output of their class; 0 if it has none. */
    public int answers(int label) {
        return assigned.containsKey(label) ? counts.of(label, output(label)) : 0;
    }

    /**
     * Returns the classes whose output is not clearly right: it has none, or the examples would be answered about as well with
     * another output, which may be exchanged with the class that has it.
     */
    public List<Integer> doubtful() {
        return IntStream.range(0, examples.length)
                .filter(this::isDoubtful)
                .boxed()
                .toList();
    }

    private boolean isDoubtful(int label) {
        return !assigned.containsKey(label)
                || McNemar.exact(0, answers(label)) >= SIGNIFICANCE
                || counts.answers(label).anyMatch(other -> !isAhead(label, other));
    }

    /** Returns whether more examples are answered with the output of a class than with another one, beyond chance. */
    private boolean isAhead(int label, int other) {
        int output = output(label);
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
        return ahead > behind && McNemar.exact(behind, ahead) < SIGNIFICANCE;
    }

    /** Describes the network's most frequent answers to the examples of a class. */
    public String describe(int label) {
        return counts.answers(label)
                .limit(LISTED)
                .mapToObj(answer -> "output " + answer + " for " + counts.of(label, answer))
                .collect(Collectors.joining(", ", "", " of " + examples[label] + " images"));
    }
}
