package io.github.afterimage.serve.models;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.LogMassThreshold;
import io.github.afterimage.PredictionSets;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.InferenceResponse;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.work.Cost;
import io.github.afterimage.serving.Health;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A model that answers through a batcher, with its keys and its files. */
abstract class BatchedModel implements ServedModel {
    /** A pass over all keys takes less, also where they are read from a disk. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String name;
    private final Outputs outputs;
    private final Memory memory = new Memory(this);
    private final Progress progress = new Progress(PATIENCE);
    private volatile boolean refuses;

    /** @param outputs names of the outputs that a request may ask for */
    BatchedModel(String name, List<String> outputs) {
        this.name = name;
        this.outputs = new Outputs(() -> index().classNames(), outputs);
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final List<Description> outputs() {
        return outputs.descriptions();
    }

    @Override
    public final Memory memory() {
        return memory;
    }

    @Override
    public final Optional<String> unready() {
        Health health = monitored().health();
        return health.open() ? progress.look(health, System.nanoTime()) : Optional.of("the model is closed");
    }

    @Override
    public final Optional<String> staleness() {
        return files().staleness();
    }

    /**
     * Gives no answer, from now on, to rows that are like nothing remembered, unless the request has the parameter {@code refuse}
     * with the value false. The index must have a {@link LogMassThreshold} for the model's θ.
     */
    public final void refuseUnfamiliar() {
        refuses = true;
    }

    final boolean refuses() {
        return refuses;
    }

    /** Returns θ, λ and β of requests without these parameters. */
    abstract Hyperparameters hyperparameters();

    /**
     * Returns the number of rows of a request.
     *
     * @throws io.github.afterimage.serve.protocol.RequestException if the request does not fit the model
     */
    abstract int rows(InferenceRequest request);

    /** Returns the bytes of the heap that the rows take while they are decoded and prepared. */
    abstract long preparedBytes(InferenceRequest request);

    /**
     * Answers the rows of a request; decoding of images happens on the caller's thread.
     *
     * @throws io.github.afterimage.serve.protocol.RequestException if the request does not fit the model
     */
    abstract CompletableFuture<List<Row>> answer(InferenceRequest request, RequestOptions options);

    /**
     * Adds the rows of a request as keys.
     *
     * @param more completes the keys
     */
    abstract AddedKeys add(InferenceRequest request, int[] labels, List<String> names, UnaryOperator<KeyBatch> more);

    abstract ModelFiles<?> files();

    /**
     * Takes the log back that opening has begun, if nobody has changed a key: the files are then as they were. Closes the index, so
     * queries that wait fail; those that run are answered.
     */
    final void leaveUnchanged() {
        CacheIndex index = index();
        Optional<Path> file = files().fixed().isPresent() ? Optional.empty() : files().index();
        try {
            if (file.isPresent()
                    && index.statistics().logBytes() == 0
                    && index.files().isCurrent(file.get())) {
                boolean unused = index.files().revert();
            }
        } catch (IllegalStateException e) {
            // it is closed already, or was opened without a log
        } catch (IOException | UncheckedIOException e) {
            System.getLogger(BatchedModel.class.getName())
                    .log(System.Logger.Level.WARNING, name + " keeps the log that was begun: " + e.getMessage());
        }
    }

    final CacheIndex index() {
        return monitored().index();
    }

    @Override
    public final Cost inferCost(InferenceRequest request) {
        return estimate(request).infer(request.outputs(), inferOptions(request));
    }

    @Override
    public final Cost explainCost(InferenceRequest request) {
        return estimate(request).explain(explainOptions(request));
    }

    final CostEstimate estimate(InferenceRequest request) {
        return new CostEstimate(index(), rows(request), 2 * request.heapBytes() + preparedBytes(request));
    }

    private RequestOptions inferOptions(InferenceRequest request) {
        requireInputs(request);
        outputs.require(request);
        return options(request, Outputs.wants(request, Outputs.NEIGHBORS));
    }

    private RequestOptions explainOptions(InferenceRequest request) {
        requireInputs(request);
        return options(request, true);
    }

    /**
     * Checks that a request has inputs of this model only.
     *
     * @param more names of the inputs that it may have beside them
     */
    final void requireInputs(InferenceRequest request, String... more) {
        request.requireInputs(Stream.concat(inputs().stream().map(Description::name), Arrays.stream(more))
                .toList());
    }

    private RequestOptions options(InferenceRequest request, boolean neighbors) {
        return RequestOptions.of(request, hyperparameters(), refuses, neighbors);
    }

    @Override
    public final CompletableFuture<InferenceResponse> infer(InferenceRequest request) {
        RequestOptions options = inferOptions(request);
        if (options.coverage() == 0 && Outputs.wants(request, Outputs.SET)) {
            throw RequestException.bad(
                    "output set without the parameter coverage: expected the probability with which the"
                            + " set has the true class, such as 0.95");
        }
        return Stages.then(
                judged(request, options),
                rows -> new InferenceResponse(name, request.id(), outputs.tensors(request, rows, options.best())));
    }

    @Override
    public final CompletableFuture<Map<String, Object>> explain(InferenceRequest request) {
        RequestOptions options = explainOptions(request);
        return Stages.then(
                judged(request, options), rows -> new Explanation(name, index(), options).of(request.id(), rows));
    }

    /** Answers the rows of a request without neighbours. */
    final CompletableFuture<List<Row>> judged(InferenceRequest request) {
        return judged(request, options(request, false));
    }

    /**
     * Answers the rows of a request, and takes the answers back to those that are like nothing remembered if they are refused.
     */
    private CompletableFuture<List<Row>> judged(InferenceRequest request, RequestOptions options) {
        if (rows(request) == 0) {
            return CompletableFuture.completedFuture(List.of());
        }
        CompletableFuture<List<Row>> answers = withSets(request, options);
        if (!options.refuses()) {
            return answers;
        }
        LogMassThreshold threshold = LogMassThreshold.of(
                index().attributes(), options.hyperparameters().theta());
        return Stages.then(answers, rows -> rows.stream()
                .map(row -> threshold.isReached(row.logMass()) ? row : row.refused())
                .toList());
    }

    private CompletableFuture<List<Row>> withSets(InferenceRequest request, RequestOptions options) {
        double coverage = options.coverage();
        if (coverage == 0) {
            return answer(request, options);
        }
        PredictionSets sets = index().predictionSets(options.hyperparameters(), coverage);
        return Stages.then(answer(request, options), rows -> rows.stream()
                .map(row -> row.with(sets.labels(label -> promised(row, options)[label], coverage)))
                .toList());
    }

    /** Returns the probabilities that sets are promised for: those of the mixture. */
    private static double[] promised(Row row, RequestOptions options) {
        if (row.network() == null && options.hyperparameters().lambda() != 1) {
            throw RequestException.bad(
                    "coverage: expected the input network too, because the sets of the index are those of the"
                            + " network's probabilities with the memory's");
        }
        return row.probabilities();
    }
}
