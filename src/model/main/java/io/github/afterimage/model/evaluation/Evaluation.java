package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.answer.TuningRows;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Queries an index with labelled examples, batch by batch.
 *
 * <p>Counts the errors of the network and of its answer together with the memory:
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cifar10.safetensors"));
 *         Network network = KeySource.network(Path.of("resnet20.onnx"), index, NetworkSettings.defaults())) {
 *     Examples examples = Examples.of(network, ImageSets.open("cifar10:data#test"));
 *     int[] errors = new int[2];
 *     AnswerRule alone = index.calibration(Calibration.ALONE).rule();
 *     new Evaluation(index, examples).predict(index.calibration(1), alone, Progress.NONE, prediction -> {
 *         errors[0] += prediction.network() != prediction.label() ? 1 : 0;
 *         errors[1] += prediction.together() != prediction.label() ? 1 : 0;
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
    public Evaluation(CacheReader index, Examples examples) {
        this(QueryTarget.of(CompatibleIndex.of(index, examples)), examples);
    }

    /** Evaluates a target; the examples must have its dim and its classes. */
    public Evaluation(QueryTarget target, Examples examples) {
        this.target = target;
        this.examples = examples;
    }

    /**
     * Tunes an index, in passes of more and more values of θ if the best is the first or the last; see {@link Tuner#widened}.
     *
     * @param tuner without examples; of it are the first values
     * @param widen whether to try further values
     */
    public Tuned tuned(Tuner tuner, boolean widen, Progress progress) throws IOException {
        PassTime time = tune(tuner, progress);
        Tuner last = tuner;
        for (Optional<Tuner> next = last.widened(); widen && next.isPresent(); next = last.widened()) {
            last = next.get();
            time = time.plus(tune(last, progress));
        }
        return new Tuned(last, time);
    }

    /**
     * A tuner with its examples.
     *
     * @param tuner has the values of θ of the last pass, which contain those before it
     * @param time the duration of all passes
     */
    public record Tuned(Tuner tuner, PassTime time) {}

    /** Gives a tuner the examples, or as many as it keeps, drawn at random, in one pass. */
    public PassTime tune(Tuner tuner, Progress progress) throws IOException {
        return new Evaluation(target, kept(tuner, examples))
                .run(
                        new QueryTarget.Asked(tuner.thetas(), true),
                        progress,
                        (batch, memory) -> tune(tuner, batch, memory));
    }

    /** Gives a tuner a batch of examples with the answer of the index to it. */
    public void tune(Tuner tuner, Examples.Batch batch, Answer memory) {
        tuner.accept(memory, network(batch, 1), ofKnownClasses(batch.mirrored(), batch), batch.labels());
    }

    /** {@return as many of the examples as a tuner keeps, drawn at random} */
    public static Examples kept(Tuner tuner, Examples examples) {
        return drawn(examples, tuner.mostExamples(examples.classes()));
    }

    private static Examples drawn(Examples examples, int most) {
        if (examples.size() <= most) {
            return examples;
        }
        int[] drawn =
                BalancedSample.shuffled(IntStream.range(0, examples.size()).toArray(), 1);
        return examples.select(Arrays.stream(drawn, 0, most).sorted().toArray());
    }

    /**
     * Returns examples for an index to keep, drawn at random with a seed, in one pass of the network over them.
     *
     * @param index that they were tuned for, of this process
     * @param most greatest number, at most {@value TuningRows#MOST}; fewer are kept of an index of many classes
     * @throws IllegalArgumentException if the number is out of range
     */
    public TuningRows rows(CacheReader index, int most) throws IOException {
        if (most < 0 || most > TuningRows.MOST) {
            throw new IllegalArgumentException(most + " examples to keep: expected 0 to " + TuningRows.MOST);
        }
        int fewest = Math.min(most, new Tuner(1).mostExamples(target.classes()));
        if (Math.min(fewest, examples.size()) == 0) {
            return TuningRows.NONE;
        }
        CacheReader compatible = CompatibleIndex.of(index, examples);
        TuningRows[] rows = new TuningRows[1];
        drawn(examples, fewest)
                .forEachBatch(
                        fewest,
                        Progress.NONE,
                        batch -> rows[0] = TuningRows.of(
                                compatible.encode(batch.features()),
                                batch.labels(),
                                network(batch, 1),
                                ofKnownClasses(batch.mirrored(), batch)));
        return rows[0];
    }

    /**
     * Returns what the network says of some of the views of each example, {@code (batch, classes)} without the classes that it does not have;
     * null without probabilities.
     */
    public float @Nullable [] network(Examples.Batch batch, int views) {
        return ofKnownClasses(batch.probabilities(views), batch);
    }

    private float @Nullable [] ofKnownClasses(float @Nullable [] probabilities, Examples.Batch batch) {
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
     * Predicts every example with the network, the memory, and both together. Without probabilities of the network, the memory predicts
     * alone.
     *
     * @param together the rule of both, with the views that the network sees; fewer if the examples have fewer
     * @param alone the rule of the memory alone
     */
    public PassTime predict(Calibration together, AnswerRule alone, Progress progress, PredictionConsumer consumer)
            throws IOException {
        AnswerRule rule = examples.hasProbabilities() ? together.rule() : alone;
        int views = Math.min(together.views(), examples.views());
        double[] thetas = rule.theta() == alone.theta()
                ? new double[] {rule.theta()}
                : new double[] {rule.theta(), alone.theta()};
        boolean evidence = rule.needsEvidence() || alone.needsEvidence();
        return run(new QueryTarget.Asked(thetas, evidence), progress, (batch, memory) -> {
            int known = target.classes() - target.spareClasses();
            float[] images = network(batch, 1);
            float[] averaged = network(batch, views);
            Answer own = memory.at(thetas.length - 1);
            for (int row = 0; row < batch.labels().length; row++) {
                consumer.accept(Prediction.of(
                        batch,
                        row,
                        row(images, row, known),
                        row(averaged, row, known),
                        rule,
                        memory.row(row),
                        alone.alone(own.row(row))));
            }
        });
    }

    private static float @Nullable [] row(float @Nullable [] values, int row, int width) {
        return values == null ? null : Arrays.copyOfRange(values, row * width, (row + 1) * width);
    }

    /** Receives the answers to batches, in the order of the examples. */
    public interface AnswerConsumer {
        /**
         * Receives the next batch.
         *
         * @param memory for each theta
         */
        void accept(Examples.Batch batch, Answer memory) throws IOException;
    }

    private record PendingQuery(Examples.Batch batch, Supplier<Answer> answer) {}

    /**
     * Computes the answers of the memory for all examples.
     *
     * @throws IllegalArgumentException if an example is refused; the message names it
     */
    public PassTime run(QueryTarget.Asked asked, Progress progress, AnswerConsumer consumer) throws IOException {
        Stopwatch total = Stopwatch.started();
        Stopwatch cache = new Stopwatch();
        Queue<PendingQuery> pending = new ArrayDeque<>();
        long values = (long) asked.thetas().length * target.classes();
        int size = (int) Math.max(1, Math.min(BATCH, MAX_VALUES / values));
        examples.forEachBatch(size, progress, batch -> {
            pending.add(new PendingQuery(batch, timed(cache, batch, () -> target.submit(batch, asked))));
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
