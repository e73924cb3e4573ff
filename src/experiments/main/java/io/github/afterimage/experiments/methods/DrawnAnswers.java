package io.github.afterimage.experiments.methods;

import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.statistics.MethodResult;
import io.github.afterimage.experiments.statistics.MethodScorer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** The answers of all methods in several draws, each of other keys or to other test examples. Not thread-safe. */
final class DrawnAnswers {
    private static final long SEED = 1;

    private final int images;
    private final List<Draw> draws = new ArrayList<>();

    /** @param rows the number of each test example among all images */
    private record Draw(int[] rows, List<Answers> answers, List<MethodScorer> scorers) {
        double wrong(int method, int example) {
            return scorers.get(method).isRight(example) ? 0 : 1;
        }

        MethodResult result(int method) {
            return scorers.get(method).against(scorers.get(0));
        }
    }

    /** 1 if the answer to an example is wrong and 0 if not, or a difference of two of these. */
    private interface Cost {
        double of(Draw draw, int example);
    }

    /** @param images the number of all test examples */
    DrawnAnswers(int images) {
        this.images = images;
    }

    /** @param known the classes that methods can answer; examples of others are to be refused */
    void add(int[] rows, int[] labels, int classes, IntPredicate known, List<Answers> answers) {
        List<MethodScorer> scorers = new ArrayList<>();
        // Probabilities of all draws would take hundreds of megabytes.
        List<Answers> withoutProbabilities = new ArrayList<>();
        for (Answers each : answers) {
            MethodScorer scorer = new MethodScorer(each.method(), labels.length);
            for (int row = 0; row < labels.length; row++) {
                if (known.test(labels[row])) {
                    scorer.add(each.row(row, classes), labels[row]);
                } else {
                    scorer.addUnknown(each.row(row, classes));
                }
            }
            scorers.add(scorer);
            withoutProbabilities.add(new Answers(each.method(), new float[0], each.chosen(), each.seconds()));
        }
        int[] answered = IntStream.range(0, rows.length)
                .filter(row -> known.test(labels[row]))
                .map(row -> rows[row])
                .toArray();
        draws.add(new Draw(answered, withoutProbabilities, scorers));
    }

    List<MethodSummary> summaries() {
        return IntStream.range(0, draws.get(0).answers.size())
                .mapToObj(this::summary)
                .toList();
    }

    private MethodSummary summary(int method) {
        Answers first = draws.get(0).answers.get(method);
        double refused = draws.stream()
                .mapToDouble(draw -> draw.scorers.get(method).unknownRefused())
                .average()
                .orElseThrow();
        Cost error = (draw, example) -> draw.wrong(method, example);
        Cost fewer = (draw, example) -> draw.wrong(0, example) - draw.wrong(method, example);
        List<MethodResult> results =
                draws.stream().map(draw -> draw.result(method)).toList();
        return new MethodSummary(
                first.method(),
                mean(error),
                interval(error),
                mean(fewer),
                interval(fewer),
                Double.isNaN(refused) ? null : refused,
                mean(results, MethodResult::corrected),
                mean(results, MethodResult::broken),
                median(results.stream().mapToDouble(MethodResult::pValue)),
                mean(results, MethodResult::logLoss),
                mean(results, MethodResult::calibrationError),
                mean(results, MethodResult::brier),
                median(draws.stream()
                        .mapToDouble(draw -> draw.answers.get(method).seconds().make())),
                median(draws.stream()
                        .mapToDouble(draw -> draw.answers.get(method).seconds().change())),
                first.chosen());
    }

    private double mean(Cost cost) {
        int[] once = new int[images];
        Arrays.fill(once, 1);
        return mean(cost, once, draws);
    }

    private static double mean(List<MethodResult> results, ToDoubleFunction<MethodResult> value) {
        return results.stream().mapToDouble(value).average().orElseThrow();
    }

    private static double median(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Draws images and draws again: an image counts as often in every draw. */
    private Interval interval(Cost cost) {
        Random random = new Random(SEED);
        return Interval.bootstrap(
                images,
                drawn -> {
                    int[] times = new int[images];
                    for (int image : drawn) {
                        times[image]++;
                    }
                    List<Draw> again = draws.size() == 1
                            ? draws
                            : random.ints(draws.size(), 0, draws.size())
                                    .mapToObj(draws::get)
                                    .toList();
                    return mean(cost, times, again);
                },
                SEED);
    }

    private static double mean(Cost cost, int[] times, List<Draw> draws) {
        double sum = 0;
        double count = 0;
        for (Draw draw : draws) {
            for (int example = 0; example < draw.rows.length; example++) {
                int weight = times[draw.rows[example]];
                if (weight > 0) {
                    sum += weight * cost.of(draw, example);
                    count += weight;
                }
            }
        }
        return count == 0 ? 0 : sum / count;
    }
}
