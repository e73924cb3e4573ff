package io.github.afterimage.serve.http;

import com.google.common.primitives.Doubles;
import io.github.afterimage.serve.models.Memory;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.models.Stages;
import io.github.afterimage.serve.protocol.Parts;
import io.github.afterimage.serve.protocol.RequestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/** The paths under {@code /v2/models/NAME} that explain answers, and that describe, list and change the keys. */
public final class MemoryHandler extends Handler.Abstract.NonBlocking {
    private static final Map<String, List<String>> METHODS = Map.of(
            "classify",
            Methods.POST_PUT,
            "explain",
            Methods.POST,
            "index",
            Methods.GET,
            "keys",
            Methods.GET_POST_DELETE,
            "save",
            Methods.POST);
    private static final String RETRY = "Idempotency-Key";
    private static final int MAX_RETRY = 255;
    private static final Pattern THUMBNAIL = Pattern.compile("keys/([^/]*)/thumbnail");
    private static final byte JPEG_BEGIN = (byte) 0xff;
    private static final byte PNG_BEGIN = (byte) 0x89;
    /** The bytes of a client of the library, which a browser must not take for a page. */
    private static final String UNKNOWN = "application/octet-stream";
    /** A key that is removed disappears from pages after a minute. */
    private static final Map<String, String> THUMBNAIL_HEADERS =
            Map.of("Cache-Control", "private, max-age=60", "X-Content-Type-Options", "nosniff");

    private final Models models;
    private final RequestBodies bodies;

    /** Serves the memory of models. */
    public MemoryHandler(Models models, RequestBodies bodies) {
        this.models = models;
        this.bodies = bodies;
    }

    private interface Work {
        Object run() throws IOException;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        List<String> path = Arrays.asList(Request.getPathInContext(request).split("/", -1));
        if (path.size() < 5
                || !path.subList(1, 3).equals(List.of("v2", "models"))
                || !METHODS.containsKey(path.get(4))) {
            return false;
        }
        Reply.send(
                () -> reply(request, path.get(3), String.join("/", path.subList(4, path.size()))),
                request,
                response,
                callback);
        return true;
    }

    private CompletableFuture<Reply> reply(Request request, String name, String path) {
        ServedModel model = models.named(name);
        Memory memory = model.memory();
        Matcher thumbnail = THUMBNAIL.matcher(path);
        if (thumbnail.matches()) {
            Methods.require(request, Methods.GET);
            return CompletableFuture.completedFuture(thumbnail(memory, thumbnail.group(1)));
        }
        List<String> methods = METHODS.get(path);
        if (methods == null) {
            throw new RequestException(
                    RequestException.NOT_FOUND,
                    "path " + path + " of model " + name + ": expected " + ProtocolHandler.PATHS);
        }
        Methods.require(request, methods);
        return switch (Methods.answering(request) + " " + path) {
            case "POST classify", "PUT classify" -> {
                Map<String, Object> parameters = parameters(request);
                yield bodies.answerPicture(
                        request,
                        picture -> model.raw(picture).parameters(parameters),
                        model::explainCost,
                        asked -> Stages.then(
                                model.explain(asked), answer -> Reply.json(ofOne(answer), bodies.maxAnswer())));
            }
            case "POST explain" ->
                bodies.answer(
                        request,
                        model,
                        model::explainCost,
                        asked -> Stages.then(model.explain(asked), answer -> Reply.json(answer, bodies.maxAnswer())));
            case "GET index" -> run(request, memory.describeBytes(), memory::describe);
            case "GET keys" -> {
                Map<String, String> parameters = query(request, Set.of("from", "limit", "label", "name"));
                yield run(request, Memory.MAX_LIST_BYTES, () -> memory.list(parameters));
            }
            case "POST keys" -> {
                String retry = retry(request);
                yield bodies.answer(
                        request,
                        model,
                        memory::addCost,
                        added -> CompletableFuture.supplyAsync(
                                () -> Reply.json(memory.add(added, retry)), bodies.decoders()));
            }
            case "DELETE keys" -> {
                if (request.getHeaders().contains(RETRY)) {
                    throw RequestException.bad(
                            RETRY + " of a DELETE: expected none, because the server remembers only the"
                                    + " keys of requests that add; to remove ids twice does no harm");
                }
                Map<String, String> parameters = query(request, Set.of("ids", "label", "name"));
                yield run(request, Memory.removeBytes(parameters), () -> memory.remove(parameters));
            }
            case "POST save" -> run(request, 0, memory::save);
            default -> throw new IllegalStateException(path); // METHODS has no other
        };
    }

