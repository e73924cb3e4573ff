package io.github.afterimage.serve.http;

import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.Parts;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers {@code GET /metrics} and {@code GET /v2/models/NAME/statistics}. */
public final class StatisticsHandler extends Handler.Abstract.NonBlocking {
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final Pattern STATISTICS = Pattern.compile("/v2/models/([^/]*)/statistics");

    private final Models models;
    private final Meters meters;
    private final Map<ServedModel, RecentRequests> recent = new ConcurrentHashMap<>();

    /** Observes the models from now on. */
    public StatisticsHandler(Models models, Meters meters) {
        this.models = models;
        this.meters = meters;
        models.observe(model -> recent.put(model, new RecentRequests(model.monitored())));
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = Request.getPathInContext(request);
        Matcher statistics = STATISTICS.matcher(path);
        if (!statistics.matches() && !path.equals("/metrics")) {
            return false;
        }
        Reply.send(
                () -> {
                    Optional<ServedModel> model =
                            path.equals("/metrics") ? Optional.empty() : Optional.of(models.named(statistics.group(1)));
                    Methods.require(request, Methods.GET);
                    return CompletableFuture.completedFuture(
                            model.map(this::of).map(Reply::json).orElseGet(() -> metrics(request)));
                },
                request,
                response,
                callback);
        return true;
    }

    private Reply metrics(Request request) {
        String type = request.getHeaders().getQualityCSV(HttpHeader.ACCEPT).stream()
                        .anyMatch(wanted -> wanted.startsWith("application/openmetrics-text"))
                ? OPEN_METRICS_TYPE
                : METRICS_TYPE;
        return new Reply(200, type, Parts.of(meters.text(type).getBytes(StandardCharsets.UTF_8)), Map.of());
    }

    private Map<String, Object> of(ServedModel model) {
        return Objects.requireNonNull(recent.get(model)).statistics();
    }
}
