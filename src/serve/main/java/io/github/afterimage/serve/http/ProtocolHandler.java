package io.github.afterimage.serve.http;

import io.github.afterimage.serve.models.Descriptions;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.models.Stages;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.ResponseWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The paths of the protocol under {@code /v2}. No thread waits for a client or for an answer: bodies arrive and answers leave
 * asynchronously, and requests are read and images decoded on {@code decoders}.
 */
public final class ProtocolHandler extends Handler.Abstract.NonBlocking {
    static final String PATHS =
            "classify, infer, explain, ready, config, stats, index, keys, keys/ID/thumbnail, save or statistics";

    private final Descriptions descriptions;
    private final Models models;
    private final RequestBodies bodies;

    /**
     * Serves models.
     */
    public ProtocolHandler(Descriptions descriptions, Models models, RequestBodies bodies) {
        this.descriptions = descriptions;
        this.models = models;
        this.bodies = bodies;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        List<String> path =
                Arrays.asList(Request.getPathInContext(request).substring(1).split("/", -1));
        if (!path.get(0).equals("v2")) {
            return false;
        }
        Reply.send(() -> reply(request, path.subList(1, path.size())), request, response, callback);
        return true;
    }

    private CompletableFuture<Reply> reply(Request request, List<String> path) {
        if (!path.isEmpty() && path.get(0).equals("repository")) {
            return repository(request, path.subList(1, path.size()));
        }
        boolean model =
                path.size() >= 2 && path.get(0).equals("models") && !path.get(1).equals("stats");
        List<String> rest = model ? ofVersion(path.subList(2, path.size())) : path;
        if (model && rest.equals(List.of("infer"))) {
            ServedModel asked = models.named(path.get(1));
            Methods.require(request, Methods.POST);
            return infer(request, asked);
        }
        Reply description = model ? describe(models.named(path.get(1)), rest) : describe(path);
        Methods.require(request, Methods.GET); // a path that is not there has no methods
        return CompletableFuture.completedFuture(description);
    }

    /** Returns what follows a version in a path; every model has one version. */
    private static List<String> ofVersion(List<String> path) {
        if (path.size() < 2 || !path.get(0).equals("versions")) {
            return path;
        }
        Models.requireVersion(path.get(1));
        return path.subList(2, path.size());
    }

    private Reply describe(List<String> path) {
        return switch (String.join("/", path)) {
            case "" -> Reply.json(descriptions.server());
            case "models" ->
                Reply.json(Map.of(
                        "models", models.all().stream().map(ServedModel::name).toList()));
            case "models/stats" -> Reply.json(descriptions.statistics(models.all()));
            case "health/live" -> Reply.json(Map.of("live", true));
            case "health/ready" -> {
                List<String> reasons = Stream.concat(
                                bodies.decoders().stalled().stream(),
                                models.all().stream()
                                        .flatMap(model ->
                                                model.unready().map(reason -> model.name() + ": " + reason).stream()))
                        .toList();
                yield reasons.isEmpty()
                        ? Reply.json(Map.of("ready", true))
                        : Reply.unavailable(
                                new JsonObject().with("ready", false).with("reason", String.join("; ", reasons)));
            }
            default ->
                throw new RequestException(
                        RequestException.NOT_FOUND,
                        "path /v2/" + String.join("/", path) + ": expected a path of the protocol");
        };
    }

    private Reply describe(ServedModel model, List<String> path) {
        return switch (String.join("/", path)) {
            case "" -> Reply.json(descriptions.model(model));
            case "config" -> Reply.json(descriptions.configuration(model));
            case "stats" -> Reply.json(descriptions.statistics(List.of(model)));
            case "ready" -> ready(model);
            default ->
                throw new RequestException(
                        RequestException.NOT_FOUND,
                        "path " + String.join("/", path) + " of model " + model.name() + ": expected " + PATHS);
        };
    }

    /** A model whose files cannot be used any more is ready, because the former one answers, and says so. */
    private static Reply ready(ServedModel model) {
        Map<String, Object> state = new JsonObject()
                .with("name", model.name())
                .with("ready", model.unready().isEmpty())
                .with("engine", model.monitored().index().engine().name());
        model.unready().or(model::staleness).ifPresent(reason -> state.put("reason", reason));
        return model.unready().isEmpty() ? Reply.json(state) : Reply.unavailable(state);
    }

    /** Lists the models; its body may ask for those that are ready only, and nothing else counts. */
    private CompletableFuture<Reply> repository(Request request, List<String> path) {
        if (path.equals(List.of("index"))) {
            Methods.require(request, Methods.POST);
            return bodies.text(request)
                    .thenApply(text ->
                            Reply.json(descriptions.repository(text.matches("(?s).*\"ready\"\\s*:\\s*true.*"))));
        }
        if (path.size() == 3 && path.get(0).equals("models") && path.get(2).matches("load|unload")) {
            Methods.require(request, Methods.POST);
            throw Descriptions.fixedRepository(path.get(1));
        }
        throw new RequestException(
                RequestException.NOT_FOUND, "path " + String.join("/", path) + " of the repository: expected index");
    }

    private CompletableFuture<Reply> infer(Request request, ServedModel model) {
        return bodies.answer(
                request,
                model,
                model::inferCost,
                asked -> Stages.then(
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
