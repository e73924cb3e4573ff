package io.github.afterimage.experiments.trial;

import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.experiments.trial.TrialResult.Match;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Finds which of a network's classes are those of the pictures, by its answers to pictures of the memory.
 *
 * @param assignment of the classes of the pictures
 * @param outputs the number of the network's classes
 * @param named whether the classes of the pictures have names, not only numbers
 */
record ClassMatch(ClassAssignment assignment, int outputs, List<String> names, boolean named) {
    /** The names of the relations between the two. */
    static final String SAME = "same";

    static final String PERMUTED = "permuted";
    static final String PART = "part";
    static final String OTHER = "other";

    /** With few classes, so many times the share that chance alone would have. */
    private static final double ABOVE_CHANCE = 1.5;

    private static final int LISTED = 3;

    /** Returns the classes of features, which come with the probabilities of their classes or with none. */
    static Classes ofFeatures(TrialExamples examples) {
        int classes = examples.classes();
        boolean network = examples.hasNetwork();
        String sentence = "The features come "
                + (network
                        ? "with the network's probabilities of their classes."
                        : "without probabilities of a network: the memory answers alone.");
        return new Classes(classes, network ? classes : 0, network ? SAME : OTHER, List.of(), sentence);
    }

    Classes find() {
        int size = names.size();
        if (size > outputs) {
            return other("The pictures have " + size + " classes and the network " + outputs
                    + ": it cannot know all of them, so the memory answers alone.");
        }
        int[] assigned = complete();
        int[] same = IntStream.range(0, size).toArray();
        double right = right(assigned);
        double inOrder = right(same);
        if (named && size < outputs) {
            return right < Math.max(known(outputs), ABOVE_CHANCE / size)
                    ? other("The " + size + " classes of the pictures are not among the network's " + outputs
                            + ": even where each class is given the answer that it gets most often, only "
                            + percent(right) + " of the sample are right. The memory answers alone.")
                    : matched(
                            PART,
                            assigned,
                            assignment.doubtful(),
                            "The " + size + " classes of the pictures are a part of the network's " + outputs
                                    + ", by its answers: " + listed(assigned, label -> true) + ". " + percent(right)
                                    + " of the sample are right among all classes. Look at the list; outputs.txt has it,"
                                    + " and may be changed.");
        }
        if (!assignment.permutation().isEmpty()) {
            return matched(
                    PERMUTED,
                    assigned,
                    assignment.doubtful(),
                    "The classes of the pictures are the network's in another order, by its answers: "
                            + listed(assigned, label -> assigned[label] != label)
                            + ". In this order the network is right on "
                            + percent(right) + " of the sample, and in the order of the names on " + percent(inOrder)
                            + ".");
        }
        List<Integer> doubtful = assignment.doubtful().stream()
                .filter(label -> assigned[label] != label)
                .toList();
        String share = "it is right on " + percent(inOrder) + " of the sample"
                + (inOrder < ABOVE_CHANCE / size
                        ? "; chance alone would be right on " + Format.percent(1.0 / size)
                        : "")
                + ".";
        return matched(
                SAME,
                same,
                doubtful,
                doubtful.isEmpty()
                        ? "Class k of the pictures is class k of the network; " + share
                        : "Class k of the pictures was taken for class k of the network, but its answers do not tell so for "
                                + doubtful.size() + " of " + size + ": " + share);
    }

    /**
     * The share of right answers among all of the network's classes from which those of the pictures count as a part of them.
     * Small or blurred pictures of its own classes have 0.4. The answers to pictures of others spread over many classes, if there are
     * many: with the ten of CIFAR-10, 99 % of 1,000 draws of four classes of CIFAR-100 have at most 0.535.
     */
    private static double known(int outputs) {
        return Math.max(0.25, 0.7 - 0.15 * Math.log10(outputs));
    }

    private static String percent(double share) {
        return Format.fixed(100 * share, 1) + " %";
    }

    private Classes other(String sentence) {
        return new Classes(names.size(), outputs, OTHER, List.of(), sentence);
    }

    private Classes matched(String relation, int[] found, List<Integer> doubtful, String sentence) {
        List<Match> matches = IntStream.range(0, relation.equals(SAME) && doubtful.isEmpty() ? 0 : found.length)
                .mapToObj(label -> new Match(
                        names.get(label),
                        found[label],
                        (double) assignment.answers(label, found[label]) / Math.max(1, assignment.examples(label)),
                        doubtful.contains(label)))
                .toList();
        return new Classes(names.size(), outputs, relation, matches, sentence);
    }

    /** Returns the share of the pictures to which the network gives these outputs of their classes. */
    private double right(int[] found) {
        IntStream labels = IntStream.range(0, found.length);
        return (double) labels.map(label -> assignment.answers(label, found[label]))
                        .sum()
                / Math.max(
                        1,
                        IntStream.range(0, found.length)
                                .map(assignment::examples)
                                .sum());
    }

    /** Returns the output of each class; classes that have none get the free ones, in order. */
    private int[] complete() {
        Set<Integer> taken = new HashSet<>();
        int[] complete = new int[names.size()];
        for (int label = 0; label < complete.length; label++) {
            complete[label] = assignment.output(label).orElse(-1);
            taken.add(complete[label]);
        }
        for (int label = 0; label < complete.length; label++) {
            for (int output = 0; complete[label] < 0; output++) {
                int wanted = output == 0 ? label : output - 1; // its own number first
                if (taken.add(wanted)) {
                    complete[label] = wanted;
                }
            }
        }
        return complete;
    }

    private String listed(int[] assigned, IntPredicate shown) {
        return shortened(IntStream.range(0, assigned.length)
                .filter(shown)
                .mapToObj(label -> "\"" + names.get(label) + "\" is its class " + assigned[label])
                .toList());
    }

    /** Lists the first of many. */
    static String shortened(List<String> all) {
        int more = all.size() - LISTED;
        return String.join(", ", all.subList(0, Math.min(LISTED, all.size())))
                + (more > 0 ? " and " + more + " more" : "");
    }
}
