package io.github.afterimage.serve.models;

import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * The parameters of a request that every model knows.
 *
 * @param neighbors number of nearest keys; 0 if they are not wanted
 * @param best number of classes in the output {@code classes}
 * @param refuses whether uncertain answers are left out
 * @param coverage the probability with which the set of a row has the true class; 0 for no sets
 * @param timeout time until the request is dropped
 */
record RequestOptions(int neighbors, int best, boolean refuses, double coverage, Optional<Duration> timeout) {
    private static final int STANDARD = 5;
    /** As many as an index answers at full speed with its reserved memory. */
    private static final int MAX_NEIGHBORS = 10_000;

    private static final List<String> RULE = List.of("theta", "lambda", "θ", "λ");

    RequestOptions withCoverage(double value) {
        return new RequestOptions(neighbors, best, refuses, value, timeout);
    }

    /**
     * Reads the parameters.
     *
     * @param refuses whether a request without the parameter refuses
     * @param wantsNeighbors whether the answer has nearest keys
     */
    static RequestOptions of(InferenceRequest request, boolean refuses, boolean wantsNeighbors) {
        RULE.stream().filter(request.parameters()::containsKey).findFirst().ifPresent(name -> {
            throw RequestException.bad("parameter " + name
                    + ": expected none, because answers are by the rule of the index; tune --save changes it");
        });
        int neighbors = request.count("neighbors", STANDARD, MAX_NEIGHBORS);
        int best = request.count("classes", STANDARD, Integer.MAX_VALUE);
        int micros = request.count("timeout", 0, Integer.MAX_VALUE);
        if (best == 0) {
            throw RequestException.bad("parameter classes 0: expected 1 or more");
        }
        return new RequestOptions(
                wantsNeighbors ? neighbors : 0,
                best,
                request.flag("refuse", refuses),
                request.number("coverage").orElse(0.0),
                micros == 0 ? Optional.empty() : Optional.of(Duration.of(micros, ChronoUnit.MICROS)));
    }
}
