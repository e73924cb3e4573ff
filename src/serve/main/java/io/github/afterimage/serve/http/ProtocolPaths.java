package io.github.afterimage.serve.http;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.serve.models.Cancelling;
import io.github.afterimage.serve.models.Descriptions;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.Readiness;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.ResponseWriter;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Request;

/** The paths of the protocol and of Triton's extensions. */
public record ProtocolPaths(Descriptions descriptions, Models models, Readiness readiness, RequestBodies bodies) {
    private static final String NO_TRACE =
            "this server does not have Triton's extension trace: send the header traceparent,"
                    + " and the answer and the access log name its trace";
    private static final String NO_LOGGING =
            "this server does not have Triton's extension logging: its logs are set where it"
                    + " is started, as with --access-log";

    /** Paths of Triton's extensions that the server does not have, with the sentences that say so. */
    private static final Map<String, String> MISSING = missing();

    private static Map<String, String> missing() {
        Map<String, String> missing = new HashMap<>(Map.of(
                "/v2/trace/setting", NO_TRACE, Paths.MODEL + "/trace/setting", NO_TRACE, "/v2/logging", NO_LOGGING));
        for (String kind : List.of("system", "cuda")) {
            for (String rest : List.of(
                    "status",
                    "unregister",
                    "region/{name}/status",
                    "region/{name}/register",
                    "region/{name}/unregister")) {
                missing.put(
                        "/v2/" + kind + "sharedmemory/" + rest,
                        "this server does not have Triton's extension " + kind + "_shared_memory: send values in"
                                + " requests and read them from answers");
            }
        }
        return missing;
    }

    /** Adds the paths. */
    public void add(Paths paths) {
        tell(paths, "/v2", () -> Reply.json(descriptions.server()));
        tell(paths, "/v2/health/live", () -> Reply.json(Map.of("live", true)));
        tell(paths, "/v2/health/ready", this::ready);
        tell(
                paths,
                "/v2/models",
                () -> Reply.json(Map.of(
                        "models", models.all().stream().map(ServedModel::name).toList())));
        tell(paths, "/v2/models/stats", () -> Reply.json(descriptions.statistics(models.all())));
        tellOfModel(paths, "", name -> Reply.json(descriptions.model(name)));
        tellOfModel(paths, "/ready", name -> ready(models.named(name)));
        tellOfModel(paths, "/config", name -> Reply.json(descriptions.configuration(name)));
        tellOfModel(paths, "/stats", name -> Reply.json(descriptions.statistics(List.of(models.named(name)))));
        tellOfModel(paths, "/statistics", name -> Reply.json(descriptions.recent(models.named(name))));
        paths.addOfModel(Paths.POST, "/infer", this::infer);
        paths.add(Paths.POST, "/v2/repository/index", (request, names) -> {
            MemoryPaths.query(request, Set.of());
            return bodies.text(request).thenApply(body -> Reply.json(descriptions.repository(asksForReady(body))));
        });
        for (String change : List.of("load", "unload")) {
            paths.add(Paths.POST, "/v2/repository/models/{name}/" + change, (request, names) -> {
                throw descriptions.fixedRepository(Objects.requireNonNull(names.get("name")));
            });
        }
        MISSING.forEach((path, refusal) -> Stream.of(Paths.GET, Paths.POST)
                .forEach(method -> paths.add(method, path, (request, names) -> {
                    throw new RequestException(RequestException.NOT_IMPLEMENTED, refusal);
                })));
    }

    private static void tell(Paths paths, String path, Supplier<Reply> told) {
        paths.add(Paths.GET, path, (request, names) -> CompletableFuture.completedFuture(told.get()));
    }

    private static void tellOfModel(Paths paths, String rest, Function<String, Reply> told) {
        paths.add(
                Paths.GET,
                Paths.MODEL + rest,
                (request, names) ->
                        CompletableFuture.completedFuture(told.apply(Objects.requireNonNull(names.get("model")))));
    }

    private Reply ready() {
        List<String> reasons = readiness.reasons();
        String stale = models.all().stream()
                .flatMap(model -> model.staleness().map(reason -> model.name() + ": " + reason).stream())
                .collect(Collectors.joining("; "));
        return reasons.isEmpty()
                ? Reply.json(stale.isEmpty() ? Map.of("ready", true) : Map.of("ready", true, "reason", stale))
                : Reply.unavailable(new JsonObject().with("ready", false).with("reason", String.join("; ", reasons)));
    }

    /** A model whose files cannot be used any more is ready, because the former one answers, and says so. */
    private Reply ready(ServedModel model) {
        Optional<String> unready = readiness.reason(model);
        Map<String, Object> state = new JsonObject()
                .with("name", model.name())
                .with("ready", unready.isEmpty())
                .with("engine", model.monitored().index().engine().name());
        unready.or(model::staleness).ifPresent(reason -> state.put("reason", reason));
        return unready.isEmpty() ? Reply.json(state) : Reply.unavailable(state);
    }

    /** Reads whether a list may hold only models that are ready; nothing else counts. */
    private static boolean asksForReady(String body) {
        try {
            return !body.isBlank() && Boolean.TRUE.equals(JSON.std.mapFrom(body).get("ready"));
        } catch (IOException e) {
            throw RequestException.bad(
                    "the body is no JSON object: expected one, such as {\"ready\": true}, or nothing");
        }
    }

    private CompletableFuture<Reply> infer(Request request, ServedModel model) {
        return bodies.answer(
                request,
                model,
                MemoryPaths.parameters(request),
                model::inferCost,
                asked -> Cancelling.then(
                        model.infer(asked),
                        answer -> reply(
                                ResponseWriter.write(answer, Models.VERSION, asked::isBinary, bodies.maxAnswer()))));
    }

    private static Reply reply(ResponseWriter.Body body) {
        return body.isBinary()
                ? new Reply(
                        200,
                        "application/octet-stream",
                        body.bytes(),
                        Map.of(RequestBodies.JSON_LENGTH, Long.toString(body.jsonBytes())))
                : new Reply(200, "application/json", body.bytes(), Map.of());
    }
}
