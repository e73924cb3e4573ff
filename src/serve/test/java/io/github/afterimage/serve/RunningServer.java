package io.github.afterimage.serve;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchListener;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Health;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A server of one model, {@code birds}: one key in each of two classes, of two values. */
final class RunningServer implements AutoCloseable {
    /** A request that the model answers. */
    static final String QUESTION =
            "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}]}";
    /** The path for it. */
    static final String INFER = "/v2/models/birds/infer";

    private final HttpClient client = HttpClient.newHttpClient();
    private final ServedIndex model;
    private final InferenceServer server;

    RunningServer(ServerOptions options) throws IOException {
        this(options, new BatchOptions());
    }

    RunningServer(ServerOptions options, BatchOptions batches) throws IOException {
        CacheIndex index = new CacheIndexBuilder(2, 2)
                .threads(1)
                .attributes(Map.of("theta", "1", "lambda", "1"))
                .build();
        index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
        model = new ServedIndex("birds", index, batches);
        Models models = new Models(List.of(model));
        try {
            server = new InferenceServer(models, options.port(0));
        } catch (IOException | RuntimeException e) {
            models.close();
            throw e;
        }
    }

    /** Returns the number of requests that the model has answered. */
    long answered() {
        return model.answered();
    }

    Health health() {
        return model.monitored().health();
    }

    int port() {
        return server.port();
    }

    void observe(BatchListener listener) {
        model.monitored().observe(listener);
    }

    int grpcPort() {
        return server.grpcPort().orElseThrow();
    }

    URI uri(String path) {
        return URI.create("http://localhost:" + server.port() + path);
    }

    /** @param headers names and values */
    HttpResponse<String> get(String path, String... headers) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)), headers);
    }

    HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)), headers);
    }

    private HttpResponse<String> send(HttpRequest.Builder request, String... headers) throws Exception {
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    Socket connect() throws IOException {
        return new Socket("localhost", server.port());
    }

    /** Sends bytes and returns what comes back until the server closes the connection, or its idle time has passed. */
    String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
