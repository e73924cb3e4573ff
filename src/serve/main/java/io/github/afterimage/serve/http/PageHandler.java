package io.github.afterimage.serve.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Serves files of a fixed list, from memory: the page at {@code /}, its files at {@code /page/NAME}, and the OpenAPI document of all
 * paths. The page may load nothing from elsewhere, and no other page may frame it.
 */
public final class PageHandler extends Handler.Abstract.NonBlocking {
    private static final List<String> FILES = List.of(
            "index.html",
            "docs.html",
            "docs.js",
            "page.css",
            "icon.svg",
            "scheme.js",
            "main.js",
            "api.js",
            "bars.js",
            "figures.js",
            "hand.js",
            "neighbors.js",
            "picture.js",
            "settings.js",
            "sketches.js",
            "teach.js",
            "text.js",
            "token.js");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "json", "application/json",
            "svg", "image/svg+xml");
    private static final HttpFields HEADERS = HttpFields.build()
            .put(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:;"
                            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
            .put("X-Content-Type-Options", "nosniff")
            .put("Referrer-Policy", "no-referrer")
            .put(HttpHeader.CACHE_CONTROL, "no-cache") // a newer server shows its newer page
            .asImmutable();

    private record File(String type, byte[] bytes, String tag) {}

    private final Map<String, File> byPath = new HashMap<>();

    /** Reads the files. */
    public PageHandler() {
        for (String name : FILES) {
            byPath.put("/page/" + name, read("page/" + name));
        }
        byPath.put("/", read("page/index.html"));
        byPath.put("/openapi.json", read("http/openapi.json"));
    }

    private static File read(String name) {
        try (InputStream in = PageHandler.class.getResourceAsStream("/io/github/afterimage/serve/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the file " + name + " is missing: build the jar again");
            }
            byte[] bytes = in.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            String tag = '"' + HexFormat.of().formatHex(digest, 0, 8) + '"';
            return new File(TYPES.getOrDefault(name.substring(name.indexOf('.') + 1), ""), bytes, tag);
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has SHA-256
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        File file = byPath.get(Request.getPathInContext(request));
        if (file == null) {
            return false;
        }
        if (!Methods.GET.contains(request.getMethod())) {
            Reply.problem(new Methods.NotAllowedException(request, Methods.GET)).send(request, response, callback);
            return true;
        }
        HEADERS.forEach(field -> response.getHeaders().put(field));
        response.getHeaders().put(HttpHeader.ETAG, file.tag());
        if (request.getHeaders().getCSV(HttpHeader.IF_NONE_MATCH, true).contains(file.tag())) {
            response.setStatus(HttpStatus.NOT_MODIFIED_304);
            callback.succeeded();
            return true;
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, file.type());
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, file.bytes().length);
        response.write(true, ByteBuffer.wrap(file.bytes()), callback);
        return true;
    }
}
