package io.github.afterimage.experiments.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The paper's Figure 3: the errors over how many of the training examples are keys, drawn at random; θ and λ are tuned for
 * each size and each draw.
 */
public final class SizeSweep {
    private final Settings settings;
    private final WorkFolder work;

    /**
     * What is asked for.
     *
     * @param fractions of the training examples, each in 0..1
     * @param repeats how many draws of each size; one where nothing is drawn
     */
    public record Settings(
            KeyLayers layers,
            Split.Rule rule,
            IndexRecipe recipe,
            double[] fractions,
            int repeats,
            double[] thetas,
            double[] lambdas) {}

    /**
     * What one draw came to.
     *
     * @param keys how many there were on the test
     */
    public record Draw(
            long keys,
            double theta,
            double lambda,
            double cacheTheta,
            long examples,
            long networkErrors,
            long mixedErrors,
            long cacheErrors) {}

    /** All draws of a size. */
    public record Size(double fraction, List<Draw> draws) {}

    public SizeSweep(Settings settings, WorkFolder work) {
        this.settings = settings;
        this.work = work;
    }

    /**
     * Computes what the work folder does not have: the features, which the network gives once, and each draw.
     *
     * @throws IllegalArgumentException if the data do not fit
     */
    public List<Size> run(DataSource source, Progress progress) throws IOException {
        List<Size> sizes = new ArrayList<>();
        try (DataSource.Opened features =
                ReducedFeatures.open(work, source, settings.layers, settings.recipe, progress)) {
            Map<String, Object> common =
                    new LinkedHashMap<>(ReducedFeatures.settings(source, settings.layers, settings.recipe));
            common.put("heldOut", settings.rule.heldOut());
            common.put("seed", settings.rule.seed());
            common.put("dtype", settings.recipe.type().shortName());
            common.put("thetas", Arrays.toString(settings.thetas));
            common.put("lambdas", Arrays.toString(settings.lambdas));
            for (double fraction : settings.fractions) {
                List<Draw> draws = new ArrayList<>();
                for (int repeat = 0; repeat < (fraction == 0 || fraction == 1 ? 1 : settings.repeats); repeat++) {
                    Map<String, Object> all = new LinkedHashMap<>(common);
                    all.put("fraction", fraction);
                    all.put("repeat", repeat);
                    long seed = settings.rule.seed() + repeat;
                    draws.add(work.part("size", all, Draw.class, () -> draw(features, fraction, seed, progress)));
                }
                sizes.add(new Size(fraction, draws));
            }
        }
        return sizes;
    }

    private Draw draw(DataSource.Opened features, double fraction, long seed, Progress progress) throws IOException {
        int[] rows = features.rows();
        Split all = settings.rule.of(features.training(), rows, features.test());
        int[] drawn = BalancedSample.shuffled(rows, seed);
        int count = (int) Math.round(fraction * rows.length);
        boolean[] taken = new boolean[features.training().originals()];
        Arrays.stream(drawn, 0, count).forEach(row -> taken[row] = true);
        int kept = rows.length - settings.rule.heldOut();
        Examples keys = chosen(features, rows, taken, 0, kept);
        Examples joining = chosen(features, rows, taken, kept, rows.length);
        if (keys.size() == 0) {
            return networkAlone(all.test(), progress);
        }
        try (CacheIndex index = settings.recipe.full().build(keys, keys.size() + joining.size(), progress)) {
            IndexFiller.fill(index, keys, progress);
            Tuner tuner = new Tuner(settings.thetas, settings.lambdas);
            new Evaluation(index, all.tuning()).tune(tuner, progress);
            IndexFiller.fill(index, joining, progress);
            Hyperparameters best = tuner.best().hyperparameters();
            double cacheTheta = tuner.bestCacheOnly().hyperparameters().theta();
            long[] errors = new long[3];
            new Evaluation(index, all.test()).predict(best, cacheTheta, progress, prediction -> {
                errors[0] += prediction.network() == prediction.label() ? 0 : 1;
                errors[1] += prediction.mixed() == prediction.label() ? 0 : 1;
                errors[2] += prediction.cacheOnly() == prediction.label() ? 0 : 1;
            });
            return new Draw(
                    index.size(),
                    best.theta(),
                    best.lambda(),
                    cacheTheta,
                    all.test().size(),
                    errors[0],
                    errors[1],
                    errors[2]);
        }
    }

    private static Examples chosen(DataSource.Opened features, int[] rows, boolean[] taken, int from, int to) {
        return features.training()
                .select(IntStream.range(from, to)
                        .map(i -> rows[i])
                        .filter(row -> taken[row])
                        .toArray());
    }

    private static Draw networkAlone(Examples test, Progress progress) throws IOException {
        long[] errors = new long[1];
        test.forEachBatch(Evaluation.BATCH, progress, batch -> {
            int classes = test.classes();
            for (int row = 0; row < batch.labels().length; row++) {
                int best = 0;
                for (int c = 1; c < classes; c++) {
                    best = batch.probabilities()[row * classes + c] > batch.probabilities()[row * classes + best]
                            ? c
                            : best;
                }
                errors[0] += best == batch.labels()[row] ? 0 : 1;
            }
        });
        // Without keys there is no cache to be asked alone.
        return new Draw(0, 0, 0, 0, test.size(), errors[0], errors[0], test.size());
    }
}
