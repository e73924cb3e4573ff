package io.github.afterimage.serve.http;

import com.google.common.primitives.Doubles;
import io.github.afterimage.serve.models.Cancelling;
import io.github.afterimage.serve.models.KeyCatalog;
import io.github.afterimage.serve.models.ServedKeys;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.Parts;
import io.github.afterimage.serve.protocol.RequestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/** The paths under {@code /v2/models/NAME} that explain answers, and that describe, list and change the keys. */
public record MemoryPaths(RequestBodies bodies) {
    private static final String RETRY = "Idempotency-Key";
    private static final int MAX_RETRY = 255;
    private static final byte JPEG_BEGIN = (byte) 0xff;
    private static final byte PNG_BEGIN = (byte) 0x89;
    /** The bytes of a client of the library, which a browser must not take for a page. */
    private static final String UNKNOWN = "application/octet-stream";
    /** A key that is removed disappears from pages after a minute. */
    private static final Map<String, String> THUMBNAIL_HEADERS =
            Map.of("Cache-Control", "private, max-age=60", "X-Content-Type-Options", "nosniff");

    private interface Work {
        Object run() throws IOException;
    }

    /** Adds the paths. */
    public void add(Paths paths) {
        paths.addOfModel(Paths.POST, "/classify", this::classify);
        paths.addOfModel(Paths.PUT, "/classify", this::classify);
        paths.addOfModel(Paths.POST, "/explain", this::explain);
        paths.addOfModel(Paths.GET, "/index", (request, model) -> {
            KeyCatalog described = model.catalog();
            return run(request, described.describeBytes(), described::describe);
        });
        paths.addOfModel(Paths.GET, "/keys", (request, model) -> {
            Map<String, String> parameters = query(request, Set.of("from", "limit", "label", "name"));
            return run(request, KeyCatalog.MAX_LIST_BYTES, () -> model.catalog().list(parameters));
        });
        paths.addOfModel(Paths.POST, "/keys", this::addKeys);
        paths.addOfModel(Paths.DELETE, "/keys", this::removeKeys);
        paths.addOfModel(Paths.POST, "/save", (request, model) -> {
            query(request, Set.of());
            return run(request, 0, model.keys()::save);
        });
        paths.add(
                Paths.GET,
                Paths.MODEL + "/keys/{id}/thumbnail",
                (request, names) -> CompletableFuture.completedFuture(
                        thumbnail(paths.model(names).catalog(), String.valueOf(names.get("id")))));
    }

    private CompletableFuture<Reply> classify(Request request, ServedModel model) {
        Map<String, Object> parameters =
                new LinkedHashMap<>(Map.of("neighbors", 0L)); // nobody asks for them by default
        parameters.putAll(parameters(request));
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        return bodies.answer(
                request,
                body -> one(model.raw(Picture.in(body, type))).with(parameters),
                0,
                model::explainCost,
                asked ->
                        Cancelling.then(model.explain(asked), answer -> Reply.json(ofOne(answer), bodies.maxAnswer())));
    }

    private static InferenceRequest one(InferenceRequest asked) {
        int rows = asked.inputs().get(0).batch();
        if (rows != 1) {
            throw RequestException.bad("the body holds " + rows + " rows: expected one; send more of them to explain");
        }
        return asked;
    }

    private CompletableFuture<Reply> explain(Request request, ServedModel model) {
        return bodies.answer(
                request,
                model,
                parameters(request),
                model::explainCost,
                asked -> Cancelling.then(model.explain(asked), answer -> Reply.json(answer, bodies.maxAnswer())));
    }

    private CompletableFuture<Reply> addKeys(Request request, ServedModel model) {
        String retry = retry(request);
        query(request, Set.of());
        return bodies.answer(
                request,
                model,
                Map.of(),
                model.keys()::addCost,
                added -> CompletableFuture.supplyAsync(
                        () -> Reply.json(model.keys().add(added, retry)), bodies.decoders()));
    }

    private CompletableFuture<Reply> removeKeys(Request request, ServedModel model) {
        if (request.getHeaders().contains(RETRY)) {
            throw RequestException.bad(RETRY + " of a DELETE: expected none, because the server remembers only the"
                    + " keys of requests that add; to remove ids twice does no harm");
        }
        Map<String, String> parameters = query(request, Set.of("ids", "label", "name", "forget"));
        return run(
                request, ServedKeys.removeBytes(parameters), () -> model.keys().remove(parameters));
    }

    private static Reply thumbnail(KeyCatalog catalog, String id) {
        if (!id.matches("[0-9]{1,18}")) {
            throw RequestException.bad("key \"" + id + "\": expected its id, a whole number, such as 17");
        }
        byte[] picture = catalog.thumbnail(Long.parseLong(id))
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

    /** Returns the parameters of a question that its path has. */
    static Map<String, Object> parameters(Request request) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        query(request, Set.of("classes", "neighbors", "refuse", "coverage", "timeout"))
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

    /** @throws RequestException if the query has other parameters, or one twice or without a value */
    static Map<String, String> query(Request request, Set<String> known) {
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
                throw RequestException.bad("query parameter " + field.getName() + ": expected "
                        + (known.isEmpty() ? "none" : "some of " + new TreeSet<>(known) + ", each once"));
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
