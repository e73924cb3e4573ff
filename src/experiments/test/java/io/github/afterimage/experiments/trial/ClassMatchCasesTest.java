package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.OutputNames;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialVerdict.Word;
import io.github.afterimage.model.data.ImageNetClasses;
import io.github.afterimage.model.evaluation.Prediction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Made cases of classes, each with a verdict that follows from the outputs that its classes truly have, counted here. The network
 * scores its outputs with noise, and takes every third class of the pictures mostly for a similar output that is no class of theirs; the
 * memory and the mixture are right with a chosen probability.
 */
class ClassMatchCasesTest {
    private static final int CLASSES = 60;
    private static final int PICTURES = 40; // of a class, half of which match it
    private static final int OUTPUTS = 1000;
    private static final long SEED = 7;
    private static final List<String> IDS =
            ImageNetClasses.lines().stream().map(line -> line.substring(0, 9)).toList();

    private enum Case {
        IDS_IN_ORDER(0, 0.78),
        IDS_IN_ORDER_WITH_A_GAIN(0, 0.97),
        IDS_AFTER_A_BACKGROUND(1, 0.78),
        IDS_IN_SHUFFLED_ORDER(0, 0.78),
        WORDS(0, 0.78),
        WORDS_FOR_MOST(0, 0.78),
        NO_NAMES(0, 0.78),
        NO_NAMES_WITH_A_GAIN(0, 0.97),
        LABELS_OF_THE_NETWORK(0, 0.78),
        LABELS_THAT_ARE_WRONG(0, 0.78),
        RANDOM_LABELS(0, 0.02),
        FOREIGN_NETWORK(0, 0.78),
        FOREIGN_NETWORK_WITH_IDS(0, 0.05),
        ONE_PICTURE_OF_EACH(0, 0.78),
        UNBALANCED(0, 0.78),
        IDS_IN_ORDER_UNBALANCED(0, 0.97),
        IDS_IN_ORDER_WITH_A_GAIN_OF_THE_MIRROR(0, 0.97),
        IDS_IN_ORDER_WITH_A_GAIN_OF_THE_SHARES(0, 0.97),
        TWO_CLASSES(0, 0.78);

        private final int background;
        private final double right; // the share that the mixture has right

        Case(int background, double right) {
            this.background = background;
            this.right = right;
        }

        private boolean has(String part) {
            return name().contains(part);
        }
    }

    /** Classes to match: the true output of each class, the classes' names, and what is known of the outputs. */
    private record Made(int[] truth, List<String> names, List<OutputNames> known) {}

    private static Made made(Case each, Random random) {
        int classes = each == Case.TWO_CLASSES ? 2 : CLASSES;
        List<Integer> drawn =
                new ArrayList<>(IntStream.range(0, OUTPUTS).boxed().toList());
        Collections.shuffle(drawn, random);
        int[] places = drawn.stream().limit(classes).mapToInt(i -> i).sorted().toArray();
        List<String> lines = new ArrayList<>(ImageNetClasses.lines());
        List<String> names = Arrays.stream(places)
                .mapToObj(place -> each.has("IDS") || each == Case.TWO_CLASSES
                        ? IDS.get(place)
                        : each == Case.WORDS || each == Case.WORDS_FOR_MOST && place % 8 != 0
                                ? lines.get(place).substring(10)
                                : "made " + place)
                .toList();
        int[] truth = IntStream.of(places).map(place -> place + each.background).toArray();
        List<OutputNames> known = new ArrayList<>();
        if (each.has("SHUFFLED") || each.has("LABELS_")) {
            int[] order = drawn.stream().mapToInt(i -> i).toArray(); // another order of the outputs
            truth = IntStream.of(places).map(place -> order[place]).toArray();
        }
        if (each.has("LABELS_")) {
            String[] labels =
                    IntStream.range(0, OUTPUTS).mapToObj(i -> "other " + i).toArray(String[]::new);
            for (int k = 0; k < classes; k++) {
                labels[truth[each == Case.LABELS_THAT_ARE_WRONG ? (k + 1) % classes : k]] = names.get(k);
            }
            known.add(new OutputNames(List.of(labels), "labels.txt"));
        }
        if (each.background == 1) {
            lines.add(0, "");
        }
        known.add(new OutputNames(lines, "the order of ImageNet"));
        return new Made(truth, names, known);
    }

