package io.github.afterimage.serve.http;

import io.github.afterimage.platform.ContentDigest;
import io.github.afterimage.serve.protocol.Parts;
import io.github.afterimage.serve.protocol.RequestException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Serves files of the program, from memory: the page at {@code /}, its files at {@code /page/NAME}, and the OpenAPI document of all
 * paths, which {@code /v2/docs} shows to people. The page may load nothing from elsewhere, and no other page may frame it.
 */
public final class PageFiles {
    private static final Map<String, String> PLACES = Map.of(
            "/", "page/index.html",
            "/v2/docs", "page/docs.html",
            "/openapi.json", "http/openapi.json",
            "/v2/docs/dataplane.json", "http/openapi.json"); // where other servers of the protocol have it
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "json", "application/json",
            "svg", "image/svg+xml");
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:;"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "no-referrer",
            "Cache-Control",
            "no-cache"); // a newer server shows its newer page

    /** Digits of a file's hash that tell its versions apart. */
    private static final int TAG = 16;

    private record File(String type, byte[] bytes, String tag) {}

    private final Map<String, File> byPath = new ConcurrentHashMap<>();

    private PageFiles() {}

    /** Reads the file of a path; null if there is none. */
    private static @Nullable File read(String path) {
        String name = PLACES.getOrDefault(path, path.substring(1));
        String type = TYPES.get(name.substring(name.indexOf('.') + 1));
        if (type == null || !name.matches("(page|http)/[a-z]+[.][a-z]+")) {
            return null;
        }
        try (InputStream in = PageFiles.class.getResourceAsStream("/io/github/afterimage/serve/" + name)) {
            if (in == null) {
                return null;
            }
            byte[] bytes = in.readAllBytes();
            String digest = ContentDigest.sha256(out -> out.write(bytes));
            return new File(type, bytes, '"' + digest.substring(0, TAG) + '"');
        } catch (IOException e) {
            throw new IllegalStateException(e); // the jar is damaged
        }
    }

    /** Adds the paths. */
    public static void add(Paths paths) {
        PageFiles files = new PageFiles();
        Stream.concat(PLACES.keySet().stream(), Stream.of("/page/{file}"))
                .forEach(path -> paths.add(
                        Paths.GET, path, (request, names) -> CompletableFuture.completedFuture(files.reply(request))));
    }

    private Reply reply(Request request) {
        String path = Paths.of(request);
        File known = byPath.get(path);
        File file = known == null ? read(path) : known;
        if (file == null) {
            throw new RequestException(RequestException.NOT_FOUND, "path " + path + ": the page has no such file");
        }
        byPath.put(path, file);
        if (!path.equals(Request.getPathInContext(request))) { // its links would lead elsewhere
            String location = "../" + path.substring(path.lastIndexOf('/') + 1);
            return new Reply(
                    HttpStatus.PERMANENT_REDIRECT_308,
                    file.type(),
                    Parts.of(new byte[0]),
                    Map.of("Location", location));
        }
        Map<String, String> headers = new HashMap<>(HEADERS);
        headers.put("ETag", file.tag());
        return request.getHeaders().getCSV(HttpHeader.IF_NONE_MATCH, true).contains(file.tag())
                ? new Reply(HttpStatus.NOT_MODIFIED_304, file.type(), Parts.of(new byte[0]), headers)
                : new Reply(HttpStatus.OK_200, file.type(), Parts.of(file.bytes()), headers);
    }
}
