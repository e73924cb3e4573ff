package io.github.afterimage.serve;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

/** A server on a free port, and a client of it. */
final class TestServer implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();
    final InferenceServer server;

    TestServer(ServedModel... models) throws IOException {
        server = new InferenceServer(new Models(List.of(models)), new ServerOptions().port(0));
    }

    /** @param headers names and values in turn */
    HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        return client.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Returns the JSON of an answer that has succeeded. */
    Map<String, Object> json(String method, String path, String body, String... headers) throws Exception {
        HttpResponse<String> answer = send(method, path, body.replace('\'', '"'), headers);
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
        return JSON.std.mapFrom(answer.body());
    }

    @Override
    public void close() {
        server.close();
    }
}
