package io.github.afterimage.experiments;

import io.github.afterimage.experiments.report.Format;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How the classes of pictures were matched with the outputs of a network, and how sure that is. Names tell it where they can; what
 * they leave open is found by the network's answers to a sample.
 *
 * @param data the number of classes of the pictures
 * @param network the number of the network's outputs; 0 for features without probabilities
 * @param relation {@link #SAME}, {@link #PERMUTED}, {@link #PART} or {@link #OTHER}
 * @param matches the output of each class; empty if they are surely the same, or others
 * @param right the share of the sample that is right in this reading
 * @param best the share that would be right if each doubtful class had the best of the outputs that it may have
 */
public record ClassMatch(
        int data, int network, String relation, List<Match> matches, double right, double best, String sentence) {
    /** The classes are the network's, in its order. */
    public static final String SAME = "same";

    /** They are the network's in another order. */
    public static final String PERMUTED = "permuted";

    /** They are a part of the network's. */
    public static final String PART = "part";

    /** They are others: the memory answers alone. */
    public static final String OTHER = "other";

    /** With few classes, so many times the share that chance alone would have. */
    private static final double ABOVE_CHANCE = 1.5;

    /** A larger share of doubtful classes leaves open how good the network is. */
    private static final double FEW = 0.05;

    private static final int LISTED = 3;
    private static final int DESCRIBED = 6;

    /**
     * A class of the pictures and the network's output for it.
     *
     * @param meaning the words for the output; empty if they are not known
     * @param right the number of sampled pictures of the class to which the network gives this output
     * @param images the number of sampled pictures of the class
     * @param doubtful whether neither names nor answers tell that it is this output
     * @param answers the network's most frequent answers to these pictures, for people
     */
    public record Match(
            String name, int output, String meaning, int right, int images, boolean doubtful, String answers) {}

    /** Returns the match of features, which come with the probabilities of their classes or with none. */
    public static ClassMatch ofFeatures(int classes, boolean network) {
        return new ClassMatch(
                classes,
                network ? classes : 0,
                network ? SAME : OTHER,
                List.of(),
                0,
                0,
                "The features come "
                        + (network
                                ? "with the network's probabilities of their classes."
                                : "without probabilities of a network: the memory answers alone."));
    }

    /**
     * Matches classes.
     *
     * @param answers the network's answers to a sample
     * @param names of the classes of the pictures
     * @param named whether these are names, not only numbers
     * @param outputs the number of the network's outputs
     * @param known the names of the outputs, the most trustworthy first
     */
    public static ClassMatch of(
            ClassAssignment answers, List<String> names, boolean named, int outputs, List<OutputNames> known) {
        if (names.size() > outputs) {
            return new Finder(answers, names, outputs, null).tooMany();
        }
        String contradicted = "";
        for (OutputNames each : named ? known : List.<OutputNames>of()) {
            int[] found = each.outputs(names);
            boolean most = 2 * IntStream.of(found).filter(output -> output >= 0).count() > names.size();
            if (most && !answers.contradicts(found)) {
                return new Finder(answers.with(found), names, outputs, each).byNames(each.source());
            } else if (most) {
                contradicted = " The names of the classes, by " + each.source()
                        + ", say otherwise, but the answers contradict them.";
            }
        }
        OutputNames meanings = contradicted.isEmpty() && !known.isEmpty() ? known.get(0) : null;
        return new Finder(answers, names, outputs, meanings).byAnswers(named, contradicted);
    }

    /** Returns the labels of the classes whose match is doubtful. */
    public List<Integer> doubtful() {
        return IntStream.range(0, matches.size())
                .filter(label -> matches.get(label).doubtful())
                .boxed()
                .toList();
    }

    /** Returns whether so many classes are doubtful that the errors of the network are not known. */
    public boolean isDoubtful() {
        return doubtful().size() > Math.max(1, FEW * data);
    }

    /** Says which classes are doubtful, and how good the network is in this reading and at best; empty if none is. */
    public String doubt() {
        int count = doubtful().size();
        return count == 0
                ? ""
                : "For " + count + " of " + data
                        + " classes, neither names nor the network's answers tell which of its outputs"
                        + " is meant: "
                        + described(matches.stream().filter(Match::doubtful).toList()) + ". Of a sample, it has "
                        + percent(right)
                        + " right as the classes were matched, and " + percent(best)
                        + " if each of these had the best of the outputs that it may have.";
    }

    /** Describes the network's answers to classes; no more than a few of them. */
    public static String described(List<Match> matches) {
        return shortened(
                matches.stream()
                        .map(match -> "\"" + match.name() + "\" (" + match.answers() + ")")
                        .toList(),
                DESCRIBED);
    }

    /** Returns the output of each class; empty if they are the network's, in its order. */
    public List<Integer> outputs() {
        return matches.stream().map(Match::output).toList();
    }

    /**
     * Returns the output of each class.
     *
     * @throws IllegalArgumentException if one is doubtful, or the classes are others than those of the network
     */
    public List<Integer> requireClear() {
        if (relation.equals(OTHER)) {
            throw new IllegalArgumentException("--outputs auto: " + sentence + " Leave --outputs out, or give a list");
        }
        if (!doubtful().isEmpty()) {
            throw new IllegalArgumentException(
                    "--outputs auto: the network's answers do not tell which of its outputs is "
                            + described(matches.stream().filter(Match::doubtful).toList())
                            + "; correct --preprocess if it is not that of the network's training, put labels.txt with the names of its"
                            + " classes beside it, or give the outputs of all classes, such as the most frequent: --outputs "
                            + outputs().stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        return matches.isEmpty() ? IntStream.range(0, data).boxed().toList() : outputs();
    }

    /** Lists the first of many. */
    public static String shortened(List<String> all, int listed) {
        int more = all.size() - listed;
        return String.join(", ", all.subList(0, Math.min(listed, all.size())))
                + (more > 0 ? " and " + more + " more" : "");
    }

    private static String percent(double share) {
        return Format.fixed(100 * share, 1) + " %";
    }

    /**
     * Finds a match.
     *
     * @param meanings of the outputs; null if they are not known
     */
    private record Finder(
            ClassAssignment answers,
            List<String> names,
            int outputs,
            @Nullable OutputNames meanings) {
        private int size() {
            return names.size();
        }

        private ClassMatch tooMany() {
            int[] known = IntStream.range(0, size())
                    .filter(label -> answers.output(label).isPresent())
                    .toArray();
            double right = IntStream.of(known)
                            .mapToDouble(label ->
                                    answers.answers(label, answers.output(label).orElseThrow()))
                            .sum()
                    / examples();
            return other("The pictures have " + size() + " classes and the network " + outputs
                    + ": it cannot know all of them, so the memory answers alone."
                    + (right < known()
                            ? ""
                            : " But it seems to know " + known.length + " of them, and is right on " + percent(right)
                                    + " of the sample: join classes that are one, or leave out those that it does not know,"
                                    + " and it answers too."));
        }

        private ClassMatch byNames(String source) {
            int[] found = complete();
            int[] order = IntStream.range(0, size()).toArray();
            boolean same = Arrays.equals(found, order) && size() == outputs;
            String sure = answers.doubtful().isEmpty() ? "" : ", and by the network's answers where these tell none";
            String sentence = "By their names (" + source + ")" + sure + ", the "
                    + Format.count(size(), "class") + " of the pictures are "
                    + (same
                            ? "those of the network, in its order"
                            : (size() < outputs
                                            ? "a part of the network's " + Format.count(outputs)
                                            : "the network's in another order")
                                    + ": " + listed(found, label -> found[label] != label))
                    + ". " + percent(right(found)) + " of the sample are right.";
            return matched(same ? SAME : size() < outputs ? PART : PERMUTED, found, answers.doubtful(), sentence);
        }

        private ClassMatch byAnswers(boolean named, String contradicted) {
            int[] assigned = complete();
            int[] same = IntStream.range(0, size()).toArray();
            double right = right(assigned);
            double inOrder = right(same);
            if (named && size() < outputs) {
                return right < Math.max(known(), ABOVE_CHANCE / size())
                        ? other("The " + size() + " classes of the pictures are not among the network's " + outputs
                                + ": even where each class is given the answer that it gets most often, only "
                                + percent(right) + " of the sample are right. The memory answers alone."
                                + contradicted)
                        : matched(
                                PART,
                                assigned,
                                answers.doubtful(),
                                "The " + size() + " classes of the pictures are a part of the network's " + outputs
                                        + ", by its answers: " + listed(assigned, label -> true) + ". " + percent(right)
                                        + " of the sample are right among all classes. Look at the list; outputs.txt has it,"
                                        + " and may be changed." + contradicted);
            }
            if (!answers.permutation(same).isEmpty()) {
                return matched(
                        PERMUTED,
                        assigned,
                        answers.doubtful(),
                        "The classes of the pictures are the network's in another order, by its answers: "
                                + listed(assigned, label -> assigned[label] != label)
                                + ". In this order the network is right on "
                                + percent(right) + " of the sample, and in the order of the names on "
                                + percent(inOrder)
                                + "." + contradicted);
            }
            List<Integer> doubtful = answers.doubtful().stream()
                    .filter(label -> assigned[label] != label)
                    .toList();
            String share = "it is right on " + percent(inOrder) + " of the sample"
                    + (inOrder < ABOVE_CHANCE / size()
                            ? "; chance alone would be right on " + Format.percent(1.0 / size())
                            : "")
                    + ".";
            return matched(
                    SAME,
                    same,
                    doubtful,
                    (doubtful.isEmpty()
                                    ? "Class k of the pictures is class k of the network; "
                                    : "Class k of the pictures was taken for class k of the network, but its answers do not tell so for "
                                            + doubtful.size() + " of " + size() + ": ")
                            + share
                            + contradicted);
        }

        /**
         * The share of right answers among all of the network's classes from which those of the pictures count as a part of them.
         * Small or blurred pictures of its own classes have 0.4. The answers to pictures of others spread over many classes, if
         * there are many: with the ten of CIFAR-10, 99 % of 1,000 draws of four classes of CIFAR-100 have at most 0.535.
         */
        private double known() {
            return Math.max(0.25, 0.7 - 0.15 * Math.log10(outputs));
        }

        private ClassMatch other(String sentence) {
            return new ClassMatch(size(), outputs, OTHER, List.of(), 0, 0, sentence);
        }

        private ClassMatch matched(String relation, int[] found, List<Integer> doubtful, String sentence) {
            List<Match> matches = IntStream.range(0, relation.equals(SAME) && doubtful.isEmpty() ? 0 : found.length)
                    .mapToObj(label -> new Match(
                            names.get(label),
                            found[label],
                            meaning(found[label]),
                            answers.answers(label, found[label]),
                            answers.examples(label),
                            doubtful.contains(label),
                            answers.describe(label)))
                    .toList();
            int likely = IntStream.range(0, size())
                    .map(label ->
                            doubtful.contains(label) ? answers.likely(label) : answers.answers(label, found[label]))
                    .sum();
            return new ClassMatch(
                    size(), outputs, relation, matches, right(found), (double) likely / examples(), sentence);
        }

        private int examples() {
            return Math.max(1, IntStream.range(0, size()).map(answers::examples).sum());
        }

        /** Returns the share of the pictures to which the network gives these outputs of their classes. */
        private double right(int[] found) {
            IntStream labels = IntStream.range(0, found.length);
            return (double) labels.map(label -> answers.answers(label, found[label]))
                            .sum()
                    / examples();
        }

        /** Returns the output of each class; classes that have none get the free ones, in order. */
        private int[] complete() {
            int[] complete = IntStream.range(0, size())
                    .map(label -> answers.output(label).orElse(-1))
                    .toArray();
            Set<Integer> taken = new HashSet<>();
            IntStream.of(complete).forEach(taken::add);
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

        private String meaning(int output) {
            return meanings == null ? "" : meanings.words(output);
        }

        private String listed(int[] assigned, IntPredicate shown) {
            return shortened(
                    IntStream.range(0, assigned.length)
                            .filter(shown)
                            .mapToObj(label -> "\"" + names.get(label) + "\" is its class " + assigned[label]
                                    + (meaning(assigned[label]).isEmpty() ? "" : ", " + meaning(assigned[label])))
                            .toList(),
                    LISTED);
        }
    }
}
