package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.PredictionSets;
import io.github.afterimage.model.Classification;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.InferenceResponse;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.work.Cost;
import io.github.afterimage.serving.Monitored;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A model or an index under a name, which answers requests through a batcher.
 *
 * <p>Threads: thread-safe.
 */
abstract class InferenceModel {
    /** Every index with prediction sets gives it. */
    private static final double LEAST_COVERAGE = 0.5;

    static final String FEATURES = "features";

    private final String name;
    private final Monitored batcher;
    private final ModelFiles<?> files;
    private final List<String> outputs;
    private final LongAdder refusedByDoubt = new LongAdder();
    private volatile boolean refuses;

    /** @param outputs names of the outputs that a request may ask for */
    InferenceModel(String name, Monitored batcher, ModelFiles<?> files, List<String> outputs) {
        this.name = name;
        this.batcher = batcher;
        this.files = files;
        this.outputs = outputs;
    }

    /** Returns the name in the paths of the protocol. */
    public final String name() {
        return name;
    }

    /** Returns the inputs; a request has one of those that are alternatives. */
    public abstract List<Outputs.Description> inputs();

    /** Returns the outputs that a request may ask for without parameters. */
    public final List<Outputs.Description> outputs() {
        try (LeasedModel present = lease()) {
            return new Outputs(present.index().classNames())
                    .descriptions(Outputs.offered(outputs, present.calibration()));
        }
    }

    /** Returns the batcher, for metrics. */
    public final Monitored monitored() {
        return batcher;
    }

    /** Returns the number of rows that got no answer because it would have been uncertain. */
    public final long refusedByDoubt() {
        return refusedByDoubt.sum();
    }

    /**
     * Gives no uncertain answer from now on, unless the request has the parameter {@code refuse} with the value false. The index must have
     * a {@link DoubtThreshold}.
     */
    public final void refuseUncertain() {
        refuses = true;
    }

    final boolean refuses() {
        return refuses;
    }

    /** Leases the model that answers requests which begin now. */
    abstract LeasedModel lease();

    /**
     * Returns the number of rows of a request.
     *
     * @throws RequestException if the request does not fit the model
     */
    abstract int rows(InferenceRequest request);

    /** Returns the bytes of the heap that the rows take while they are decoded and prepared. */
    abstract long preparedBytes(InferenceRequest request);

    final ModelFiles<?> files() {
        return files;
    }

    final CacheIndex index() {
        return batcher.index();
    }

    /**
     * Returns what {@link #infer} costs, from the request alone; decoding of base64 happens on the caller's thread.
     *
     * @throws RequestException if the request does not fit the model
     */
    public Cost inferCost(InferenceRequest request) {
        try (LeasedModel model = lease()) {
            InferenceRequest complete = complete(request, model);
            return estimate(complete).infer(complete.outputs(), inferOptions(complete, model));
        }
    }

    /** Returns what {@link #explain} costs; throws as {@link #inferCost}. */
    public final Cost explainCost(InferenceRequest request) {
        try (LeasedModel model = lease()) {
            return estimate(request).explain(explainOptions(request));
        }
    }

    final CostEstimate estimate(InferenceRequest request) {
        return new CostEstimate(index(), rows(request), 2 * request.heapBytes() + preparedBytes(request));
    }

    /** Returns a request with the outputs of one that names none: all but the one that takes another pass over the keys. */
    private InferenceRequest complete(InferenceRequest request, LeasedModel model) {
        requireInputs(request);
        request.requireOutputs(outputs);
        if (!request.outputs().isEmpty()) {
            return request;
        }
        return request.asking(Outputs.offered(outputs, calibration(request, model)).stream()
                .filter(name -> !name.equals(Outputs.NEIGHBORS))
                .toList());
    }

    /** Returns how a request is answered: by the memory alone if it has features without the network's probabilities. */
    private static Calibration calibration(InferenceRequest request, LeasedModel model) {
        boolean alone = request.input(FEATURES).isPresent()
                && request.input(Outputs.NETWORK).isEmpty();
        return alone ? model.index().calibration(Calibration.ALONE) : model.calibration();
    }

