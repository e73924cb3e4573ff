package io.github.afterimage.serve.models;

import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * The parameters of a request that every model knows.
 *
 * @param neighbors number of nearest keys; 0 unless the output {@code neighbors} is wanted
 * @param best number of classes in the output {@code classes}
 * @param timeout time until the request is dropped
 */
record RequestOptions(
        int neighbors, int best, Optional<Double> theta, Optional<Double> lambda, Optional<Duration> timeout) {
    private static final int STANDARD = 5;
    /** As many as an index answers at full speed with its reserved memory. */
    private static final int MAX_NEIGHBORS = 10_000;

    static RequestOptions of(InferenceRequest request) {
        int neighbors = request.count("neighbors", STANDARD, MAX_NEIGHBORS);
        int best = request.count("classes", STANDARD, Integer.MAX_VALUE);
        int micros = request.count("timeout", 0, Integer.MAX_VALUE);
        if (best == 0) {
            throw RequestException.bad("parameter classes 0: expected 1 or more");
        }
        return new RequestOptions(
                Outputs.wants(request, Outputs.NEIGHBORS) ? neighbors : 0,
                best,
                request.number("theta"),
                request.number("lambda"),
                micros == 0 ? Optional.empty() : Optional.of(Duration.of(micros, ChronoUnit.MICROS)));
    }
}
