package io.github.afterimage.model.evaluation;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Queries an index with labelled examples, batch by batch.
 *
 * <p>Counts the errors of the network and of its mixture with the cache:
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cifar10.safetensors"));
 *         Network network = KeySource.network(Path.of("resnet20.onnx"), index, NetworkSettings.defaults())) {
 *     Examples examples = Examples.of(network, ImageSets.open("cifar10:data#test"));
 *     int[] errors = new int[2];
 *     new Evaluation(index, examples).predict(Hyperparameters.of(index.attributes()), new Hyperparameters(90, 1), Progress.NONE, prediction -> {
 *         errors[0] += prediction.network() != prediction.label() ? 1 : 0;
 *         errors[1] += prediction.mixed() != prediction.label() ? 1 : 0;
 *     });
 * }
 * }</pre>
 *
 * <p>Threads: each pass runs in the thread that calls it. Lifetime: holds nothing; index and examples must stay open.
 */
public final class Evaluation {
    /** Examples in a batch: a pass over the keys is then bound by arithmetic, and features take tens of megabytes. */
    public static final int BATCH = 512;

    /** Maximum probabilities of a batch, 256 MiB of the heap: fewer examples then share a pass. */
    private static final long MAX_VALUES = 1L << 26;

    private final QueryTarget target;
    private final Examples examples;

    /**
     * Evaluates an index of this process. Examples whose features are reduced already, as {@code features} writes them, skip
     * the index's reduction.
     *
     * @throws IllegalArgumentException if dim or classes of the examples differ from the index's
     */
    public Evaluation(CacheIndex index, Examples examples) {
        this(QueryTarget.of(CompatibleIndex.of(index, examples)), examples);
    }

    /** Evaluates a target; the examples must have its dim and its classes. */
    public Evaluation(QueryTarget target, Examples examples) {
        this.target = target;
        this.examples = examples;
    }

    /** Counts the errors at every point of the tuner's grid, in one pass. */
    public PassTime tune(Tuner tuner, Progress progress) throws IOException {
        return new Evaluation(target.withNovelty(), examples)
                .run(
                        tuner.thetas(),
                        tuner.betas(),
                        progress,
                        (batch, cache) -> tuner.accept(cache, ofKnownClasses(batch), batch.labels()));
    }

    /** Returns the probabilities of the classes that the network has, {@code (batch, classes)} without the spare ones. */
    private float @Nullable [] ofKnownClasses(Examples.Batch batch) {
        float[] probabilities = batch.probabilities();
        if (probabilities == null || target.spareClasses() == 0) {
            return probabilities;
        }
        int known = target.classes() - target.spareClasses();
        float[] kept = new float[batch.labels().length * known];
        for (int row = 0; row < batch.labels().length; row++) {
            System.arraycopy(probabilities, row * target.classes(), kept, row * known, known);
        }
        return kept;
    }

    /** Receives the predictions, in the order of the examples. */
    public interface PredictionConsumer {
        /** Receives the next prediction. */
        void accept(Prediction prediction) throws IOException;
    }

    /**
     * Predicts every example with the network, the mixture and the cache alone. Without probabilities of the network, the
     * cache predicts alone.
     *
     * @param mixture θ, λ and β of the mixture
     * @param alone θ and β of the cache alone
     */
    public PassTime predict(
            Hyperparameters mixture, Hyperparameters alone, Progress progress, PredictionConsumer consumer)
            throws IOException {
        Hyperparameters first = examples.hasProbabilities() ? mixture : alone;
        double[] thetas = distinct(first.theta(), alone.theta());
        double[] betas = distinct(first.beta(), alone.beta());
        return run(thetas, betas, progress, (batch, cache) -> {
            int known = target.classes() - target.spareClasses();
            float[] probabilities = ofKnownClasses(batch);
            Answer own = cache.at(thetas.length - 1, betas.length - 1);
            for (int row = 0; row < batch.labels().length; row++) {
                float[] network = probabilities == null
                        ? null
                        : Arrays.copyOfRange(probabilities, row * known, (row + 1) * known);
                consumer.accept(Prediction.of(batch, row, network, mixture.lambda(), cache, own));
            }
        });
    }

    private static double[] distinct(double first, double last) {
        return first == last ? new double[] {first} : new double[] {first, last};
    }

    /** Receives the answers to batches, in the order of the examples. */
    public interface AnswerConsumer {
        /**
         * Receives the next batch.
         *
         * @param cache for each theta and each beta
         */
        void accept(Examples.Batch batch, Answer cache) throws IOException;
    }

    private record PendingQuery(Examples.Batch batch, Supplier<Answer> answer) {}

    /**
     * Computes the answers of the cache for all examples, for each theta and each beta.
     *
     * @throws IllegalArgumentException if an example is refused; the message names it
     */
    public PassTime run(double[] thetas, double[] betas, Progress progress, AnswerConsumer consumer)
            throws IOException {
        Stopwatch total = Stopwatch.started();
        Stopwatch cache = new Stopwatch();
        Queue<PendingQuery> pending = new ArrayDeque<>();
        long values = (long) thetas.length * betas.length * target.classes();
        int size = (int) Math.max(1, Math.min(BATCH, MAX_VALUES / values));
        examples.forEachBatch(size, progress, batch -> {
            pending.add(new PendingQuery(batch, timed(cache, batch, () -> target.submit(batch, thetas, betas))));
            if (pending.size() == target.maxPending()) {
                await(pending.remove(), cache, consumer);
            }
        });
        while (!pending.isEmpty()) {
            await(pending.remove(), cache, consumer);
        }
        return PassTime.of(total, cache);
    }

    private void await(PendingQuery query, Stopwatch cache, AnswerConsumer consumer) throws IOException {
        consumer.accept(query.batch, timed(cache, query.batch, query.answer));
    }

    private <T> T timed(Stopwatch cache, Examples.Batch batch, Supplier<T> call) {
        cache.start();
        try {
            return call.get();
        } catch (IllegalArgumentException e) {
            throw BadExample.in(batch, examples, target.dim(), target.classes(), row -> row, e);
        } finally {
            cache.stop();
        }
    }
}
