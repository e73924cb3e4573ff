package io.github.afterimage.serve.http;

import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestReader;
import io.github.afterimage.serve.protocol.ResponseWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;

/**
 * The paths of the protocol under {@code /v2}. No thread waits for a client or for an answer: bodies arrive and answers leave
 * asynchronously, and requests are read and images decoded on {@code decoders}.
 */
public final class ProtocolHandler extends Handler.Abstract.NonBlocking {
    private static final String JSON_LENGTH = "Inference-Header-Content-Length";
    private static final int METHOD_NOT_ALLOWED = 405;

    private final String version;
    private final Models models;
    private final Executor decoders;
    private final int maxBody;

    /**
     * Serves models.
     *
     * @param version of the server, for its metadata
     * @param maxBody maximum bytes of a request
     */
    public ProtocolHandler(String version, Models models, Executor decoders, int maxBody) {
        this.version = version;
        this.models = models;
        this.decoders = decoders;
        this.maxBody = maxBody;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        List<String> path =
                Arrays.asList(Request.getPathInContext(request).substring(1).split("/", -1));
        if (!path.get(0).equals("v2")) {
            return false;
        }
        CompletableFuture<Void> unused = reply(request, path.subList(1, path.size()))
                .exceptionally(Reply::problem)
                .thenAccept(reply -> reply.send(response, callback));
        return true;
    }

    private CompletableFuture<Reply> reply(Request request, List<String> path) {
        try {
            boolean model = path.size() >= 2 && path.get(0).equals("models");
            List<String> rest = model ? withoutVersion(path.subList(2, path.size())) : path;
            if (model && rest.equals(List.of("infer"))) {
                requireMethod(request, "POST");
                return infer(request, models.named(path.get(1)));
            }
            requireMethod(request, "GET");
            Object found = model ? describe(models.named(path.get(1)), rest) : describe(path);
            return CompletableFuture.completedFuture(Reply.json(found));
        } catch (RequestException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static List<String> withoutVersion(List<String> path) {
        return path.size() >= 2 && path.get(0).equals("versions") ? path.subList(2, path.size()) : path;
    }

    private static void requireMethod(Request request, String method) {
        if (!request.getMethod().equals(method)) {
            throw new RequestException(
                    METHOD_NOT_ALLOWED, "method " + request.getMethod() + " on this path: expected " + method);
        }
    }

    private Object describe(List<String> path) {
        return switch (String.join("/", path)) {
            case "" ->
                ordered(
                        "name",
                        "afterimage",
                        "version",
                        version,
                        "extensions",
                        List.of("binary_tensor_data", "classification"));
            case "health/live" -> Map.of("live", true);
            case "health/ready" -> Map.of("ready", true);
            default ->
                throw new RequestException(
                        RequestException.NOT_FOUND,
                        "path /v2/" + String.join("/", path) + ": expected a path of the protocol");
        };
    }

    private static Object describe(ServedModel model, List<String> path) {
        return switch (String.join("/", path)) {
            case "" ->
                ordered(
                        "name",
                        model.name(),
                        "versions",
                        List.of("1"),
                        "platform",
                        "afterimage",
                        "inputs",
                        descriptions(model.inputs()),
                        "outputs",
                        descriptions(model.outputs()));
            case "ready" -> ordered("name", model.name(), "ready", true);
            default ->
                throw new RequestException(
                        RequestException.NOT_FOUND,
                        "path " + String.join("/", path) + " of model " + model.name() + ": expected infer or ready");
        };
    }

    private static List<Object> descriptions(List<ServedModel.Description> tensors) {
        return tensors.stream()
                .map(each ->
                        ordered("name", each.name(), "datatype", each.type().name(), "shape", each.shape()))
                .toList();
    }

    private static Object ordered(Object... namesAndValues) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }

    private CompletableFuture<Reply> infer(Request request, ServedModel model) {
        String jsonLength = request.getHeaders().get(JSON_LENGTH);
        if (jsonLength != null && !jsonLength.matches("[0-9]{1,9}")) {
            throw RequestException.bad(JSON_LENGTH + " " + jsonLength + ": expected the length of the JSON in bytes");
        }
        return body(request).thenCompose(body -> {
            int length = jsonLength == null ? body.length : Integer.parseInt(jsonLength);
            InferenceRequest asked = RequestReader.read(body, length);
            Set<String> binary = asked.outputs().stream()
                    .filter(InferenceRequest.Output::binary)
                    .map(InferenceRequest.Output::name)
                    .collect(Collectors.toSet());
            return model.infer(asked).thenApply(answer -> reply(ResponseWriter.write(answer, binary)));
        });
    }

    /** Reads the body of a request; drops one that is too long, so that the client reads the answer. */
    private CompletableFuture<byte[]> body(Request request) {
        if (request.getLength() > maxBody) {
            Callback.Completable dropped = new Callback.Completable();
            Content.Source.consumeAll(request, dropped);
            return dropped.handle((done, failure) -> {
                throw tooLong(request.getLength() + " bytes");
            });
        }
        // Jetty fails the request after it has completed this future, so the answer leaves on another thread.
        CompletableFuture<byte[]> arrived = new CompletableFuture<>();
        Content.Source.asByteArrayAsync(request, maxBody, Promise.Invocable.toPromise(arrived));
        return arrived.handleAsync(
                (body, failure) -> {
                    if (failure == null) {
                        return body;
                    }
                    Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                            ? failure.getCause()
                            : failure;
                    throw cause instanceof IllegalStateException
                            ? tooLong("more bytes")
                            : RequestException.bad("the body of the request did not arrive: " + cause.getMessage());
                },
                decoders);
    }

    private RequestException tooLong(String found) {
        return new RequestException(
                RequestException.TOO_LARGE,
                "the request has " + found + ": expected at most " + maxBody + "; send fewer images at once");
    }

    private static Reply reply(ResponseWriter.Body body) {
        return body.isBinary()
                ? new Reply(
                        200,
                        "application/octet-stream",
                        body.bytes(),
                        Map.of(JSON_LENGTH, Integer.toString(body.jsonBytes())))
                : new Reply(200, "application/json", body.bytes(), Map.of());
    }
}
