package io.github.afterimage.serve.http;

import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serve.protocol.RequestException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The paths of a server, and what answers their methods. HEAD is answered as GET is, and Jetty leaves the body out. No thread waits
 * for a client or for an answer. A path with a slash at its end is answered as without.
 */
public final class Paths extends Handler.Abstract {
    /** The path of a model, which may name its version too. */
    static final String MODEL = "/v2/models/{model}";

    static final String GET = "GET";
    static final String POST = "POST";
    static final String PUT = "PUT";
    static final String DELETE = "DELETE";

    private static final String VERSION = "/versions/{version}";
    /** Stands for what clients may choose, in metrics. */
    static final String OTHER = "other";

    /** Answers a request. */
    interface Answer {
        /** @param names what the path names, such as {@code model} */
        CompletableFuture<Reply> of(Request request, Map<String, String> names);
    }

    /** Answers a request for a model. */
    interface ModelAnswer {
        CompletableFuture<Reply> of(Request request, ServedModel model);
    }

    /** A node of the tree of paths, which has an edge for each segment. */
    private static final class Node {
        private final Map<String, Node> edges = new HashMap<>();
        private final Map<String, Answer> methods = new LinkedHashMap<>();
        private String path = OTHER;
        private @Nullable Node any; // behind a segment that requests name
        private String name = ""; // of that segment
    }

    /** A node that a request has reached, and what its path names. */
    private record Match(Node node, Map<String, String> names) {}

    private final Node root = new Node();
    private final Function<String, ServedModel> models;

    /** @param models returns the model of a name, or throws */
    public Paths(Function<String, ServedModel> models) {
        // Another thread looks after the connections meanwhile; a client of HTTP/2 may always have a next request.
        super(InvocationType.BLOCKING);
        this.models = models;
    }

    /** Adds a method of a path, in which {@code {NAME}} stands for what requests name. */
    void add(String method, String path, Answer answer) {
        add(method, path, path, answer);
        if (path.startsWith(MODEL)) {
            add(method, MODEL + VERSION + path.substring(MODEL.length()), path, answer);
        }
    }

    private void add(String method, String template, String path, Answer answer) {
        Node node = root;
        for (String segment : template.split("/", -1)) {
            if (segment.startsWith("{")) {
                node.name = segment.substring(1, segment.length() - 1);
                node.any = node.any == null ? new Node() : node.any;
                node = node.any;
            } else {
                node = node.edges.computeIfAbsent(segment, unknown -> new Node());
            }
        }
        node.path = path;
        node.methods.put(method, answer);
    }

    /** Follows a path, segment by segment: regular expressions for all paths would take longer than a small index. */
    private @Nullable Match find(String path) {
        Map<String, String> names = new HashMap<>();
        Node node = root;
        for (String segment : path.split("/", -1)) {
            Node next = node.edges.get(segment);
            if (next == null && node.any != null && !segment.isEmpty()) {
                names.put(node.name, segment);
                next = node.any;
            }
            if (next == null) {
                return null;
            }
            node = next;
        }
        return node.methods.isEmpty() ? null : new Match(node, names);
    }

    /** Adds a method of a path below that of a model. */
    void addOfModel(String method, String rest, ModelAnswer answer) {
        add(method, MODEL + rest, (request, names) -> answer.of(request, model(names)));
    }

    /** Returns the model that a path names. */
    ServedModel model(Map<String, String> names) {
        return models.apply(Objects.requireNonNull(names.get("model")));
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Reply.send(() -> answer(request), request, response, callback);
        return true;
    }

    private CompletableFuture<Reply> answer(Request request) {
        String path = of(request);
        Match match = find(path);
        if (match == null) {
            throw new RequestException(
                    RequestException.NOT_FOUND, "path " + path + ": expected one of those that /v2/docs describes");
        }
        Map<String, String> names = match.names;
        if (names.containsKey("model")) { // one that is not there has no methods
            ServedModel unused = model(names);
            Models.requireVersion(names.getOrDefault("version", Models.VERSION));
        }
        Map<String, Answer> methods = match.node.methods;
        Answer answer = methods.get(HttpMethod.HEAD.is(request.getMethod()) ? GET : request.getMethod());
        if (answer == null) {
            List<String> allowed = methods.keySet().stream()
                    .flatMap(each -> each.equals(GET) ? Stream.of(GET, "HEAD") : Stream.of(each))
                    .toList();
            return CompletableFuture.completedFuture(Reply.notAllowed(request, allowed));
        }
        return answer.of(request, names);
    }

    /** Returns the path of a request without the slash that some clients add at its end. */
    static String of(Request request) {
        String path = Request.getPathInContext(request);
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    /** Returns the name of a request's path in metrics: one of a fixed number, whatever clients send. */
    String name(Request request) {
        Match match = find(of(request));
        return match == null ? OTHER : match.node.path;
    }
}
