package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.serve.protocol.InferenceRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The model that a request belongs to from its begin to its answer, whatever replaces it meanwhile: rule, preparation, keys, sets and
 * thresholds are all of this one. Only what all models of a name share, such as the shape of their inputs, may be read elsewhere.
 *
 * <p>Lifetime: the model stays open until this is closed, once.
 */
interface LeasedModel extends AutoCloseable {
    CacheIndex index();

    /** Returns how the model answers requests that have the network's probabilities, if it has a network. */
    Calibration calibration();

    /**
     * Answers the rows of a request; decoding of images happens on the caller's thread.
     *
     * @throws io.github.afterimage.serve.protocol.RequestException if the request does not fit the model
     */
    CompletableFuture<List<Row>> answer(InferenceRequest request, RequestOptions options);

    /** Prepares the rows of a request to be keys. */
    PreparedRows prepared(InferenceRequest request);

    @Override
    void close();
}
