package io.github.afterimage.experiments.size;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.ReducedFeatures;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The paper's Figure 3: the errors over the number of training examples that are keys, drawn at random; θ and λ are tuned for
 * each size and each draw.
 *
 * @param fractions the shares of the training examples, each in 0..1
 * @param repeats the number of draws of each size; none and all are drawn once
 * @param work keeps the features and the result of each draw
 */
public record SizeSweep(KeyLayers layers, double[] fractions, int repeats, Protocol protocol, WorkFolder work) {
    /**
     * The result of one draw.
     *
     * @param keys the number of keys during the test
     */
    public record Draw(
            long keys,
            double theta,
            double lambda,
            double beta,
            double cacheTheta,
            double cacheBeta,
            long examples,
            long networkErrors,
            long mixedErrors,
            long cacheErrors) {}

    /** All draws of a size. */
    public record Size(double fraction, List<Draw> draws) {
        Draw first() {
            return draws.get(0);
        }
    }

    /**
     * Computes the features and the draws that the work folder lacks.
     *
     * @throws IllegalArgumentException if the data do not fit
     */
    public List<Size> run(ExampleSource source, Progress progress) throws IOException {
        List<Size> sizes = new ArrayList<>();
        ReducedFeatures reduced = new ReducedFeatures(source, layers, protocol.recipe());
        try (OpenExamples features = reduced.open(work, progress)) {
            Map<String, Object> settings = reduced.settings();
            protocol.putRule(settings);
            settings.put("dtype", protocol.recipe().type().shortName());
            protocol.putGrid(settings);
            for (double fraction : fractions) {
                settings.put("fraction", fraction);
                List<Draw> draws = new ArrayList<>();
                for (int repeat = 0; repeat < (fraction == 0 || fraction == 1 ? 1 : repeats); repeat++) {
                    settings.put("repeat", repeat);
                    long seed = protocol.rule().seed() + repeat;
                    draws.add(work.part("size", settings, Draw.class, () -> draw(features, fraction, seed, progress)));
                }
                sizes.add(new Size(fraction, draws));
            }
        }
        return sizes;
    }

    private Draw draw(OpenExamples features, double fraction, long seed, Progress progress) throws IOException {
        int[] rows = features.rows();
        Split all = features.split(protocol.rule());
        int[] drawn = BalancedSample.shuffled(rows, seed);
        int count = (int) Math.round(fraction * rows.length);
        boolean[] taken = new boolean[features.training().originals()];
        Arrays.stream(drawn, 0, count).forEach(row -> taken[row] = true);
        int kept = rows.length - protocol.rule().heldOut();
        Examples keys = chosen(features, rows, taken, 0, kept);
        Examples joining = chosen(features, rows, taken, kept, rows.length);
        if (keys.size() == 0) {
            return networkAlone(all.test(), progress);
        }
        try (CacheIndex index = protocol.recipe().full().build(keys, keys.size() + joining.size(), progress)) {
            IndexFiller.fill(index, keys, progress);
            Tuner tuner = protocol.tunerWithBetas();
            new Evaluation(index, all.tuning()).tune(tuner, progress);
            IndexFiller.fill(index, joining, progress);
            Hyperparameters best = tuner.best().hyperparameters();
            Hyperparameters alone = tuner.bestCacheOnly().hyperparameters();
            ErrorCounts counts = new ErrorCounts();
            new Evaluation(index, all.test()).predict(best, alone, progress, counts::add);
            return new Draw(
                    index.size(),
                    best.theta(),
                    best.lambda(),
                    best.beta(),
                    alone.theta(),
                    alone.beta(),
                    counts.examples(),
                    counts.networkErrors(),
                    counts.mixedErrors(),
                    counts.cacheOnlyErrors());
        }
    }

    private static Examples chosen(OpenExamples features, int[] rows, boolean[] taken, int from, int to) {
        return features.training()
                .select(IntStream.range(from, to)
                        .map(i -> rows[i])
                        .filter(row -> taken[row])
                        .toArray());
    }

    private static Draw networkAlone(Examples test, Progress progress) throws IOException {
        long[] errors = new long[1];
        test.forEachBatch(Evaluation.BATCH, progress, batch -> {
            for (int row = 0; row < batch.labels().length; row++) {
                errors[0] += Mixture.best(batch.network(row)) == batch.labels()[row] ? 0 : 1;
            }
        });
        // Without keys the cache alone has every answer wrong.
        return new Draw(0, 0, 0, 0, 0, 0, test.size(), errors[0], errors[0], test.size());
    }
}
