package io.github.afterimage.experiments.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Capacity;
import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Online use (Grave, Joulin and Usunier, 2017; Grave, Cissé and Joulin, 2017): examples arrive one after the other, are
 * predicted, and then join the cache with their labels. θ and λ are tuned on another stream of the same kind, before. λ may
 * grow with the cache: with n keys it is λ n / (n + h), and h is tuned as well.
 */
public final class OnlineExperiment {
    private static final int POINTS = 50;
    private static final int[] HALVES = {0, 500, 2000, 8000};

    private final Settings settings;
    private final WorkFolder work;

    /**
     * What is asked for.
     *
     * @param every after how many examples their labels become known, positive; until then they are not in the cache
     * @param fromTraining whether the training examples are in the cache from the start
     * @param capacity which keys stay as others come
     */
    public record Settings(
            KeyLayers layers,
            Split.Rule rule,
            IndexRecipe recipe,
            int every,
            boolean fromTraining,
            Capacity capacity,
            double[] thetas,
            double[] lambdas) {}

    /**
     * What one stream came to.
     *
     * @param half h: with how many keys the cache has half its weight; 0 for all of it from the first key on
     * @param seen how many examples had been predicted at each of some points
     * @param networkErrors how many of these the network had wrong, and likewise the mixture
     * @param keys in the cache at the end
     */
    public record Outcome(
            double theta,
            double lambda,
            int half,
            long tunedOn,
            int[] seen,
            int[] networkErrors,
            int[] mixedErrors,
            long keys) {}

    public OnlineExperiment(Settings settings, WorkFolder work) {
        this.settings = settings;
        this.work = work;
    }

    /** Computes what the work folder does not have. */
    public Outcome run(DataSource source, Progress progress) throws IOException {
        Map<String, Object> all =
                new LinkedHashMap<>(ReducedFeatures.settings(source, settings.layers, settings.recipe));
        all.put("heldOut", settings.rule.heldOut());
        all.put("seed", settings.rule.seed());
        all.put("dtype", settings.recipe.type().shortName());
        all.put("every", settings.every);
        all.put("halves", Arrays.toString(HALVES));
        all.put("fromTraining", settings.fromTraining);
        if (!settings.capacity.equals(Capacity.keepAll())) {
            all.put("capacity", settings.capacity.toString());
        }
        all.put("thetas", Arrays.toString(settings.thetas));
        all.put("lambdas", Arrays.toString(settings.lambdas));
        try (DataSource.Opened features =
                ReducedFeatures.open(work, source, settings.layers, settings.recipe, progress)) {
            return work.part("stream", all, Outcome.class, () -> stream(features, progress));
        }
    }

    private Outcome stream(DataSource.Opened features, Progress progress) throws IOException {
        Split split = settings.rule.of(features.training(), features.rows(), features.test());
        List<Tuner> tuners = Arrays.stream(HALVES)
                .mapToObj(half -> new Tuner(settings.thetas, settings.lambdas))
                .toList();
        pass(
                split.keys(),
                ordered(originals(features, split)),
                settings.thetas,
                progress,
                (cache, network, label, keys) -> {
                    for (int i = 0; i < HALVES.length; i++) {
                        tuners.get(i).accept(grown(cache, network, keys, HALVES[i]), network, label);
                    }
                });
        Tuner tuner = tuners.stream()
                .min(Comparator.comparingDouble(each -> each.best().error()))
                .orElseThrow();
        int half = HALVES[tuners.indexOf(tuner)];
        Hyperparameters best = tuner.best().hyperparameters();
        Examples test = ordered(split.test());
        Points points = new Points(test.size());
        long size = pass(
                split.keys(),
                test,
                new double[] {best.theta()},
                progress,
                (cache, network, label, keys) ->
                        points.add(best, grown(cache, network, keys, half)[0], network, label));
        return new Outcome(
                best.theta(), best.lambda(), half, tuner.examples(), points.seen, points.network, points.mixed, size);
    }

    /** What the cache says, mixed with the network so that λ of it is λ n / (n + h) of the cache. */
    private static float[][] grown(float[][] cache, float[] network, long keys, int half) {
        if (half == 0) {
            return cache;
        }
        float weight = (float) keys / (keys + half);
        float[][] grown = new float[cache.length][network.length];
        for (int t = 0; t < cache.length; t++) {
            for (int c = 0; c < network.length; c++) {
                grown[t][c] = weight * cache[t][c] + (1 - weight) * network[c];
            }
        }
        return grown;
    }

    /** The tuning examples without mirror images: what arrives in a stream is no mirror image of what came before. */
    private Examples originals(DataSource.Opened features, Split split) {
        int held = settings.rule.heldOut();
        if (held == 0) {
            return split.tuning();
        }
        int[] rows = features.rows();
        return features.training().all().select(Arrays.copyOfRange(rows, rows.length - held, rows.length));
    }

    private Examples ordered(Examples examples) {
        int[] rows = IntStream.range(0, examples.size()).toArray();
        return examples.select(BalancedSample.shuffled(rows, settings.rule.seed()));
    }

    /** Takes what a cache of some keys says of one example for each theta, {@code (thetas, classes)}, and the rest. */
    private interface Answers {
        void accept(float[][] cache, float[] network, int label, long keys);
    }

    private long pass(Examples training, Examples stream, double[] thetas, Progress progress, Answers answers)
            throws IOException {
        long expected = (long) stream.size() + (settings.fromTraining ? training.size() : 0);
        try (CacheIndex index = settings.recipe.full().build(training, expected, settings.capacity, progress)) {
            if (settings.fromTraining) {
                IndexFiller.fill(index, training, progress);
            }
            int classes = stream.classes();
            float[] silent = new float[classes];
            Arrays.fill(silent, 1f / classes); // an empty cache says nothing: all classes alike
            stream.forEachBatch(settings.every, progress, batch -> {
                FloatBuffer queries = batch.features();
                List<Distributions> cache = index.size() == 0 ? null : index.query(queries.duplicate(), thetas);
                for (int row = 0; row < batch.labels().length; row++) {
                    float[][] said = new float[thetas.length][];
                    for (int t = 0; t < thetas.length; t++) {
                        said[t] = cache == null ? silent : cache.get(t).row(row);
                    }
                    float[] network = Arrays.copyOfRange(batch.probabilities(), row * classes, (row + 1) * classes);
                    answers.accept(said, network, batch.labels()[row], index.size());
                }
                index.add(queries, batch.labels());
            });
            return index.size();
        }
    }

    /** Errors so far, at evenly spaced points. */
    private static final class Points {
        private final int[] seen;
        private final int[] network;
        private final int[] mixed;
        private int count;
        private int networkErrors;
        private int mixedErrors;
        private int point;

        Points(int examples) {
            int points = Math.min(POINTS, examples);
            seen = IntStream.rangeClosed(1, points)
                    .map(i -> (int) ((long) examples * i / points))
                    .toArray();
            network = new int[points];
            mixed = new int[points];
        }

        void add(Hyperparameters hyperparameters, float[] cache, float[] probabilities, int label) {
            networkErrors += Mixture.best(probabilities) == label ? 0 : 1;
            mixedErrors += Mixture.best(hyperparameters.lambda(), probabilities, cache) == label ? 0 : 1;
            if (++count == seen[point]) {
                network[point] = networkErrors;
                mixed[point++] = mixedErrors;
            }
        }
    }
}
