package io.github.afterimage.experiments.online;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Capacity;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Mixture;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.ReducedFeatures;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.QueryTarget;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Online use (Grave, Joulin and Usunier, 2017; Grave, Cissé and Joulin, 2017): examples arrive one after the other, are
 * predicted, and then join the cache with their labels. θ and λ are tuned before, on another stream of the same kind. λ may
 * grow with the cache: with n keys it is λ n / (n + h), and h is tuned as well.
 *
 * @param every the number of examples after which their labels become known and they join the cache; positive
 * @param fromTraining whether the cache starts with the training examples
 * @param capacity the keys that stay as others join
 * @param work keeps the features and the result
 */
public record OnlineExperiment(
        KeyLayers layers, int every, boolean fromTraining, Capacity capacity, Protocol protocol, WorkFolder work) {
    private static final int POINTS = 50;
    private static final int[] HALVES = {0, 500, 2000, 8000};

    /** Computes the parts that the work folder lacks. */
    public OnlineErrors run(ExampleSource source, Progress progress) throws IOException {
        ReducedFeatures reduced = new ReducedFeatures(source, layers, protocol.recipe());
        Map<String, Object> settings = reduced.settings();
        protocol.putRule(settings);
        settings.put("dtype", protocol.recipe().type().shortName());
        settings.put("every", every);
        settings.put("halves", Arrays.toString(HALVES));
        settings.put("fromTraining", fromTraining);
        if (!capacity.equals(Capacity.keepAll())) {
            settings.put("capacity", capacity.toString());
        }
        protocol.putGrid(settings);
        try (OpenExamples features = reduced.open(work, progress)) {
            return work.part("stream", settings, OnlineErrors.class, () -> stream(features, progress));
        }
    }

    private OnlineErrors stream(OpenExamples features, Progress progress) throws IOException {
        Split split = features.split(protocol.rule());
        List<Tuner> tuners = Arrays.stream(HALVES)
                .mapToObj(half -> protocol.tunerWithBetas())
                .toList();
        pass(
                split.keys(),
                ordered(originals(features, split)),
                protocol.thetas(),
                tuners.get(0).betas(),
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
        ErrorCurve curve = new ErrorCurve(test.size());
        long size = pass(
                split.keys(),
                test,
                new double[] {best.theta()},
                new double[] {best.beta()},
                progress,
                (cache, network, label, keys) -> curve.add(best, grown(cache, network, keys, half)[0], network, label));
        return new OnlineErrors(
                best.theta(),
                best.lambda(),
                best.beta(),
                half,
                tuner.examples(),
                curve.seen,
                curve.network,
                curve.mixed,
                size);
    }

    /** Mixes the cache with the network: λ of the result is λ n / (n + h) of the cache. */
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

    /** Returns the tuning examples without mirror images: a stream has no mirror images of earlier examples. */
    private Examples originals(OpenExamples features, Split split) {
        int held = protocol.rule().heldOut();
        if (held == 0) {
            return split.tuning();
        }
        int[] rows = features.rows();
        return features.training().all().select(Arrays.copyOfRange(rows, rows.length - held, rows.length));
    }

    private Examples ordered(Examples examples) {
        int[] rows = IntStream.range(0, examples.size()).toArray();
        return examples.select(BalancedSample.shuffled(rows, protocol.rule().seed()));
    }

    /** Receives the answers for one example. */
    private interface AnswerConsumer {
        /**
         * @param cache the distribution of the cache for each θ and β, {@code (thetas * betas, classes)}
         * @param keys the number of keys in the cache
         */
        void accept(float[][] cache, float[] network, int label, long keys);
    }

    private long pass(
            Examples training,
            Examples stream,
            double[] thetas,
            double[] betas,
            Progress progress,
            AnswerConsumer consumer)
            throws IOException {
        long expected = (long) stream.size() + (fromTraining ? training.size() : 0);
        try (CacheIndex index = protocol.recipe().full().build(training, expected, capacity, progress)) {
            if (fromTraining) {
                IndexFiller.fill(index, training, progress);
            }
            float[] uniform = new float[stream.classes()];
            Arrays.fill(uniform, 1f / uniform.length); // the answer of an empty cache
            stream.forEachBatch(every, progress, batch -> {
                FloatBuffer queries = batch.features();
                List<Answer> cache = index.size() == 0
                        ? null
                        : QueryTarget.of(index)
                                .query(queries.duplicate(), thetas, betas)
                                .points();
                for (int row = 0; row < batch.labels().length; row++) {
                    float[][] answers = new float[thetas.length * betas.length][];
                    for (int i = 0; i < answers.length; i++) {
                        answers[i] =
                                cache == null ? uniform : cache.get(i).row(row).probabilities();
                    }
                    consumer.accept(answers, batch.network(row), batch.labels()[row], index.size());
                }
                index.add(KeyBatch.of(queries, batch.labels()));
            });
            return index.size();
        }
    }

    /** Counts errors up to evenly spaced points. */
    private static final class ErrorCurve {
        private final int[] seen;
        private final int[] network;
        private final int[] mixed;
        private int count;
        private int networkErrors;
        private int mixedErrors;
        private int point;

        ErrorCurve(int examples) {
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

    /**
     * The errors of an online experiment.
     *
     * @param half h, the number of keys with which the cache has half its weight; 0 gives it all of its weight from the first
     *     key on
     * @param tunedOn the number of examples that θ, λ and h were tuned on
     * @param seen the number of predicted examples at each of some points
     * @param networkErrors the network's errors up to each point
     * @param mixedErrors the mixture's errors up to each point
     * @param keys the number of keys at the end
     */
    public record OnlineErrors(
            double theta,
            double lambda,
            double beta,
            int half,
            long tunedOn,
            int[] seen,
            int[] networkErrors,
            int[] mixedErrors,
            long keys) {
        /** Returns the error rate after a point, -1 for the begin, until another. */
        double error(int[] errors, int from, int to) {
            int before = from < 0 ? 0 : errors[from];
            return (double) (errors[to] - before) / (seen[to] - (from < 0 ? 0 : seen[from]));
        }
    }
}
