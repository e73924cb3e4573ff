package io.github.afterimage.experiments.trial;

import io.github.afterimage.experiments.statistics.McNemar;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.experiments.trial.TrialResult.Match;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Finds which of a network's classes are those of the pictures, by its answers to pictures of the memory. */
final class ClassMatch {
    /** The names of the relations between the two. */
    static final String SAME = "same";

    static final String PERMUTED = "permuted";
    static final String PART = "part";
    static final String OTHER = "other";

    /**
     * The share of right answers among all of the network's classes from which those of the pictures count as a part of them.
     * Small or blurred pictures of its own classes have 0.4; the answers to pictures of others spread over many classes.
     */
    private static final double KNOWN = 0.25;

    /** With few classes, so many times the share that chance alone would have. */
    private static final double ABOVE_CHANCE = 1.5;

    /** The probability that chance alone would suggest another order. */
    private static final double SIGNIFICANCE = 1e-3;

    private static final int LISTED = 6;

    private final NetworkAnswers answers;
    private final List<String> names;
    private final boolean named;

    /** @param named whether the classes of the pictures have names, not only numbers */
    ClassMatch(NetworkAnswers answers, List<String> names, boolean named) {
        this.answers = answers;
        this.names = names;
        this.named = named;
    }

    Classes find() {
        int ofData = names.size();
        int ofNetwork = answers.outputs();
        if (ofData > ofNetwork) {
            return new Classes(
                    ofData,
                    ofNetwork,
                    OTHER,
                    List.of(),
                    String.format(
                            Locale.ROOT,
                            "The pictures have %d classes and the network %d: they are others, so the memory answers alone.",
                            ofData,
                            ofNetwork));
        }
        int[] assigned = complete(answers.assignment());
        int[] same = IntStream.range(0, ofData).toArray();
        boolean[] inOrder = answers.right(same);
        boolean[] moved = answers.right(assigned);
        if (named && ofData < ofNetwork) {
            return part(assigned, NetworkAnswers.share(moved));
        }
        if (!Arrays.equals(assigned, same) && isClear(inOrder, moved)) {
            return new Classes(
                    ofData,
                    ofNetwork,
                    PERMUTED,
                    matches(assigned),
                    String.format(
                            Locale.ROOT,
                            "The classes of the pictures are the network's in another order, by its answers: %s. The network"
                                    + " is right on %.1f %% of the sample so, and on %.1f %% in the order of the names.",
                            listed(assigned, same),
                            100 * NetworkAnswers.share(moved),
                            100 * NetworkAnswers.share(inOrder)));
        }
        return new Classes(
                ofData,
                ofNetwork,
                SAME,
                List.of(),
                String.format(
                        Locale.ROOT,
                        "Class k of the pictures is class k of the network; it is right on %.1f %% of the sample.",
                        100 * NetworkAnswers.share(inOrder)));
    }

    private Classes part(int[] assigned, double right) {
        int ofData = names.size();
        int ofNetwork = answers.outputs();
        if (right < Math.max(KNOWN, ABOVE_CHANCE / ofData)) {
            return new Classes(
                    ofData,
                    ofNetwork,
                    OTHER,
                    List.of(),
                    String.format(
                            Locale.ROOT,
                            "The pictures have %d classes, the network %d others: even where each class is given the answer that"
                                    + " it gets most often, only %.1f %% are right. The memory answers alone.",
                            ofData,
                            ofNetwork,
                            100 * right));
        }
        return new Classes(
                ofData,
                ofNetwork,
                PART,
                matches(assigned),
                String.format(
                        Locale.ROOT,
                        "The %d classes of the pictures are a part of the network's %d, by its answers: %s. %.1f %% of the"
                                + " sample are right among all classes. Look at the list; outputs.txt has it, and may be changed.",
                        ofData,
                        ofNetwork,
                        listed(assigned, new int[ofData]),
                        100 * right));
    }

    /** Gives classes without an output the free ones, in order. */
    private int[] complete(int[] assigned) {
        Set<Integer> taken = Arrays.stream(assigned).boxed().collect(Collectors.toSet());
        int[] complete = assigned.clone();
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

    /** Another order must explain most errors, and chance must be an unlikely explanation. */
    private boolean isClear(boolean[] inOrder, boolean[] moved) {
        int gained = 0;
        int lost = 0;
        for (int i = 0; i < moved.length; i++) {
            gained += moved[i] && !inOrder[i] ? 1 : 0;
            lost += inOrder[i] && !moved[i] ? 1 : 0;
        }
        boolean most = 1 - NetworkAnswers.share(moved) < (1 - NetworkAnswers.share(inOrder)) / 2;
        return most && gained > lost && McNemar.exact(gained, lost) < SIGNIFICANCE;
    }

    private List<Match> matches(int[] assigned) {
        int[] right = new int[names.size()];
        int[] all = new int[names.size()];
        for (int picture = 0; picture < answers.labels().length; picture++) {
            int label = answers.labels()[picture];
            all[label]++;
            right[label] += answers.best(picture) == assigned[label] ? 1 : 0;
        }
        List<Match> matches = new ArrayList<>();
        for (int label = 0; label < all.length; label++) {
            matches.add(new Match(
                    names.get(label), assigned[label], all[label] == 0 ? 0 : (double) right[label] / all[label]));
        }
        return matches;
    }

    private String listed(int[] assigned, int[] omitted) {
        List<String> moved = IntStream.range(0, assigned.length)
                .filter(label -> assigned[label] != omitted[label] || omitted[label] != label)
                .mapToObj(label -> "\"" + names.get(label) + "\" is its class " + assigned[label])
                .toList();
        int more = moved.size() - LISTED;
        return String.join(", ", moved.subList(0, Math.min(LISTED, moved.size())))
                + (more > 0 ? " and " + more + " more" : "");
    }
}
