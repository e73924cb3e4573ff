package io.github.afterimage.experiments.trial;

import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.model.evaluation.Prediction;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Counts errors on the test examples. */
final class TrialAccuracy {
    private TrialAccuracy() {}

    /** @param readout the answers of the read-out in the same order; null without one */
    static Accuracy of(List<Prediction> predictions, int @Nullable [] readout) {
        ErrorCounts counts = new ErrorCounts();
        predictions.forEach(counts::add);
        long examples = counts.examples();
        Errors memory = LearningCurve.errors(counts.cacheOnlyErrors(), examples);
        boolean network = counts.hasNetwork();
        Errors read = null;
        Gain over = null;
        if (readout != null) {
            int[] labels = predictions.stream().mapToInt(Prediction::label).toArray();
            int[] ours = predictions.stream()
                    .mapToInt(network ? Prediction::mixed : Prediction::cacheOnly)
                    .toArray();
            over = Gain.of(labels, readout, ours);
            long wrong = IntStream.range(0, labels.length)
                    .filter(i -> readout[i] != labels[i])
                    .count();
            read = LearningCurve.errors(wrong, examples);
        }
        return new Accuracy(
                examples,
                network ? LearningCurve.errors(counts.networkErrors(), examples) : null,
                memory,
                network ? LearningCurve.errors(counts.mixedErrors(), examples) : memory,
                read,
                network ? counts.mixedGain() : null,
                over);
    }

    /** Returns whether only the mixture is right, or the memory that answers alone. */
    static boolean corrected(Prediction each) {
        return each.hasNetwork()
                ? each.network() != each.label() && each.mixed() == each.label()
                : each.cacheOnly() == each.label();
    }

    /** Returns whether only the network is right, or the memory that answers alone is wrong. */
    static boolean broken(Prediction each) {
        return each.hasNetwork()
                ? each.network() == each.label() && each.mixed() != each.label()
                : each.cacheOnly() != each.label();
    }

    /** Returns the share of the largest class. */
    static double largestClass(List<Prediction> predictions) {
        long largest =
                predictions.stream()
                        .collect(Collectors.groupingBy(Prediction::label, Collectors.counting()))
                        .values()
                        .stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElse(0);
        return (double) largest / predictions.size();
    }
}
