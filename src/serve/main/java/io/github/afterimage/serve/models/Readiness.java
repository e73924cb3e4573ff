package io.github.afterimage.serve.models;

import io.github.afterimage.serve.work.Decoders;
import io.github.afterimage.serve.work.HeapBudget;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Tells whether a server answers: its threads, its memory and its models. A server that is about to end says that it does not. Thread-safe. */
public final class Readiness {
    private final Models models;
    private final Decoders decoders;
    private final HeapBudget budget;
    private volatile boolean leaving;

    /** Watches what a server has. */
    public Readiness(Models models, Decoders decoders, HeapBudget budget) {
        this.models = models;
        this.decoders = decoders;
        this.budget = budget;
    }

    /** Sends clients elsewhere from now on; their requests are answered as before. */
    public void leave() {
        leaving = true;
    }

    /** Returns whether the server is about to end. */
    public boolean isLeaving() {
        return leaving;
    }

    /** Returns the reasons why the server does not answer; none if it does. */
    public List<String> reasons() {
        return Stream.of(
                        ending().stream(),
                        decoders.stalled().stream(),
                        budget.starved().stream(),
                        models.all().stream()
                                .flatMap(model -> model.unready().map(reason -> model.name() + ": " + reason).stream()))
                .flatMap(found -> found)
                .toList();
    }

    /** Returns the reason why a model does not answer; empty if it does. */
    public Optional<String> reason(ServedModel model) {
        return ending().or(model::unready);
    }

    private Optional<String> ending() {
        return leaving ? Optional.of("the server is about to end: ask another one") : Optional.empty();
    }
}
