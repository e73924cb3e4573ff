package io.github.afterimage.serve.models;

import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.InferenceResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A model or an index under a name. Thread-safe. */
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
     * @return fails with {@link io.github.afterimage.OverloadException} if too many requests wait, and with {@link
     *     java.util.concurrent.TimeoutException} if its deadline passes
     * @throws io.github.afterimage.serve.protocol.RequestException if the request does not fit the model
     */
    CompletableFuture<InferenceResponse> infer(InferenceRequest request);

    /** Returns the number of requests that were answered. */
    long answered();

    /** Answers the requests that run, fails those that wait, and closes the model. */
    @Override
    void close();

    /**
     * An input or output.
     *
     * @param shape -1 for a size that a request chooses
     */
    record Description(String name, DataType type, List<Integer> shape) {}
}
