package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.Parts;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Serves the description of all paths, an OpenAPI document, at {@code /openapi.json}. */
public final class OpenApiHandler extends Handler.Abstract.NonBlocking {
    private static final String PATH = "/openapi.json";

    private final Reply document = new Reply(200, "application/json", Parts.of(read()), Map.of());

    private static byte[] read() {
        try (InputStream in = OpenApiHandler.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new IllegalStateException("the file openapi.json is missing: build the jar again");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e); // it is in the jar
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        if (!Request.getPathInContext(request).equals(PATH)) {
            return false;
        }
        Reply.send(
                () -> {
                    Methods.require(request, Methods.GET);
                    return CompletableFuture.completedFuture(document);
                },
                request,
                response,
                callback);
        return true;
    }
}
