package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Query;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InferenceServerTest {
    private static final int DIM = 8;
    private static final int CLASSES = 3;
    private static final int KEYS = 50;

    private final long bytesBefore = MemoryUse.bytes();
    private final HttpClient client = HttpClient.newHttpClient();
    private final float[] keys = rows(KEYS, 1);
    private InferenceServer server;
    /** An index of the same keys that answers directly. */
    private CacheIndex expected;

    private static float[] rows(int count, long seed) {
        Random random = new Random(seed);
        float[] rows = new float[count * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    private CacheIndex index() {
        CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).threads(1).build();
        List<String> names = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
            names.add("key " + key);
        }
        index.add(KeyBatch.of(keys, new Random(2).ints(KEYS, 0, CLASSES).toArray())
                .names(names));
        return index;
    }

    @BeforeEach
    void start() throws IOException {
        expected = index();
        Models models = new Models(List.of(new ServedIndex("birds", index(), new BatchOptions())));
        server = new InferenceServer(models, new ServerOptions().port(0).maxBody(10_000));
    }

    @AfterEach
    void closeEverything() {
        server.close();
        expected.close();
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
    }

    private URI uri(String path) {
        return URI.create("http://localhost:" + server.port() + path);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(uri(path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String features(float[] rows, String more) {
        StringBuilder data = new StringBuilder();
        for (float value : rows) {
            data.append(data.isEmpty() ? "" : ",").append(value);
        }
        return "{\"inputs\": [{\"name\": \"features\", \"datatype\": \"FP32\", \"shape\": [" + rows.length / DIM + ","
                + DIM + "], \"data\": [" + data + "]}]" + more + "}";
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> outputs(String json) throws IOException {
        return (List<Map<String, Object>>) (List<?>) JSON.std.mapFrom(json).get("outputs");
    }

    @Test
    void describesItselfAndItsModels() throws Exception {
        assertThat(get("/v2").body()).contains("\"name\":\"afterimage\"", "binary_tensor_data");
        assertThat(get("/v2/health/live").body()).isEqualTo("{\"live\":true}");
        assertThat(get("/v2/health/ready").body()).isEqualTo("{\"ready\":true}");
        assertThat(get("/v2/models/birds/ready").body())
                .isEqualTo("{\"name\":\"birds\",\"ready\":true,\"engine\":\"fused\"}");
        Map<String, Object> model =
                JSON.std.mapFrom(get("/v2/models/birds/versions/1").body());
        assertThat(model).containsEntry("name", "birds");
        assertThat(model.get("inputs").toString()).contains("name=features, datatype=FP32, shape=[-1, 8]");
        assertThat(model.get("outputs").toString()).contains("name=memory, datatype=FP32, shape=[-1, 3]");
    }

    private AnswerRule rule() {
        return expected.calibration(Calibration.ALONE).rule();
    }

    private Answer direct(float[] rows) {
        return expected.answer(Query.of(rows).thetas(rule().theta()).evidence(rule().needsEvidence()));
    }

    @Test
    void answersAsTheIndexDoes() throws Exception {
        float[] rows = rows(2, 3);
        HttpResponse<String> answer = post(
                "/v2/models/birds/infer",
                features(
                        rows,
                        ", \"id\": \"q\", \"parameters\": {\"neighbors\": 2, \"classes\": 1}, \"outputs\": [{\"name\": \"memory\"},"
                                + " {\"name\": \"log_mass\"}, {\"name\": \"classes\"}, {\"name\": \"neighbors\"}]"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"id\":\"q\"", "\"model_name\":\"birds\"");
        List<Map<String, Object>> outputs = outputs(answer.body());
        Answer direct = direct(rows);
        List<?> memory = (List<?>) outputs.get(0).get("data");
        for (int row = 0; row < 2; row++) {
            double[] p = rule().alone(direct.row(row));
            for (int c = 0; c < CLASSES; c++) {
                assertThat(((Number) memory.get(row * CLASSES + c)).doubleValue())
                        .isCloseTo(p[c], within(1e-6));
            }
            int best = ArgMax.of(p);
            assertThat(((List<?>) outputs.get(2).get("data")).get(row).toString())
                    .endsWith(":" + best + ":class " + best);
            assertThat(((Number) ((List<?>) outputs.get(1).get("data")).get(row)).doubleValue())
                    .isCloseTo(direct.row(row).logMass(), within(1e-4));
        }
        assertThat(outputs.get(3).get("shape")).isEqualTo(List.of(2, 2));
        Map<String, Object> nearest =
                JSON.std.mapFrom(((List<?>) outputs.get(3).get("data")).get(0).toString());
        assertThat(nearest)
                .containsEntry(
                        "name",
                        expected.nearest(rows, 1).row(0).neighbors().get(0).name())
                .containsKeys("id", "score", "share");
    }

    @Test
    void givesNoUncertainAnswerIfItRefuses() throws Exception {
        Map<String, String> tuned = Map.of("theta", "10.0", "lambda", "1.0", "doubt.alone", "0.1");
        CacheIndex index = new CacheIndexBuilder(2, 2).attributes(tuned).build();
        index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
        ServedIndex model = new ServedIndex("axes", index, new BatchOptions());
        model.refuseUncertain();
        try (TestServer refusing = new TestServer(model)) {
            String inputs =
                    "'inputs': [{'name': 'features', 'datatype': 'FP32', 'shape': [2, 2], 'data': [1, 0, 1, 1]}]";
            String wanted = "'outputs': [{'name': 'memory'}, {'name': 'classes'}], 'parameters': {'classes': 1}}";
            List<Map<String, Object>> outputs = outputs(
                    refusing.send("POST", "/v2/models/axes/infer", ("{" + inputs + ", " + wanted).replace('\'', '"'))
                            .body());
            List<?> memory = (List<?>) outputs.get(0).get("data");
            assertThat(((Number) memory.get(0)).doubleValue()).isGreaterThan(0.99);
            assertThat(memory.subList(2, 4))
                    .allSatisfy(p -> assertThat(((Number) p).doubleValue()).isZero());
            assertThat((List<?>) outputs.get(1).get("data")).hasSize(2).last().isEqualTo("");
            assertThat(refusing.json("POST", "/v2/models/axes/explain", "{" + inputs + "}")
                            .get("answers"))
                    .asString()
                    .contains(
                            "uncertain=false, reason=null, refused=false",
                            "{class=null, probability=null, classes=[], log_mass=-2.2",
                            "doubt=0.69",
                            "uncertain=true, reason=the memory says class 0 50 %, class 1 50 %: it is not sure, refused=true");
            String told = "{" + inputs + ", 'parameters': {'refuse': false}}";
            assertThat(refusing.json("POST", "/v2/models/axes/explain", told).get("answers"))
                    .asString()
                    .doesNotContain("refused=true");
            assertThat(refusing.json("GET", "/v2/models/axes/statistics", ""))
                    .containsEntry("refused_by_doubt", 2) // a row of infer, a row of explain
                    .containsEntry("refused", 0);
            assertThat(refusing.send("GET", "/metrics", "").body())
                    .contains("afterimage_doubt_refused_total{index=\"axes\"} 2.0");
        }
    }

    @Test
    void anExplanationNamesTheRuleAndThePartOfEachKeyInItsClass() throws Exception {
        Map<String, String> rule =
                Calibration.of(new Pool(2, 0, 1, 0), Calibration.ALONE).attributes(Map.of());
        CacheIndex index = new CacheIndexBuilder(2, 2).attributes(rule).build();
        index.add(new float[] {1, 0, 0.6f, 0.8f, 0, 1}, new int[] {0, 0, 1});
        try (TestServer server = new TestServer(new ServedIndex("axes", index, new BatchOptions()))) {
            String explained = server.json(
                            "POST",
                            "/v2/models/axes/explain",
                            "{'inputs': [{'name': 'features', 'datatype': 'FP32', 'shape': [1, 2], 'data': [1, 0]}]}")
                    .toString();
            assertThat(explained)
                    .contains("rule={theta=2.0, views=0, tuned=true, network=0.0, memory=1.0, directions=0.0}")
                    .contains("share=0.689", "share=0.310", "share=1.0"); // e^2 / (e^2 + e^1.2)
        }
    }

    @Test
    void readsAndWritesBinaryTensors() throws Exception {
        float[] rows = rows(3, 4);
        String json =
                "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[3,8],\"parameters\":{\"binary_data_size\":96}}],"
                        + "\"outputs\":[{\"name\":\"memory\",\"parameters\":{\"binary_data\":true}}]}";
        ByteBuffer values = ByteBuffer.allocate(96).order(ByteOrder.LITTLE_ENDIAN);
        values.asFloatBuffer().put(rows);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json.getBytes(StandardCharsets.UTF_8));
        body.writeBytes(values.array());
        HttpResponse<byte[]> answer = client.send(
                HttpRequest.newBuilder(uri("/v2/models/birds/infer"))
                        .header("Inference-Header-Content-Length", Integer.toString(json.length()))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).isEqualTo(200);
        int length = Integer.parseInt(
                answer.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
        ByteBuffer memory = ByteBuffer.wrap(answer.body(), length, answer.body().length - length)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(memory.remaining()).isEqualTo(3 * CLASSES * Float.BYTES);
        assertThat((double) memory.getFloat())
                .isCloseTo(rule().alone(direct(rows).row(0))[0], within(1e-6));
    }

    @Test
    void mistakesOfAClientAreProblemsWithASentence() throws Exception {
        assertProblem(get("/v2/models/cats"), 404, "model cats: expected one of [birds]");
        assertProblem(get("/v2/nothing"), 404, "path /v2/nothing: expected one of those that /v2/docs describes");
        assertProblem(get("/nothing"), 404, "path /nothing: expected one of");
        assertProblem(get("/v2/models/birds/infer"), 405, "method GET on /v2/models/birds/infer: expected POST");
        assertProblem(get("/v2/models/birds/versions/99"), 404, "version 99 of the model: expected 1, the only one");
        assertProblem(get("/v2/models/birds/versions/99/ready"), 404, "version 99 of the model");
        assertProblem(post("/v2/models/birds/infer", "{"), 400, "the request is not JSON");
        assertProblem(post("/v2/models/birds/infer", features(new float[DIM], "")), 400, "query 0 is all zeros");
        assertProblem(
                post("/v2/models/birds/infer", features(rows(1, 1), ", \"outputs\": [{\"name\": \"network\"}]")),
                400,
                "output network: expected some of [memory, log_mass, recognition, doubt, classes, set, neighbors]");
        assertProblem(
                post("/v2/models/birds/infer", features(rows(1, 1), ", \"parameters\": {\"coverage\": 2}")),
                400,
                "coverage 2.0: expected 0.5 or more and less than 1");
        assertProblem(
                post("/v2/models/birds/infer", " ".repeat(20_000)),
                413,
                "the request has 20000 bytes: expected at most 10000");
    }

    @Test
    void aBodyWithAnotherCodingIsRefused() throws Exception {
        for (int bytes : new int[] {10, 15_000, 1_000_000}) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(uri("/v2/models/birds/infer"))
                            .header("Content-Encoding", "br")
                            .POST(HttpRequest.BodyPublishers.ofString(" ".repeat(bytes)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertProblem(answer, 415, "Content-Encoding br: expected one of gzip, deflate, identity");
            assertThat(answer.headers().firstValue("Accept-Encoding")).contains("gzip, deflate, identity");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Content-Encoding: br, 1000000, 415",
        "Content-Length: 1000000, 1000000, 413",
        "Transfer-Encoding: chunked, 100000, 413"
    })
    void aRefusedBodyThatComesLateLeavesItsConnectionOpen(String header, int bytes, int status) throws Exception {
        boolean chunked = header.endsWith("chunked");
        String length = "\r\nContent-Length: " + bytes;
        String head = "POST /v2/models/birds/infer HTTP/1.1\r\nHost: localhost\r\n" + header
                + (header.startsWith("Content-Encoding") ? length : "") + "\r\n\r\n";
        String body =
                chunked ? Integer.toHexString(bytes) + "\r\n" + " ".repeat(bytes) + "\r\n0\r\n\r\n" : " ".repeat(bytes);
        String next = "GET /v2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        try (Socket socket = new Socket("localhost", server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(100); // the server sees the head without its body
            out.write((body + next).getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 " + status)
                    .contains("HTTP/1.1 200");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClientThatReadsWhenItHasSentAllIsToldOfABodyThatIsFarTooLong(boolean chunked) throws Exception {
        int length = 40_000_000;
        try (Socket socket = new Socket("localhost", server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /v2/models/birds/infer HTTP/1.1\r\nHost: localhost\r\n"
                            + (chunked
                                    ? "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(length)
                                    : "Content-Length: " + length + "\r\n")
                            + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[length]);
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 413 ")
                    .containsIgnoringCase("\r\nConnection: close\r\n")
                    .endsWith("}");
        }
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String detail) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        Map<String, Object> problem = JSON.std.mapFrom(answer.body());
        assertThat(problem).containsOnlyKeys("error");
        assertThat(problem.get("error").toString()).contains(detail);
    }

    @Test
    void aBodyThatIsLongerThanTheLimitIsRefusedWithoutBeingKept() throws Exception {
        // Without a length, the server learns of it while it reads.
        HttpRequest endless = HttpRequest.newBuilder(uri("/v2/models/birds/infer"))
                .POST(HttpRequest.BodyPublishers.ofByteArrays(
                        () -> java.util.stream.Stream.generate(() -> new byte[1000])
                                .limit(100)
                                .iterator()))
                .build();
        HttpResponse<String> answer = client.send(endless, HttpResponse.BodyHandlers.ofString());
        assertProblem(answer, 413, "expected at most 10000");
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        Models models = new Models(List.of(new ServedIndex("birds", index(), new BatchOptions())));
        try (models) {
            assertThatThrownBy(() -> new InferenceServer(models, new ServerOptions().port(server.port())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + server.port() + " cannot be listened on");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }

    private boolean answers(URI uri) throws IOException, InterruptedException {
        try {
            HttpRequest request = HttpRequest.newBuilder(uri).build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (ConnectException e) {
            return false;
        }
    }

    @Test
    void whoIsToldThatTheServerIsReadyFindsBothPorts() throws Exception {
        ServerOptions address = new ServerOptions().port(freePort()).grpcPort(freePort());
        URI ready = URI.create("http://127.0.0.1:" + address.port + "/v2/health/ready");
        CompletableFuture<Integer> found = CompletableFuture.supplyAsync(() -> {
            try {
                while (!answers(ready)) {
                    Thread.onSpinWait();
                }
                try (Socket grpc = new Socket("127.0.0.1", address.grpcPort.orElseThrow())) {
                    return grpc.getPort();
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Models models = new Models(List.of(new ServedIndex("birds", index(), new BatchOptions())));
        try (InferenceServer begun = new InferenceServer(models, address)) {
            assertThat(found.get(30, TimeUnit.SECONDS))
                    .isEqualTo(begun.grpcPort().orElseThrow());
        }
    }

    @Test
    void aServerWithoutItsPortForGrpcLeavesThatOfHttp() throws IOException {
        Models models = new Models(List.of(new ServedIndex("birds", index(), new BatchOptions())));
        ServerOptions address = new ServerOptions().port(freePort()).grpcPort(server.port());
        try (models) {
            assertThatThrownBy(() -> new InferenceServer(models, address))
                    .hasMessageContaining("127.0.0.1:" + server.port() + " cannot be listened on");
            new ServerSocket(address.port, 1, InetAddress.getLoopbackAddress()).close();
        }
    }

    @Test
    void aNameThatPathsCannotHoldIsRefused() {
        for (String name : List.of("a/b", "", "..", "a b", "stats")) {
            try (ServedIndex model = new ServedIndex(name, index(), new BatchOptions())) {
                assertThatThrownBy(() -> new Models(List.of(model)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("the model name \"" + name + "\": expected at most 100 letters");
            }
        }
    }

    @Test
    void problemsOfJsonNameNoSettingOfTheParser() throws Exception {
        for (String body : List.of("{\"id\": NaN}", "[".repeat(2000), "{\"id\": " + "1".repeat(2000) + "}")) {
            String problem = post("/v2/models/birds/infer", body).body();
            assertThat(problem)
                    .startsWith("{\"error\":\"the request is ")
                    .doesNotContain("Feature", "Constraints", "REDACTED");
        }
    }
}
