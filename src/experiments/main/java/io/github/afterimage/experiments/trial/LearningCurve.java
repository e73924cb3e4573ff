package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.trial.TrialResult.CurvePoint;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The errors by the number of keys. Each smaller memory is a part of the next larger one, with its share of each class. */
record LearningCurve(TrialExamples examples, TrialRun run) {
    private static final double[] SHARES = {1, 0.5, 0.25, 0.1, 0.05};

    /** All points, so that a work folder can keep them. */
    record Points(List<CurvePoint> points) {}

    /**
     * Removes more and more keys, and tunes and tests what is left.
     *
     * @param form the words for the form of the keys
     */
    List<CurvePoint> points(Path index, String form) throws IOException {
        Progress progress = run.begin("curve");
        Map<String, Object> settings = new LinkedHashMap<>(examples.identity());
        settings.put("form", form);
        settings.put("seed", run.seed());
        return run.work()
                .part("curve", settings, Points.class, () -> compute(index, progress))
                .points();
    }

    private Points compute(Path file, Progress progress) throws IOException {
        double[] ranks = ranks(examples.memory());
        List<CurvePoint> points = new ArrayList<>();
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().verify(false).load(true).threads(run.threads()))) {
            for (double share : SHARES) {
                long before = index.size();
                index.remove(IntStream.range(0, ranks.length)
                        .filter(row -> ranks[row] >= share && ranks[row] < next(share))
                        .mapToLong(row -> row)
                        .toArray());
                if (!points.isEmpty() && index.size() == before) {
                    continue; // a small memory has the same keys at several shares
                }
                ErrorCounts counts = MeasuredIndex.retuned(index, examples, progress);
                Errors memory = errors(counts.cacheOnlyErrors(), counts.examples());
                points.add(
                        0,
                        new CurvePoint(
                                index.size(),
                                memory,
                                counts.hasNetwork() ? errors(counts.mixedErrors(), counts.examples()) : memory));
            }
        }
        return new Points(points);
    }

    private static double next(double share) {
        double next = Double.POSITIVE_INFINITY;
        for (double other : SHARES) {
            next = other > share ? Math.min(next, other) : next;
        }
        return next;
    }

    /** Returns for each key its rank among those of its class, in a random order, as a share of them; the first is 0. */
    private double[] ranks(Examples keys) {
        int[] count = new int[keys.classes()];
        int[] place = new int[keys.size()];
        for (int row : BalancedSample.shuffled(IntStream.range(0, keys.size()).toArray(), run.seed())) {
            place[row] = count[keys.label(row)]++;
        }
        return IntStream.range(0, place.length)
                .mapToDouble(row -> (double) place[row] / count[keys.label(row)])
                .toArray();
    }

    static Errors errors(long wrong, long of) {
        return new Errors(wrong, (double) wrong / of, Interval.clopperPearson(wrong, of, Gain.CONFIDENCE));
    }
}
