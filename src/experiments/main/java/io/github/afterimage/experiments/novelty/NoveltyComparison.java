package io.github.afterimage.experiments.novelty;

import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.statistics.RankedScores;
import io.github.afterimage.experiments.statistics.RankedScores.Separation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Compares how well detectors tell known examples from each set of unknown ones.
 *
 * <p>Intervals are percentiles of a bootstrap: each resample draws examples with replacement, the same ones for all detectors, so
 * that differences are paired. Examples that were made from the known ones are drawn together with them.
 *
 * @param sets one for each set of unknown examples and, if there are several, their mean
 */
public record NoveltyComparison(int known, List<UnknownSet> sets) {
    /** Enough for the ends of a 95 % interval, with 50 resamples outside each. */
    private static final int RESAMPLES = 2000;

    /** A figure and its 95 % interval. */
    public record Estimate(double value, Interval interval) {
        /** @param values the figure of the examples themselves, then those of resamples */
        static Estimate of(double[] values) {
            double[] resamples = Arrays.copyOfRange(values, 1, values.length);
            return new Estimate(values[0], Interval.ofPercentiles(resamples, Gain.CONFIDENCE));
        }
    }

    /**
     * The measures of a detector on a set.
     *
     * @param auroc the area under the ROC curve
     * @param falsePositiveRate the share of unknown examples that pass where 95 % of the known ones do
     * @param behind the AUROC of the best detector of the set, less that of this one
     */
    public record Row(String detector, Estimate auroc, Estimate falsePositiveRate, Estimate behind) {}

    /**
     * The detectors on a set of unknown examples.
     *
     * @param examples the number of unknown examples
     * @param rows one for each detector, in order
     */
    public record UnknownSet(String name, int examples, List<Row> rows) {
        /** Returns the row of the detector with the greatest AUROC, the first of equals. */
        public Row best() {
            return rows.stream()
                    .min(Comparator.comparingDouble(row -> row.behind().value()))
                    .orElseThrow();
        }

        /** Returns the rows of the other detectors that chance alone may have put behind the best one. */
        public List<Row> rivals() {
            Row best = best();
            return rows.stream()
                    .filter(row -> row != best && row.behind().interval().low() <= 0)
                    .toList();
        }
    }

    /**
     * Compares detectors.
     *
     * @param detectors in the order of the scores
     * @param unknown at least one set
     * @param seed of the bootstrap
     */
    public static NoveltyComparison of(
            List<String> detectors, DetectorScores known, List<DetectorScores> unknown, long seed) {
        int sets = unknown.size();
        RankedScores[][] ranked = new RankedScores[sets][detectors.size()];
        for (int s = 0; s < sets; s++) {
            for (int d = 0; d < detectors.size(); d++) {
                ranked[s][d] =
                        new RankedScores(known.values()[d], unknown.get(s).values()[d]);
            }
        }
        List<Separation[][]> resamples = IntStream.rangeClosed(0, RESAMPLES)
                .parallel()
                .mapToObj(resample -> {
                    SplittableRandom random = new SplittableRandom((seed << Integer.SIZE) + resample);
                    int[] ofKnown = weights(known.examples(), resample, random);
                    Separation[][] found = new Separation[sets][detectors.size()];
                    for (int s = 0; s < sets; s++) {
                        DetectorScores scores = unknown.get(s);
                        int[] ofUnknown = scores.ofKnown() ? ofKnown : weights(scores.examples(), resample, random);
                        RankedScores[] ofSet = ranked[s];
                        Arrays.setAll(found[s], d -> ofSet[d].separation(ofKnown, ofUnknown));
                    }
                    return found;
                })
                .toList();
        List<UnknownSet> results = new ArrayList<>();
        for (int s = 0; s < sets; s++) {
            DetectorScores scores = unknown.get(s);
            results.add(set(scores.name(), scores.examples(), detectors, resamples, s, s));
        }
        if (sets > 1) {
            int all = unknown.stream().mapToInt(DetectorScores::examples).sum();
            results.add(set("mean of the " + sets + " sets", all, detectors, resamples, 0, sets - 1));
        }
        return new NoveltyComparison(known.examples(), results);
    }

    /** Compares detectors by their means over the sets from one to another. */
    private static UnknownSet set(
            String name, int examples, List<String> detectors, List<Separation[][]> resamples, int from, int to) {
        double[][] aurocs = new double[detectors.size()][];
        Arrays.setAll(aurocs, d -> means(resamples, from, to, found -> found[d].auroc()));
        double[] best = Arrays.stream(aurocs)
                .max(Comparator.comparingDouble(own -> own[0]))
                .orElseThrow();
        return new UnknownSet(
                name,
                examples,
                IntStream.range(0, aurocs.length)
                        .mapToObj(d -> new Row(
                                detectors.get(d),
                                Estimate.of(aurocs[d]),
                                Estimate.of(means(resamples, from, to, found -> found[d].falsePositiveRate())),
                                Estimate.of(IntStream.range(0, best.length)
                                        .mapToDouble(i -> best[i] - aurocs[d][i])
                                        .toArray())))
                        .toList());
    }

    private static double[] means(
            List<Separation[][]> resamples, int from, int to, ToDoubleFunction<Separation[]> figure) {
        return resamples.stream()
                .mapToDouble(sets -> Arrays.stream(sets, from, to + 1)
                        .mapToDouble(figure)
                        .average()
                        .orElseThrow())
                .toArray();
    }

    /** Resample 0 is the examples themselves. */
    private static int[] weights(int examples, int resample, SplittableRandom random) {
        int[] weights = new int[examples];
        if (resample == 0) {
            Arrays.fill(weights, 1);
            return weights;
        }
        for (int i = 0; i < examples; i++) {
            weights[random.nextInt(examples)]++;
        }
        return weights;
    }

    /**
     * The scores of some examples by several detectors.
     *
     * @param name what the examples are
     * @param ofKnown whether example i was made from the known example i
     * @param values {@code (detectors, examples)}
     * @param refused the number of examples that the stored threshold refuses; null if there is none
     */
    record DetectorScores(
            String name,
            boolean ofKnown,
            double[][] values,
            @Nullable Long refused) {
        /** Returns the number of examples. */
        public int examples() {
            return values[0].length;
        }
    }
}
