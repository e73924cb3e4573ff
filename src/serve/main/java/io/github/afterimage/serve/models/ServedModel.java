package io.github.afterimage.serve.models;

import io.github.afterimage.model.evaluation.CoverageWatch;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.InferenceResponse;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.work.Cost;
import io.github.afterimage.serving.Monitored;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A model or an index under a name.
 *
 * <p>Threads: thread-safe. Lifetime: until {@link #close}, which answers the requests that run and fails those that wait.
 */
public interface ServedModel extends AutoCloseable {
    /** Returns the name in the paths of the protocol. */
    String name();

    /** Returns the inputs; a request has one of those that are alternatives. */
    List<Description> inputs();

    /** Returns the outputs that a request may ask for. */
    List<Description> outputs();

    /**
     * Answers a request; decoding of images happens on the caller's thread.
     *
     * @return fails with {@link io.github.afterimage.serving.OverloadException} if too many requests wait, and with {@link
     *     java.util.concurrent.TimeoutException} if its deadline passes
     * @throws RequestException if the request does not fit the model
     */
    CompletableFuture<InferenceResponse> infer(InferenceRequest request);

    /**
     * Explains the answers to a request as JSON objects: classes with their probabilities, nearest keys, and whether the memory
     * has keys like them. Fails and throws as {@link #infer}.
     */
    CompletableFuture<Map<String, Object>> explain(InferenceRequest request);

    /**
     * Makes a request of bytes without a description: an image, or one that the binary tensor extension calls raw.
     *
     * @throws RequestException if the bytes are no input of the model
     */
    InferenceRequest raw(byte[] bytes);

    /**
     * Returns what {@link #infer} costs, from the request alone; decoding of base64 happens on the caller's thread.
     *
     * @throws RequestException if the request does not fit the model
     */
    Cost inferCost(InferenceRequest request);

    /** Returns what {@link #explain} costs; throws as {@link #inferCost}. */
    Cost explainCost(InferenceRequest request);

    /** Returns the keys, to list and change them. */
    Memory memory();

    /** Returns the batcher, for metrics. */
    Monitored monitored();

    /** Returns the reason why the model that answers is not the one in its files; empty if it is. */
    Optional<String> staleness();

    /** Returns the reason to doubt a model that answers: it is stale, or its prediction sets break their promise; empty if there is none. */
    default Optional<String> doubt() {
        return staleness()
                .or(() ->
                        memory().promise().filter(CoverageWatch.Seen::broken).map(seen -> "sets: " + seen.sentence()));
    }

    /** Replaces the model if its files have changed; the former one answers if they cannot be used. */
    void refresh();

    /** Returns the reason why the model does not answer; empty if it does. */
    Optional<String> unready();

    /** Returns the number of requests that were answered. */
    default long answered() {
        return monitored().health().requests().answered();
    }

    @Override
    void close();

    /**
     * An input or output.
     *
     * @param shape -1 for a size that a request chooses
     */
    record Description(String name, DataType type, List<Integer> shape) {}
}
