package io.github.afterimage.experiments.trial;

import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.experiments.trial.TrialResult.Match;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Finds which of a network's classes are those of the pictures, by its answers to pictures of the memory. */
final class ClassMatch {
    /** The names of the relations between the two. */
    static final String SAME = "same";

    static final String PERMUTED = "permuted";
    static final String PART = "part";
    static final String OTHER = "other";

    /** With few classes, so many times the share that chance alone would have. */
    private static final double ABOVE_CHANCE = 1.5;

    private static final int LISTED = 3;

    private final NetworkAnswers answers;
    private final ClassAssignment assignment;
    private final List<String> names;
    private final boolean named;

    /** @param named whether the classes of the pictures have names, not only numbers */
    ClassMatch(NetworkAnswers answers, List<String> names, boolean named) {
        this.answers = answers;
        this.assignment = answers.assignment();
        this.names = names;
        this.named = named;
    }

    /** Returns the classes of features, which come with the probabilities of their classes or with none. */
    static Classes ofFeatures(TrialExamples examples) {
        int classes = examples.classes();
        return examples.hasNetwork()
                ? new Classes(
                        classes,
                        classes,
                        SAME,
                        List.of(),
                        "The features come with the network's probabilities of their classes.")
                : new Classes(
                        classes,
                        0,
                        OTHER,
                        List.of(),
                        "The features come without probabilities of a network: the memory answers alone.");
    }

    Classes find() {
        if (names.size() > answers.outputs()) {
            return other(String.format(
                    Locale.ROOT,
                    "The pictures have %d classes and the network %d: they are others, so the memory answers alone.",
                    names.size(),
                    answers.outputs()));
        }
        int[] assigned = complete();
        double right = answers.right(label -> assigned[label]);
        if (named && names.size() < answers.outputs()) {
            return part(assigned, right);
        }
        double inOrder = answers.right(label -> label);
        if (!assignment.permutation().isEmpty()) {
            return matched(
                    PERMUTED,
                    assigned,
                    assignment.doubtful(),
                    String.format(
                            Locale.ROOT,
                            "The classes of the pictures are the network's in another order, by its answers: %s. The network"
                                    + " is right on %.1f %% of the sample so, and on %.1f %% in the order of the names.",
                            listed(assigned, label -> assigned[label] != label),
                            100 * right,
                            100 * inOrder));
        }
        int[] same = IntStream.range(0, names.size()).toArray();
        List<Integer> doubtful = assignment.doubtful().stream()
                .filter(label -> assigned[label] != label)
                .toList();
        String share = String.format(
                Locale.ROOT,
                "it is right on %.1f %% of the sample%s.",
                100 * inOrder,
                inOrder < ABOVE_CHANCE / names.size()
                        ? ", and chance alone on " + Format.percent(1.0 / names.size())
                        : "");
        return matched(
                SAME,
                same,
                doubtful,
                doubtful.isEmpty()
                        ? "Class k of the pictures is class k of the network; " + share
                        : "Class k of the pictures was taken for class k of the network, but its answers do not tell so for "
                                + doubtful.size() + " of " + names.size() + ": " + share);
    }

    /**
     * The share of right answers among all of the network's classes from which those of the pictures count as a part of them.
     * Small or blurred pictures of its own classes have 0.4. The answers to pictures of others spread over many classes, if there are
     * many: with the ten of CIFAR-10, 99 % of 1,000 draws of four classes of CIFAR-100 have at most 0.535.
     */
    private static double known(int outputs) {
        return Math.max(0.25, 0.7 - 0.15 * Math.log10(outputs));
    }

    private Classes part(int[] assigned, double right) {
        if (right < Math.max(known(answers.outputs()), ABOVE_CHANCE / names.size())) {
            return other(String.format(
                    Locale.ROOT,
                    "The pictures have %d classes, the network %d others: even where each class is given the answer that"
                            + " it gets most often, only %.1f %% are right. The memory answers alone.",
                    names.size(),
                    answers.outputs(),
                    100 * right));
        }
        return matched(
                PART,
                assigned,
                assignment.doubtful(),
                String.format(
                        Locale.ROOT,
                        "The %d classes of the pictures are a part of the network's %d, by its answers: %s. %.1f %% of the"
                                + " sample are right among all classes. Look at the list; outputs.txt has it, and may be changed.",
                        names.size(),
                        answers.outputs(),
                        listed(assigned, label -> true),
                        100 * right));
    }

    private Classes other(String sentence) {
        return new Classes(names.size(), answers.outputs(), OTHER, List.of(), sentence);
    }

    private Classes matched(String relation, int[] outputs, List<Integer> doubtful, String sentence) {
        List<Match> matches = relation.equals(SAME) && doubtful.isEmpty() ? List.of() : matches(outputs, doubtful);
        return new Classes(names.size(), answers.outputs(), relation, matches, sentence);
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

    private List<Match> matches(int[] outputs, List<Integer> doubtful) {
        int[] right = new int[names.size()];
        int[] all = new int[names.size()];
        for (int picture = 0; picture < answers.labels().length; picture++) {
            int label = answers.labels()[picture];
            all[label]++;
            right[label] += answers.best(picture) == outputs[label] ? 1 : 0;
        }
        return IntStream.range(0, all.length)
                .mapToObj(label -> new Match(
                        names.get(label),
                        outputs[label],
                        all[label] == 0 ? 0 : (double) right[label] / all[label],
                        doubtful.contains(label)))
                .toList();
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
