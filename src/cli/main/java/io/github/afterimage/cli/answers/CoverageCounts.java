package io.github.afterimage.cli.answers;

import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.PredictionSets;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Prediction;
import java.util.Optional;

/**
 * Counts how many of the prediction sets that {@code tune --save} stored have the true class, and how many examples its threshold of
 * doubt refuses. Says nothing where the index has none of these.
 */
final class CoverageCounts {
    private final Optional<PredictionSets> sets;
    private final double[] least; // of each class: the probability with which it is in a set
    private final Optional<DoubtThreshold> threshold;
    private long examples;
    private long covered;
    private long refused;

    /** @param chosen the rule of the answers */
    CoverageCounts(Calibration chosen) {
        sets = chosen.sets();
        least = sets.map(found -> found.least(found.usualCoverage())).orElse(new double[0]);
        threshold = chosen.doubt();
    }

    void add(Prediction prediction) {
        int label = prediction.label();
        boolean both = prediction.hasNetwork();
        int best = both ? prediction.together() : prediction.memory();
        double probability = both
                ? prediction.trueClass().together()
                : prediction.trueClass().memory();
        examples++;
        covered += sets.isPresent() && (label == best || probability >= least[label]) ? 1 : 0;
        refused += threshold.isPresent()
                        && prediction.doubts().answer() > threshold.get().most()
                ? 1
                : 0;
    }

    void report(Report report) {
        sets.ifPresent(found -> report.line(
                "prediction sets: %s have the true class (%s of %s), %s are promised",
                Text.percent("coverage", (double) covered / examples),
                Text.count("covered", covered),
                Format.count(examples),
                Text.percent("promised", found.usualCoverage())));
        threshold.ifPresent(known -> report.line(
                "doubt: predict --refuse would refuse %s (%s of %s), at most %s of the examples of tune were",
                Text.percent("refusedShare", (double) refused / examples),
                Text.count("refused", refused),
                Format.count(examples),
                Format.percent(known.share())));
    }
}
