package io.github.afterimage.cli.index;

import static io.github.afterimage.experiments.command.Failure.refuse;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.Copies;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.serve.protocol.RawValues;
import io.github.afterimage.serve.protocol.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a model on a server, which adds and removes them. A request is sent again while the server is busy or cannot be
 * reached; the server makes its change once.
 */
public final class ServedKeys {
    private static final String EXPECTED =
            "expected the address of a model, such as http://127.0.0.1:8080/v2/models/cifar10";
    private static final int ATTEMPTS = 5;
    /** Images of a request: as many as a server answers together. */
    private static final int BATCH = 64;
    /** The least cosine of a row and its key, which may be rounded to i8. */
    private static final double COPY = 0.99;
    /** Bytes of images after which a request is sent; a server takes 64 MiB by default. */
    private static final int MAX_BYTES = 16 << 20;

    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int SERVER_ERROR = 500;
    private static final int UNAVAILABLE = 503;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final String model;
    private final Optional<String> token;
    private final Map<String, Object> parameters;
    private final Duration pause;
    private @Nullable String duplicates; // null until some were looked for

    /**
     * Names a model on a server.
     *
     * @param model such as {@code http://127.0.0.1:8080/v2/models/cifar10}
     * @param parameters of the requests that add keys
     * @param pause time between two attempts
     */
    ServedKeys(URI model, Optional<String> token, Map<String, Object> parameters, Duration pause) {
        this.model = address(model);
        this.token = token;
        this.parameters = parameters;
        this.pause = pause;
    }

    private static String address(URI model) {
        String path = String.valueOf(model.getPath()).replaceFirst("/$", "");
        refuse(
                !path.matches(".*/v2/models/[^/]+"),
                "--server " + model + ": " + EXPECTED + "; serve prints it at its start");
        return model.toString().replaceFirst("/$", "");
    }

    /** @param first the number of the first of the rows among all examples */
    private void add(Tensor rows, int first, IntFunction<String> label, IntFunction<String> name) throws IOException {
        int end = first + rows.batch();
        List<String> labels = IntStream.range(first, end).mapToObj(label).toList();
        List<String> names = IntStream.range(first, end).mapToObj(name).toList();
        if (duplicates == null) {
            duplicates = duplicates(rows, labels, names);
        }
        post(
                "/keys",
                List.of(rows, strings("label", labels), strings("name", names)),
                parameters,
                "Idempotency-Key",
                UUID.randomUUID().toString());
    }

    /** Says how many rows are keys already, with the same name and class; empty if none are. */
    private String duplicates(Tensor rows, List<String> labels, List<String> names) throws IOException {
        List<?> answers;
        try {
            Map<String, Object> asked = Map.of("neighbors", 1, "classes", 1, "refuse", false);
            answers =
                    elements(post("/explain", List.of(rows), asked), "answers").toList();
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            return ""; // the index may have no keys; what is wrong with the rows or the server is said when they are
            // added
        }
        List<Copies.Pair> copies = new ArrayList<>();
        for (int row = 0; row < names.size(); row++) {
            String name = names.get(row);
            String label = labels.get(row);
            elements((Map<?, ?>) answers.get(row), "neighbors")
                    .map(each -> (Map<?, ?>) each)
                    .filter(key -> name.equals(key.get("name")))
                    .filter(key -> label.equals(key.get("class")) || label.equals(String.valueOf(key.get("label"))))
                    .filter(key -> key.get("score") instanceof Number score && score.doubleValue() > COPY)
                    .forEach(key -> copies.add(new Copies.Pair(name, name)));
        }
        return copies.isEmpty()
                ? ""
                : copies.size() + " of the first " + names.size() + " examples were keys already, with the same name"
                        + " and label, and now count twice (" + Copies.listed(copies) + ")";
    }

    /** Warns of those of the examples that were sent first that were keys before. */
    void warnOfDuplicates(String data, Report report) {
        if (duplicates != null && !duplicates.isEmpty()) {
            report.warning(data + ": " + duplicates);
        }
    }

    /** Returns the elements of a list in an answer; none if there is none. */
    static Stream<?> elements(Map<?, ?> object, String name) {
        return object.get(name) instanceof List<?> list ? list.stream() : Stream.of();
    }

    private Map<String, Object> post(
            String path, List<Tensor> tensors, Map<String, Object> parameters, String... headers) throws IOException {
        List<Map<String, Object>> inputs = new ArrayList<>();
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        for (Tensor input : tensors) {
            byte[] bytes = RawValues.write(input);
            values.writeBytes(bytes);
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", input.name());
            json.put("datatype", input.type().name());
            json.put("shape", input.shape());
            json.put("parameters", Map.of("binary_data_size", bytes.length));
            inputs.add(json);
        }
        byte[] head = JSON.std
                .asString(Map.of("inputs", inputs, "parameters", parameters))
                .getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(head);
        values.writeTo(body);
        List<String> all = new ArrayList<>(List.of("Inference-Header-Content-Length", Integer.toString(head.length)));
        all.addAll(List.of(headers));
        return send("POST", path, body.toByteArray(), all.toArray(String[]::new));
    }

