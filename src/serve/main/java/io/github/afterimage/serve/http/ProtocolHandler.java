package io.github.afterimage.serve.http;

import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.ResponseWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
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
    static final String PATHS = "classify, infer, explain, ready, index, keys, keys/ID/thumbnail, save or statistics";

    private final String version;
    private final Models models;
    private final RequestBodies bodies;

    /**
     * Serves models.
     *
     * @param version of the server, for its metadata
     */
    public ProtocolHandler(String version, Models models, RequestBodies bodies) {
        this.version = version;
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
        boolean model = path.size() >= 2 && path.get(0).equals("models");
        List<String> rest = model ? ofVersion(path.subList(2, path.size())) : path;
        if (model && rest.equals(List.of("infer"))) {
            Methods.require(request, Methods.POST);
            return infer(request, models.named(path.get(1)));
        }
        Methods.require(request, Methods.GET);
        return CompletableFuture.completedFuture(model ? describe(models.named(path.get(1)), rest) : describe(path));
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
            case "" ->
                Reply.json(ordered(
                        "name",
                        "afterimage",
                        "version",
                        version,
                        "extensions",
                        List.of("binary_tensor_data", "classification")));
            case "models" ->
                Reply.json(Map.of(
                        "models", models.all().stream().map(ServedModel::name).toList()));
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
                        : Reply.unavailable(ordered("ready", false, "reason", String.join("; ", reasons)));
            }
            default ->
                throw new RequestException(
                        RequestException.NOT_FOUND,
                        "path /v2/" + String.join("/", path) + ": expected a path of the protocol");
        };
    }

    private static Reply describe(ServedModel model, List<String> path) {
        return switch (String.join("/", path)) {
            case "" ->
                Reply.json(ordered(
                        "name",
                        model.name(),
                        "versions",
                        List.of(Models.VERSION),
                        "platform",
                        "afterimage",
                        "inputs",
                        descriptions(model.inputs()),
                        "outputs",
                        descriptions(model.outputs())));
            case "ready" -> ready(model);
            default ->
                throw new RequestException(
                        RequestException.NOT_FOUND,
                        "path " + String.join("/", path) + " of model " + model.name() + ": expected " + PATHS);
        };
    }

    /** A model whose files cannot be used any more is ready, because the former one answers, and says so. */
    private static Reply ready(ServedModel model) {
        Map<Object, Object> state =
                ordered("name", model.name(), "ready", model.unready().isEmpty());
        model.unready().or(model::staleness).ifPresent(reason -> state.put("reason", reason));
        return model.unready().isEmpty() ? Reply.json(state) : Reply.unavailable(state);
    }

    private static List<Map<Object, Object>> descriptions(List<ServedModel.Description> tensors) {
        return tensors.stream()
                .map(each ->
                        ordered("name", each.name(), "datatype", each.type().name(), "shape", each.shape()))
                .toList();
    }

    private static Map<Object, Object> ordered(Object... namesAndValues) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }

    private CompletableFuture<Reply> infer(Request request, ServedModel model) {
        return bodies.answer(request, model, model::inferCost, asked -> model.infer(asked)
                .thenApply(answer ->
                        reply(ResponseWriter.write(answer, Models.VERSION, asked::isBinary, bodies.maxAnswer()))));
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
