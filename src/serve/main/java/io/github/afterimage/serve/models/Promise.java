package io.github.afterimage.serve.models;

import io.github.afterimage.answer.PredictionSets;
import io.github.afterimage.model.evaluation.CoverageWatch;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serving.OverloadException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Watches whether the prediction sets of a model have the classes that requests tell. A new watch begins with other sets, as {@code tune}
 * makes them.
 *
 * <p>Threads: thread-safe.
 */
public final class Promise {
    private final InferenceModel model;
    private @Nullable PredictionSets sets;
    private @Nullable CoverageWatch watch;

    Promise(InferenceModel model) {
        this.model = model;
    }

    /** Returns what was seen; empty if the index has no sets. */
    public Optional<CoverageWatch.Seen> seen() {
        return watch().map(CoverageWatch::seen);
    }

    /** Describes what was seen; null if the index has no sets. */
    public @Nullable Map<String, Object> told() {
        return seen().<Map<String, Object>>map(seen -> new JsonObject()
                        .with("sentence", seen.sentence())
                        .with("promised", seen.promised())
                        .with("seen", seen.seen())
                        .with("covered", seen.covered())
                        .with("low", seen.low())
                        .with("high", seen.high())
                        .with("broken", seen.broken()))
                .orElse(null);
    }

    private Optional<CoverageWatch> watch() {
        try (LeasedModel present = model.lease()) {
            return watch(present);
        } catch (IllegalStateException closed) {
            return Optional.empty();
        }
    }

    private synchronized Optional<CoverageWatch> watch(LeasedModel answering) {
        PredictionSets now = answering.calibration().sets().orElse(null);
        if (now != sets) {
            sets = now;
            watch = now == null ? null : CoverageWatch.of(now);
        }
        return Optional.ofNullable(watch);
    }

    /**
     * Answers the rows of a request, and counts whether their sets have the classes.
     *
     * @return the number of sets that have them
     * @throws IllegalArgumentException if the index has no sets
     */
    int count(InferenceRequest request, int[] labels) {
        try (LeasedModel answering = model.lease()) {
            return count(request, labels, answering);
        }
    }

    private int count(InferenceRequest request, int[] labels, LeasedModel answering) {
        CoverageWatch counting = watch(answering)
                .orElseThrow(() -> RequestException.bad("the index of model " + model.name()
                        + " has no prediction sets, whose promise labels could test: tune it with labelled examples"));
        for (int label : labels) {
            if (label < 0 || label >= answering.index().classes()) {
                throw RequestException.bad("label " + label + ": expected 0 to "
                        + (answering.index().classes() - 1));
            }
        }
        List<Row> rows = answers(
                answering,
                request.parameters(Map.of("coverage", counting.seen().promised(), "refuse", false, "neighbors", 0L)));
        int covered = 0;
        for (int row = 0; row < labels.length; row++) {
            boolean isCovered = rows.get(row).set().contains(labels[row]);
            counting.count(isCovered);
            covered += isCovered ? 1 : 0;
        }
        return covered;
    }

    private List<Row> answers(LeasedModel answering, InferenceRequest request) {
        try {
            return model.judged(request, answering).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Counts the rows of a request that adds keys, before they are keys; nothing happens where they cannot be answered now. */
    void countIfPossible(InferenceRequest request, int[] labels) {
        if (watch().isEmpty()) {
            return;
        }
        try {
            int unused = count(request, labels);
        } catch (OverloadException | RequestException | IllegalArgumentException | IllegalStateException e) {
            // the keys are worth more than the count; adding them tells what is wrong with the request
        }
    }
}
