package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;

/** Passes of labelled examples over an index, batch by batch. */
public final class Evaluation {
    /** Large enough that a pass over the keys is bound by arithmetic, small enough that features stay tens of megabytes. */
    public static final int BATCH = 512;

    private final QueryTarget memory;
    private final Examples examples;

    /** What is asked: an index, in this process or elsewhere. */
    public interface QueryTarget {
        /** Values of a query. */
        int dim();

        /** How many classes there are. */
        int classes();

        /**
         * The distributions of the cache for several thetas.
         *
         * @param queries {@code (batch, dim)} float32 row-major, from the buffer's position to its limit
         */
        List<Distributions> query(FloatBuffer queries, double[] thetas);

        /**
         * Begins a {@link #query}, whose answer is waited for when it is taken, once.
         *
         * @param queries as there; the caller may use the buffer again at once
         */
        default Supplier<List<Distributions>> begin(FloatBuffer queries, double[] thetas) {
            List<Distributions> answer = query(queries, thetas);
            return () -> answer;
        }

        /** How many queries to have begun, 1 or more, when the first one's answer is taken: more where others compute them. */
        default int ahead() {
            return 1;
        }

        /** An index in this process. */
        static QueryTarget of(CacheIndex index) {
            return new QueryTarget() {
                @Override
                public int dim() {
                    return index.dim();
                }

                @Override
                public int classes() {
                    return index.classes();
                }

                @Override
                public List<Distributions> query(FloatBuffer queries, double[] thetas) {
                    return index.query(queries, thetas);
                }
            };
        }
    }

    /**
     * Examples that are reduced already, as {@code features} writes them, are compared as they are.
     *
     * @throws IllegalArgumentException if the examples do not fit the index
     */
    public Evaluation(CacheIndex index, Examples examples) {
        this(QueryTarget.of(CompatibleIndex.of(index, examples)), examples);
    }

    /** Examples that fit. */
    public Evaluation(QueryTarget memory, Examples examples) {
        this.memory = memory;
        this.examples = examples;
    }

    /**
     * What one pass took.
     *
     * @param networkSeconds for reading examples and running the network
     * @param cacheSeconds for the calls to the index
     */
    public record Time(double networkSeconds, double cacheSeconds) {}

    /** Counts the errors at every point of the tuner's grid, in one pass. */
    public Time tune(Tuner tuner, Progress progress) throws IOException {
        return pass(
                tuner.thetas(), progress, (batch, cache) -> tuner.accept(cache, batch.probabilities(), batch.labels()));
    }

    /** Takes predictions, one example after the other. */
    public interface PredictionConsumer {
        void accept(Prediction prediction) throws IOException;
    }

    /**
     * What the models say of one example.
     *
     * @param network its class, or {@link #NONE} where the examples have no probabilities of the network
     * @param mixed likewise
     * @param mixedProbability of the true class; NaN without a network
     * @param cacheProbability of the true class
     */
    public record Prediction(
            int example,
            int label,
            int network,
            int mixed,
            int cacheOnly,
            double mixedProbability,
            double cacheProbability) {

        /** The class of a model that is not there. */
        public static final int NONE = -1;

        /** Whether there is a network beside the cache. */
        public boolean hasNetwork() {
            return network != NONE;
        }
    }

    /**
     * Predicts every example with the network, the mixture and the cache alone; with the cache alone where the examples have
     * no probabilities of the network.
     *
     * @param cacheTheta the theta of the cache alone
     */
    public Time predict(
            Hyperparameters hyperparameters, double cacheTheta, Progress progress, PredictionConsumer consumer)
            throws IOException {
        if (!examples.hasProbabilities()) {
            return pass(new double[] {cacheTheta}, progress, (batch, cache) -> {
                for (int row = 0; row < batch.labels().length; row++) {
                    consumer.accept(prediction(batch, row, Prediction.NONE, Prediction.NONE, Double.NaN, cache.get(0)));
                }
            });
        }
        double theta = hyperparameters.theta();
        double[] thetas = theta == cacheTheta ? new double[] {theta} : new double[] {theta, cacheTheta};
        return pass(thetas, progress, (batch, cache) -> {
            int classes = memory.classes();
            double[] network = new double[classes];
            double[] mixed = new double[classes];
            for (int row = 0; row < batch.labels().length; row++) {
                Distributions mixing = cache.get(0);
                for (int c = 0; c < classes; c++) {
                    network[c] = batch.probabilities()[row * classes + c];
                    mixed[c] = hyperparameters.mix(network[c], mixing.probability(row, c));
                }
                double ofLabel = mixed[batch.labels()[row]];
                consumer.accept(
                        prediction(batch, row, best(network), best(mixed), ofLabel, cache.get(thetas.length - 1)));
            }
        });
    }

    private static Prediction prediction(
            Examples.Batch batch, int row, int network, int mixed, double mixedProbability, Distributions cache) {
        int label = batch.labels()[row];
        return new Prediction(
                batch.first() + row,
                label,
                network,
                mixed,
                cache.best(row),
                mixedProbability,
                cache.probability(row, label));
    }

    private interface Answers {
        void accept(Examples.Batch batch, List<Distributions> cache) throws IOException;
    }

    private record Begun(Examples.Batch batch, Supplier<List<Distributions>> answer) {}

    private Time pass(double[] thetas, Progress progress, Answers answers) throws IOException {
        Stopwatch total = new Stopwatch();
        Stopwatch cache = new Stopwatch();
        Queue<Begun> begun = new ArrayDeque<>();
        total.start();
        examples.forEachBatch(BATCH, progress, batch -> {
            begun.add(new Begun(batch, timed(cache, batch, () -> memory.begin(batch.features(), thetas))));
            if (begun.size() == memory.ahead()) {
                take(begun.remove(), cache, answers);
            }
        });
        while (!begun.isEmpty()) {
            take(begun.remove(), cache, answers);
        }
        total.stop();
        return new Time(total.seconds() - cache.seconds(), cache.seconds());
    }

    private void take(Begun begun, Stopwatch cache, Answers answers) throws IOException {
        answers.accept(begun.batch, timed(cache, begun.batch, begun.answer));
    }

    private <T> T timed(Stopwatch cache, Examples.Batch batch, Supplier<T> call) {
        cache.start();
        try {
            return call.get();
        } catch (IllegalArgumentException e) {
            throw BadExample.of(batch, memory.dim(), memory.classes(), row -> row, e);
        } finally {
            cache.stop();
        }
    }

    private static int best(double[] probabilities) {
        int best = 0;
        for (int c = 1; c < probabilities.length; c++) {
            best = probabilities[c] > probabilities[best] ? c : best;
        }
        return best;
    }
}