    private static Tensor strings(String name, List<String> values) {
        List<byte[]> elements = values.stream()
                .map(value -> value.getBytes(StandardCharsets.UTF_8))
                .toList();
        return Tensor.ofBytes(name, List.of(values.size()), elements);
    }

    /**
     * Removes keys.
     *
     * @param kind {@code ids}, {@code label} or {@code name}
     * @param forget whether the server rewrites its files without them
     * @return the answer, with the number of keys {@code removed}, and a {@code receipt} of what was forgotten
     */
    public Map<String, Object> remove(String kind, String value, boolean forget) throws IOException {
        return send(
                "DELETE",
                "/keys?" + kind + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)
                        + (forget ? "&forget=true" : ""),
                new byte[0]);
    }

    /** Saves the index on the server. */
    public void save() throws IOException {
        send("POST", "/save", new byte[0]);
    }

    /** Returns the description of the index on the server. */
    public Map<String, Object> describe() throws IOException {
        return send("GET", "/index", new byte[0]);
    }

    private Map<String, Object> send(String method, String path, byte[] body, String... headers) throws IOException {
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(URI.create(model + path))
                    .timeout(TIMEOUT)
                    .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--server " + model + ": " + e.getMessage() + "; " + EXPECTED, e);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        token.ifPresent(value -> request.header("Authorization", "Bearer " + value));
        for (int attempt = 1; ; attempt++) {
            try {
                Thread.sleep(attempt == 1 ? 0 : pause.toMillis());
                HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
                if (answer.statusCode() != UNAVAILABLE || attempt == ATTEMPTS) {
                    return json(answer);
                }
            } catch (ConnectException | HttpTimeoutException e) {
                if (attempt == ATTEMPTS) {
                    throw new IOException(model + " does not answer: start the server, or correct --server", e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (InterruptedIOException)
                        new InterruptedIOException("interrupted while the server was asked").initCause(e);
            }
        }
    }

    private Map<String, Object> json(HttpResponse<byte[]> answer) throws IOException {
        Map<String, Object> json;
        try {
            json = JSON.std.mapFrom(answer.body());
        } catch (IOException e) {
            throw new IOException(
                    model + " answers with status " + answer.statusCode() + " and no JSON: " + EXPECTED, e);
        }
        if (answer.statusCode() == OK) {
            return json;
        }
        String detail = String.valueOf(json.getOrDefault("error", "status " + answer.statusCode()))
                .replace("the parameter \"new_class\": true", "add --new-classes")
                .replace("send the parameter \"replace\": true", "use add --replace")
                .replace("GET " + URI.create(model).getPath(), model);
        refuse(answer.statusCode() >= BAD_REQUEST && answer.statusCode() < SERVER_ERROR, model + ": " + detail);
        throw new IOException(model + ": " + detail);
    }

    /**
     * Sends the examples to a server, which adds them as keys.
     *
     * @return number of keys added
     */
    long add(DataOptions data, Progress progress) throws IOException {
        String option = data.imageOption();
        refuse(option != null, option + " with --server: leave it out, because the server has the network");
        if (data.areFeatures()) {
            try (FeatureSet features = FeatureSet.open(data.specification())) {
                return add(features, progress);
            }
        }
        return add(ImageSets.open(data.specification()), progress);
    }

    private long add(ImageSet images, Progress progress) throws IOException {
        List<byte[]> files = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < images.size(); i++) {
            byte[] file = images.image(i).encoded();
            files.add(file);
            bytes += file.length;
            if (files.size() == BATCH || bytes >= MAX_BYTES || i == images.size() - 1) {
                Tensor rows = Tensor.ofBytes("image", List.of(files.size()), files);
                add(rows, i + 1 - files.size(), row -> label(images, row), images::imageName);
                files.clear();
                bytes = 0;
                progress.report(i + 1, images.size());
            }
        }
        return images.size();
    }

    private static String label(ImageSet images, int row) {
        return images.hasClassNames()
                ? images.classNames().get(images.label(row))
                : Integer.toString(images.label(row));
    }

    private long add(FeatureSet features, Progress progress) throws IOException {
        int[] known = features.labels();
        int batch = Math.max(1, Math.min(BATCH, MAX_BYTES / Float.BYTES / features.dim()));
        for (int first = 0; first < features.size(); first += batch) {
            int count = Math.min(batch, features.size() - first);
            FloatBuffer rows = FloatBuffer.allocate(count * features.dim());
            features.read(first, count, rows);
            Tensor tensor = Tensor.ofFloats("features", List.of(count, features.dim()), rows.array());
            add(tensor, first, row -> Integer.toString(known[row]), features::rowName);
            progress.report(first + count, features.size());
        }
        return features.size();
    }
}