    private RequestOptions inferOptions(InferenceRequest request, LeasedModel model) {
        RequestOptions options = RequestOptions.of(request, refuses, Outputs.wants(request, Outputs.NEIGHBORS));
        return options.coverage() == 0 && Outputs.wants(request, Outputs.SET)
                ? options.withCoverage(calibration(request, model)
                        .sets(LEAST_COVERAGE, model.index().classNames())
                        .usualCoverage())
                : options;
    }

    private RequestOptions explainOptions(InferenceRequest request) {
        requireInputs(request);
        return RequestOptions.of(request, refuses, true);
    }

    /**
     * Checks that a request has inputs of this model only.
     *
     * @param more names of the inputs that it may have beside them
     */
    final void requireInputs(InferenceRequest request, String... more) {
        request.requireInputs(Stream.concat(inputs().stream().map(Outputs.Description::name), Arrays.stream(more))
                .toList());
    }

    /** Keeps the present model for a request until the answer is there. */
    private <A> CompletableFuture<A> leased(Function<LeasedModel, CompletableFuture<A>> call) {
        LeasedModel model = lease();
        CompletableFuture<A> answer = Resources.guarded(model, () -> call.apply(model));
        CompletableFuture<A> unused = answer.whenComplete((value, failure) -> model.close());
        return answer;
    }

    /**
     * Answers a request by the model that is present when this is called; decoding of images happens on the caller's thread.
     *
     * @return fails with {@link io.github.afterimage.serving.OverloadException} if too many requests wait, and with {@link
     *     java.util.concurrent.TimeoutException} if its deadline passes
     * @throws RequestException if the request does not fit the model
     */
    public CompletableFuture<InferenceResponse> infer(InferenceRequest request) {
        return leased(model -> infer(request, model));
    }

    private CompletableFuture<InferenceResponse> infer(InferenceRequest request, LeasedModel model) {
        InferenceRequest complete = complete(request, model);
        RequestOptions options = inferOptions(complete, model);
        return Cancelling.then(
                judged(complete, options, model),
                rows -> new InferenceResponse(
                        name,
                        request.id(),
                        new Outputs(model.index().classNames()).tensors(complete, rows, options.best())));
    }

    /**
     * Explains the answers to a request as JSON objects: classes with their probabilities, nearest keys, and how sure they
     * are. Fails and throws as {@link #infer}.
     */
    public final CompletableFuture<Map<String, Object>> explain(InferenceRequest request) {
        return leased(model -> {
            RequestOptions options = explainOptions(request);
            return Cancelling.then(judged(request, options, model), rows -> new Explanation(
                            name, model.index(), calibration(request, model), options)
                    .of(request.id(), rows));
        });
    }

    /**
     * Answers the rows of a request, and takes uncertain answers back if they are refused.
     */
    private CompletableFuture<List<Row>> judged(InferenceRequest request, RequestOptions options, LeasedModel model) {
        if (rows(request) == 0) {
            return CompletableFuture.completedFuture(List.of());
        }
        CompletableFuture<List<Row>> answers = withSets(request, options, model);
        if (!options.refuses()) {
            return answers;
        }
        DoubtThreshold unused = calibration(request, model).requireDoubt(); // throws if there is none
        return Cancelling.then(answers, rows -> {
            List<Row> judged = rows.stream()
                    .map(row -> row.answer().isUncertain() ? new Row(row.answer(), List.of(), true) : row)
                    .toList();
            refusedByDoubt.add(judged.stream().filter(Row::isRefused).count());
            return judged;
        });
    }

    private static CompletableFuture<List<Row>> withSets(
            InferenceRequest request, RequestOptions options, LeasedModel model) {
        double coverage = options.coverage();
        if (coverage == 0) {
            return model.answer(request, options);
        }
        PredictionSets unused =
                calibration(request, model).sets(coverage, model.index().classNames()); // throws if there are none
        return Cancelling.then(model.answer(request, options), rows -> rows.stream()
                .map(row -> new Row(
                        row.answer(),
                        row.answer().set(coverage).stream()
                                .map(Classification.Candidate::label)
                                .toList(),
                        false))
                .toList());
    }
}
