package io.github.afterimage.experiments;

import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.experiments.ClassAssignment.AnswerCounts;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Inspects a network's answers during a pass for mistakes that nothing else shows: labels in another order than the network's
 * classes, and images that were preprocessed in another way than in training.
 *
 * <p>Counts the first pass over {@link #examples} only. Not thread-safe.
 */
public final class NetworkCheck {
    /**
     * The maximum of the error rate less the expected error rate. Six published networks for CIFAR-10 and CIFAR-100, used
     * correctly, have a gap of 0.035 to 0.155 on 1,000 test images. With a wrong scale it is 0.8 to 1, with wrong means and
     * deviations mostly 0.2 to 0.8. An exchange of red and blue (0.08 to 0.5) and small shifts (0.09 to 0.1) may stay below;
     * they cannot be distinguished from overconfidence.
     */
    private static final double GAP = 0.2;

    /** The accuracy above chance, as a share of the maximum above chance, below which a network knows nothing. */
    private static final double ABOVE_CHANCE = 0.1;

    /** The probability of a false alarm; few examples raise no alarm. */
    private static final double SIGNIFICANCE = 1e-3;

    private static final int CLASSES_LISTED = 6;

    private final Examples watched;
    private final AnswerCounts confusion = new AnswerCounts();
    private int examples;
    private int errors;
    private double confidence;

    /** The likely mistake. */
    public enum Problem {
        /** Labels are the network's classes in another order. */
        ORDER,
        /** The network knows nothing of the images. */
        CHANCE,
        /** The network errs far more than it expects. */
        CONFIDENCE
    }

    public NetworkCheck(Examples watched) {
        this.watched = watched;
    }

    /** Returns the same examples; the answers of a pass over them are counted. */
    public Examples examples() {
        return ExamplesView.watched(watched, batch -> {
            if (batch.first() == examples && batch.probabilities() != null) {
                count(batch);
            }
        });
    }

    private void count(Examples.Batch batch) {
        int[] labels = batch.labels();
        for (int row = 0; row < labels.length; row++) {
            float[] network = batch.network(row);
            int best = ArgMax.of(network);
            confidence += network[best];
            errors += best == labels[row] ? 0 : 1;
            confusion.add(labels[row], best);
        }
        examples += labels.length;
    }

    /** Returns the number of counted answers; 0 if the examples have no probabilities. */
    public int counted() {
        return examples;
    }

    /** Returns the network's error rate. */
    public double error() {
        return (double) errors / examples;
    }

    /** Returns the error rate that the network expects of itself: one less the mean of its greatest probabilities. */
    public double expectedError() {
        return 1 - confidence / examples;
    }

    /** Returns the likely mistake; null if there is none, or if too few examples show it. */
    public @Nullable Problem problem() {
        if (examples == 0) {
            return null;
        }
        if (!permutation().isEmpty()) {
            return Problem.ORDER;
        }
        double chance = 1.0 / watched.classes();
        Interval interval = Interval.clopperPearson(errors, examples, 1 - SIGNIFICANCE);
        // Several classes are needed, because a single one may be the network's weakest.
        boolean several = confusion.entries().stream()
                        .map(cell -> cell.getKey().label())
                        .distinct()
                        .count()
                > 1;
        if (several && 1 - interval.low() < chance + ABOVE_CHANCE * (1 - chance)) {
            return Problem.CHANCE;
        }
        return interval.low() > expectedError() + GAP ? Problem.CONFIDENCE : null;
    }

    /** Returns a sentence on the likely mistake and its remedy; null if there is none. */
    public @Nullable String warning() {
        Problem problem = problem();
        return problem == null
                ? null
                : "the network errs on " + Format.percent(error()) + " of the examples" + text(problem);
    }

    /** Adds the error rate that the network expects, and the warning; nothing where no answer was counted. */
    public void report(Report report) {
        if (examples > 0) {
            report.field("expectedNetworkError", expectedError());
            Optional.ofNullable(warning()).ifPresent(report::warning);
        }
    }

    private String text(Problem problem) {
        return switch (problem) {
            case ORDER ->
                ", since the labels look permuted: " + moved() + "; in the network's order it errs on "
                        + Format.percent(errorWith(permutation()))
                        + "; build with --outputs auto, or name the folders so that they sort as its classes do";
            case CHANCE ->
                ", about as chance does: the labels may be in another order than its classes, the images not"
                        + " prepared as it was trained (--preprocess), or its classes others (--memory-alone)";
            case CONFIDENCE ->
                ", and by its own probabilities it would err on " + Format.percent(expectedError())
                        + ": the images may not be prepared as it was trained (--preprocess: scale, mean, std, order of"
                        + " channels) or be unlike those it was trained on, or the labels be in another order than its classes";
        };
    }

    private String moved() {
        List<String> names = watched.format().classNames();
        Map<Integer, Integer> permutation = new TreeMap<>(permutation());
        List<String> listed = permutation.entrySet().stream()
                .map(entry -> (names.isEmpty() ? "label " + entry.getKey() : "\"" + names.get(entry.getKey()) + "\"")
                        + " is its class " + entry.getValue())
                .toList();
        return ClassMatch.shortened(listed, CLASSES_LISTED);
    }

    /**
     * Returns the permutation of classes that explains most of the errors: labels to classes of the network. It is empty or
     * has several entries, and omits labels that keep their class.
     */
    public Map<Integer, Integer> permutation() {
        return new ClassAssignment(confusion, watched.classes())
                .permutation(IntStream.range(0, watched.classes()).toArray());
    }

    /** Returns the error rate on all examples with permuted labels. */
    public double errorWith(Map<Integer, Integer> permutation) {
        int right = confusion.entries().stream()
                .filter(cell -> permutation.getOrDefault(
                                cell.getKey().label(), cell.getKey().label())
                        == cell.getKey().answer())
                .mapToInt(Map.Entry::getValue)
                .sum();
        return 1 - (double) right / examples;
    }
}