    private static Reply thumbnail(Memory memory, String id) {
        if (!id.matches("[0-9]{1,18}")) {
            throw RequestException.bad("key \"" + id + "\": expected its id, a whole number, such as 17");
        }
        byte[] picture = memory.thumbnail(Long.parseLong(id))
                .orElseThrow(() -> new RequestException(
                        RequestException.NOT_FOUND, "key " + id + " has no thumbnail, or is not there"));
        String type = picture[0] == JPEG_BEGIN ? "image/jpeg" : picture[0] == PNG_BEGIN ? "image/png" : UNKNOWN;
        return new Reply(200, type, Parts.of(picture), THUMBNAIL_HEADERS);
    }

    /** Runs work that may read many keys or wait for the disk, and holds the bytes that its result takes. */
    private CompletableFuture<Reply> run(Request request, long bytes, Work work) {
        return bodies.answer(request, bytes, () -> {
            try {
                return Reply.json(work.run(), bodies.maxAnswer());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static @Nullable String retry(Request request) {
        String retry = request.getHeaders().get(RETRY);
        if (retry != null && (retry.isEmpty() || retry.length() > MAX_RETRY)) {
            throw RequestException.bad(
                    RETRY + " has " + retry.length() + " characters: expected 1 to " + MAX_RETRY + ", such as a UUID");
        }
        return retry;
    }

    /** Returns the parameters that the path of a picture has; nobody asks for neighbours by default. */
    private static Map<String, Object> parameters(Request request) {
        Map<String, Object> parameters = new LinkedHashMap<>(Map.of("neighbors", 0L));
        query(request, Set.of("classes", "neighbors", "theta", "lambda", "beta", "tolerance", "refuse", "timeout"))
                .forEach((name, value) -> parameters.put(name, value(value)));
        return parameters;
    }

    private static Object value(String text) {
        if (text.matches("true|false")) {
            return Boolean.valueOf(text);
        }
        if (text.matches("[0-9]{1,18}")) {
            return Long.valueOf(text);
        }
        Double number = Doubles.tryParse(text);
        return number == null ? text : number;
    }

    /** Returns an explanation of one row as one object, the class first. */
    private static Map<String, Object> ofOne(Map<String, Object> explanation) {
        Map<String, Object> flat = new LinkedHashMap<>();
        List<?> answers = (List<?>) Objects.requireNonNull(explanation.get("answers"));
        ((Map<?, ?>) answers.get(0)).forEach((name, value) -> flat.put(String.valueOf(name), value));
        explanation.forEach(flat::putIfAbsent);
        flat.remove("answers");
        return flat;
    }

    private static Map<String, String> query(Request request, Set<String> known) {
        Map<String, String> parameters = new LinkedHashMap<>();
        Fields fields;
        try {
            fields = Request.extractQueryParameters(request);
        } catch (RuntimeException e) {
            throw RequestException.bad(
                    "the query of the path cannot be read: expected NAME=VALUE in UTF-8, with % encoded");
        }
        for (Fields.Field field : fields) {
            if (!known.contains(field.getName()) || field.hasMultipleValues()) {
                throw RequestException.bad(
                        "query parameter " + field.getName() + ": expected some of " + known + ", each once");
            }
            if (field.getValue().isEmpty()) { // nothing is not everything
                throw RequestException.bad("query parameter " + field.getName()
                        + " is empty: expected a value; the name * stands for all names");
            }
            parameters.put(field.getName(), field.getValue());
        }
        return parameters;
    }
}
