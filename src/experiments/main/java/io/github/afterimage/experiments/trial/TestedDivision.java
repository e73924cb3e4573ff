package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.experiments.probe.LabelledKeys;
import io.github.afterimage.experiments.probe.LinearProbe;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The answers to the test examples of a division, by an index of its memory that is tuned on its tuning examples.
 *
 * @param shared the parts that pictures share with remembered ones
 */
record TestedDivision(List<TestedAnswer> answers, SharedParts shared) {
    /** The operations for a division up to which several are tested unless another number is asked for: a minute or so. */
    private static final double CHEAP = 1L << 42;

    /** The exponentials of a tuning pass, as additions to the products of a query and a key. */
    private static final int EXPONENTIALS = 150;

    /** The correlation of the changes of two divisions. */
    private static final double SHARED = 1.0 / 16;

    private static final int GRID = 10_000;
    private static final int PROBE_STEPS = 400;

    /**
     * Tests divisions of the same examples.
     *
     * @param index that of the first one
     * @param tuned its point
     */
    static List<TestedDivision> all(
            TrialExamples examples, KeyChoice keys, CacheIndex index, TunedIndex tuned, TrialOptions options)
            throws IOException {
        int count = count(examples, keys.form(), options);
        List<TestedDivision> tested = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            Optional<TrialExamples> complete = examples.division(number);
            if (complete.isEmpty()) {
                continue;
            }
            TrialExamples division = complete.get();
            boolean first = number == 0;
            Progress progress = options.begin(first ? "testing" : "division " + (number + 1) + " of " + count);
            tested.add(division.steps().step("tested-answers", TestedDivision.class, () -> {
                if (first) {
                    return of(index, tuned, division, options.threads(), progress);
                }
                try (CacheIndex other = TunedIndex.filled(division, keys.form(), false, progress)) {
                    TunedIndex point = TunedIndex.of(other, division.tuning(), progress);
                    return of(other, point, division, options.threads(), progress);
                }
            }));
        }
        return tested;
    }

    private static int count(TrialExamples examples, IndexRecipe form, TrialOptions options) {
        double keys = examples.memory().size();
        double queries = examples.tuning().size();
        int dim = KeyChoice.keyDim(form, examples.memory().dim());
        double operations = keys * queries * (dim + EXPONENTIALS)
                + queries * examples.classes() * GRID
                + keys * dim * examples.classes() * PROBE_STEPS;
        int usual = operations < CHEAP ? TrialExamples.DIVISIONS : 1;
        return !examples.divided() ? 1 : options.splits() != null ? options.splits() : usual;
    }

    /** Says why divisions of the same examples were not tested; empty if all were, or as many as were asked for. */
    static String untested(TrialExamples examples, KeyChoice keys, TrialOptions options, int tested) {
        int count = count(examples, keys.form(), options);
        return tested < count
                ? " Of " + count + " divisions, " + (count - tested)
                        + " were left out, because their memory lacks a class."
                : examples.divided() && options.splits() == null && count < TrialExamples.DIVISIONS
                        ? " The other divisions were not tested, because that would take long: --splits "
                                + TrialExamples.DIVISIONS + " tests all."
                        : "";
    }

    private static TestedDivision of(
            CacheIndex index, TunedIndex tuned, TrialExamples examples, int threads, Progress progress)
            throws IOException {
        List<Prediction> predictions = new ArrayList<>();
        List<Prediction> calibrated = new ArrayList<>();
        Evaluation evaluation = new Evaluation(index, examples.test());
        evaluation.predict(tuned.calibration(), tuned.alone(), progress, predictions::add);
        evaluation.predict(
                Calibration.of(tuned.networkAlone(), tuned.views()), tuned.alone(), Progress.NONE, calibrated::add);
        int[] groups = examples.testGroups();
        int[] probe;
        try (LabelledKeys keys = LabelledKeys.of(index, examples.memory(), Progress.NONE);
                LabelledKeys tuning = LabelledKeys.of(index, examples.tuning(), Progress.NONE);
                LabelledKeys test = LabelledKeys.of(index, examples.test(), Progress.NONE)) {
            probe = LinearProbe.fit(keys, tuning, threads, progress).answers(test);
        }
        return new TestedDivision(
                predictions.stream()
                        .map(each -> new TestedAnswer(
                                each,
                                calibrated.get(each.example()).together(),
                                calibrated.get(each.example()).trueClass().together(),
                                probe[each.example()],
                                groups[each.example()]))
                        .toList(),
                SharedParts.of(index, examples, predictions));
    }

    /**
     * Returns the part of an independent answer that each counts for, because the memories of divisions share examples. The sum of the
     * changes of five has 0.9 to 1.3 times the variance of as many independent ones where network and memory are about equally good,
     * by made sets and by sets of CIFAR-10, and 5/4 is taken.
     */
    static double share(int divisions) {
        return 1 / (1 + (divisions - 1) * SHARED);
    }

    /** Returns how many pictures it takes to test one in several divisions, whose answers count for a part of an independent one. */
    static double perTested(double share) {
        double divisions = 1 + (1 / share - 1) / SHARED;
        return TrialExamples.PARTS / divisions;
    }

    /** Returns the answers of divisions, one after the other. */
    static List<Prediction> predictions(List<TestedDivision> divisions) {
        return answers(divisions, each -> true).map(TestedAnswer::prediction).toList();
    }

    private static Stream<TestedAnswer> answers(List<TestedDivision> divisions, Predicate<TestedAnswer> chosen) {
        return divisions.stream().flatMap(each -> each.answers.stream()).filter(chosen);
    }

    /** Returns the accuracy of all divisions together. */
    static Accuracy accuracy(List<TestedDivision> divisions) {
        return accuracy(divisions, each -> true);
    }

    /** Returns the accuracy on those examples that a predicate accepts, one at least. */
    static Accuracy accuracy(List<TestedDivision> divisions, Predicate<TestedAnswer> chosen) {
        return Accuracy.of(answers(divisions, chosen).toList(), share(divisions.size()));
    }
}
