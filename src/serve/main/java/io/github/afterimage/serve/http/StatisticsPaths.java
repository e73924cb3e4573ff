package io.github.afterimage.serve.http;

import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.Parts;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/** Answers {@code GET /metrics} and {@code GET /v2/models/NAME/statistics}. */
public final class StatisticsPaths {
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final Meters meters;
    private final Map<ServedModel, RecentRequests> recent = new ConcurrentHashMap<>();

    private StatisticsPaths(Meters meters) {
        this.meters = meters;
    }

    /** Adds the paths, and observes the models from now on. */
    public static void add(Paths paths, Models models, Meters meters) {
        StatisticsPaths statistics = new StatisticsPaths(meters);
        models.observe(model -> statistics.recent.put(model, new RecentRequests(model.monitored())));
        paths.add(
                Paths.GET,
                "/metrics",
                (request, names) -> CompletableFuture.completedFuture(statistics.metrics(request)));
        paths.add(Paths.GET, Paths.MODEL + "/statistics", (request, names) -> {
            ServedModel model = paths.model(names);
            Map<String, Object> told =
                    Objects.requireNonNull(statistics.recent.get(model)).statistics();
            told.put("sets", model.memory().seen());
            return CompletableFuture.completedFuture(Reply.json(told));
        });
    }

    private Reply metrics(Request request) {
        String type = request.getHeaders().getQualityCSV(HttpHeader.ACCEPT).stream()
                        .anyMatch(wanted -> wanted.startsWith("application/openmetrics-text"))
                ? OPEN_METRICS_TYPE
                : METRICS_TYPE;
        return new Reply(200, type, Parts.of(meters.text(type).getBytes(StandardCharsets.UTF_8)), Map.of());
    }
}