    private static int best(double[] scores, IntUnaryOperator outputs, int count) {
        IntToDoubleFunction score = k -> scores[outputs.applyAsInt(k)];
        return IntStream.range(0, count)
                .reduce((one, other) -> score.applyAsDouble(other) > score.applyAsDouble(one) ? other : one)
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(Case.class)
    void noGainIsClaimedThatTheTrueClassesDoNotShow(Case each) {
        Random random = new Random(SEED);
        Made made = made(each, random);
        int[] truth = made.truth();
        int all = OUTPUTS + each.background;
        List<Integer> taken = Arrays.stream(truth).boxed().toList();
        int[] similar = IntStream.generate(() -> random.nextInt(all))
                .filter(output -> !taken.contains(output))
                .distinct()
                .limit(truth.length)
                .toArray();
        List<double[]> scores = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<Integer> answers = new ArrayList<>();
        List<Integer> matching = new ArrayList<>();
        for (int k = 0; k < truth.length; k++) {
            int pictures = each == Case.ONE_PICTURE_OF_EACH ? 2 : each.has("UNBALANCED") && k > 0 ? 6 : PICTURES;
            for (int i = 0; i < pictures; i++) {
                double[] score = random.doubles(all).map(x -> 3 * x).toArray();
                int seen = each == Case.RANDOM_LABELS ? random.nextInt(truth.length) : k;
                if (!each.has("FOREIGN")) {
                    score[truth[seen]] += random.nextInt(5) == 0 ? 0 : 2.5;
                    score[similar[seen]] += seen % 3 == 0 ? 2.8 : 0;
                }
                if (i % 2 == 0) { // a half matches the classes, and the other one is tested
                    matching.add(k);
                    answers.add(best(score, output -> output, all));
                } else {
                    labels.add(k);
                    scores.add(score);
                }
            }
        }
        ClassMatch match = ClassMatch.of(
                ClassAssignment.of(ints(matching), ints(answers), truth.length), made.names(), true, all, made.known());
        int[] corrected = IntStream.range(0, labels.size())
                .map(i -> random.nextDouble() < each.right ? labels.get(i) : (labels.get(i) + 1) % truth.length)
                .toArray();
        Gain truly = gain(labels, read(scores, truth), corrected);
        boolean owed = each.has("MIRROR") || each.has("SHARES"); // one picture in ten is answered otherwise by both
        int[] free = IntStream.range(0, labels.size())
                .map(i -> random.nextInt(10) == 0 ? (labels.get(i) + random.nextInt(2)) % truth.length : corrected[i])
                .toArray();
        boolean gain = truly.isClear()
                && !each.has("FOREIGN")
                && !(owed && !gain(labels, free, corrected).isClear());
        if (owed) {
            assertThat(truly.isClear()).as("it seems to help").isTrue();
        }
        String about = each + ", seed " + SEED + ": " + match.sentence();
        if (match.relation().equals(ClassMatch.OTHER)) {
            assertThat(each.has("FOREIGN") || each == Case.RANDOM_LABELS)
                    .as(about)
                    .isTrue();
            return;
        }
        int[] outputs = match.outputs().stream().mapToInt(i -> i).toArray();
        int[] network = read(scores, outputs);
        TestedDivision division = new TestedDivision(
                IntStream.range(0, labels.size())
                        .mapToObj(i -> new TestedAnswer(
                                new Prediction(
                                        i,
                                        labels.get(i),
                                        network[i],
                                        each.has("MIRROR") ? free[i] : network[i],
                                        corrected[i],
                                        corrected[i],
                                        new Prediction.TrueClass(1, 1, 1, 1),
                                        new Prediction.Doubts(0, 0)),
                                owed ? free[i] : network[i],
                                1,
                                labels.get(i),
                                i))
                        .toList(),
                SharedParts.NONE);
        Word verdict = TrialVerdict.of(List.of(division), match).word();
        if (!gain) {
            assertThat(verdict).as(about).isNotEqualTo(Word.HELPS);
        }
        boolean told = each.has("IDS_IN_ORDER") || each.has("IDS_AFTER") || each == Case.LABELS_OF_THE_NETWORK;
        if (told) {
            assertThat(outputs).as(about).isEqualTo(truth);
            assertThat(match.doubtful()).as(about).isEmpty();
            assertThat(verdict == Word.HELPS).as(about).isEqualTo(gain);
        }
    }

    private static int[] read(List<double[]> scores, int[] outputs) {
        return scores.stream()
                .mapToInt(score -> best(score, k -> outputs[k], outputs.length))
                .toArray();
    }

    private static int[] ints(List<Integer> values) {
        return values.stream().mapToInt(i -> i).toArray();
    }

    private static Gain gain(List<Integer> labels, int[] without, int[] with) {
        return Gain.of(wrong(labels, without), wrong(labels, with), labels.size());
    }

    private static BitSet wrong(List<Integer> labels, int[] answers) {
        BitSet wrong = new BitSet();
        IntStream.range(0, answers.length).forEach(i -> wrong.set(i, answers[i] != labels.get(i)));
        return wrong;
    }
}
