package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as the clients of Triton, KServe and curl write them. */
class ForeignClientsTest {
    private static final String INFER = RunningServer.INFER;
    private static final String INPUT = "{'inputs':[{'name':'features','shape':[1,2],'datatype':'FP32',%s}]%s}";
    private static final byte[] ROW = little().putFloat(1).putFloat(2).array();

    private final HttpClient client = HttpClient.newHttpClient();
    private RunningServer server;

    private static ByteBuffer little() {
        return ByteBuffer.allocate(2 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    @BeforeEach
    void start() throws IOException {
        server = new RunningServer(new ServerOptions().maxBody(200_000));
    }

    @AfterEach
    void close() {
        server.close();
    }

    private HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri(path)).method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        return client.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private static byte[] json(String data, String more) {
        return String.format(INPUT, data, more).replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> read(HttpResponse<byte[]> answer, int jsonBytes) throws IOException {
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        return JSON.std.mapFrom(new String(answer.body(), 0, jsonBytes, StandardCharsets.UTF_8));
    }

    /** Reads an answer whose first output has two binary values. */
    private static Map<String, Object> binary(HttpResponse<byte[]> answer) throws IOException {
        int json = (int) answer.headers()
                .firstValueAsLong("Inference-Header-Content-Length")
                .orElseThrow();
        ByteBuffer values = ByteBuffer.wrap(answer.body()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(values.capacity()).isGreaterThan(json + 3 * Float.BYTES); // log_mass and classes follow
        assertThat(values.getFloat(json) + values.getFloat(json + Float.BYTES)).isBetween(0.999f, 1.001f);
        return read(answer, json);
    }

    @Test
    void binaryOutputsWithoutNamesAreTheDefaultOfTritonsClient() throws Exception {
        byte[] json = json("'parameters':{'binary_data_size':8}", ",'parameters':{'binary_data_output':true}");
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json);
        body.writeBytes(ROW);
        HttpResponse<byte[]> answer = send(
                "POST", INFER, body.toByteArray(), "Inference-Header-Content-Length", Integer.toString(json.length));
        assertThat(binary(answer))
                .containsEntry("model_name", "birds")
                .containsEntry("model_version", "1")
                .containsEntry("id", answer.headers().firstValue("X-Request-Id").orElseThrow());
    }

    @Test
    void aRawBinaryRequestIsTheValuesAlone() throws Exception {
        binary(send("POST", INFER, ROW, "Inference-Header-Content-Length", "0"));
        HttpResponse<byte[]> odd = send("POST", INFER, new byte[7], "Inference-Header-Content-Length", "0");
        assertThat(odd.statusCode()).isEqualTo(400);
        assertThat(new String(odd.body(), StandardCharsets.UTF_8))
                .contains("the body has 7 bytes: expected features, float32, of 8 bytes for each row");
        HttpResponse<byte[]> two = send("PUT", "/v2/models/birds/classify", new byte[16]);
        assertThat(two.statusCode()).isEqualTo(400);
        assertThat(new String(two.body(), StandardCharsets.UTF_8)).contains("the body holds 2 rows: expected one");
    }

    @Test
    void everyPathOfAModelMayNameItsVersion() throws Exception {
        for (String path : List.of("", "/ready", "/config", "/stats", "/statistics", "/index", "/keys")) {
            assertThat(send("GET", "/v2/models/birds/versions/1" + path, new byte[0])
                            .statusCode())
                    .as(path)
                    .isEqualTo(200);
            assertThat(send("GET", "/v2/models/birds/versions/2" + path, new byte[0])
                            .statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void theRootMayEndWithASlash() throws Exception {
        HttpResponse<byte[]> root = send("GET", "/v2/", new byte[0]);
        assertThat(read(root, root.body().length)).containsEntry("name", "afterimage");
    }

    @Test
    void aClientThatWantsOneInputAndOneOutputNamesTheInput() throws Exception {
        HttpResponse<byte[]> answer = send("GET", "/v2/models/birds@features/config", new byte[0]);
        assertThat(read(answer, answer.body().length))
                .containsEntry("name", "birds@features")
                .containsEntry("max_batch_size", 128)
                .hasEntrySatisfying("input", input -> assertThat(input)
                        .hasToString(
                                "[{name=features, data_type=TYPE_FP32, dims=[2], format=FORMAT_NONE, optional=false}]"))
                .hasEntrySatisfying("output", output -> assertThat(output)
                        .hasToString("[{name=memory, data_type=TYPE_FP32, dims=[2]}]"));
        byte[] question = RunningServer.QUESTION.getBytes(StandardCharsets.UTF_8);
        assertThat(send("POST", "/v2/models/birds%40features/infer", question).statusCode())
                .isEqualTo(200);
        assertThat(send("GET", "/v2/models/birds@dreams/config", new byte[0]).statusCode())
                .isEqualTo(404);
    }

    @Test
    void anEmptyBatchHasTheOutputsOfOthers() throws Exception {
        byte[] empty = "{\"inputs\":[{\"name\":\"features\",\"shape\":[0,2],\"datatype\":\"FP32\",\"data\":[]}]}"
                .getBytes(StandardCharsets.UTF_8);
        HttpResponse<byte[]> answer = send("POST", INFER, empty);
        assertThat(read(answer, answer.body().length).toString())
                .contains("outputs=[{name=memory, datatype=FP32, shape=[0, 2], data=[]}, {name=log_mass,");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate"})
    void bodiesAreCompressedBothWays(String coding) throws Exception {
        byte[] row = json("'data':[1,2]", "");
        HttpResponse<byte[]> answer = send("POST", INFER, packed(coding, row), "Content-Encoding", coding);
        assertThat(read(answer, answer.body().length)).containsKey("outputs");

        byte[] many = json("'data':[1,2]", ",'id':'" + "a".repeat(2000) + "'");
        HttpResponse<byte[]> small = send("POST", INFER, many, "Accept-Encoding", "br;q=0.1, " + coding);
        assertThat(small.headers().firstValue("Content-Encoding")).contains(coding);
        assertThat(small.body()).hasSizeLessThan(1000);
        ByteArrayInputStream in = new ByteArrayInputStream(small.body());
        try (InputStream unpacked = coding.equals("gzip") ? new GZIPInputStream(in) : new InflaterInputStream(in)) {
            assertThat(new String(unpacked.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("a".repeat(2000));
        }
        for (int length : new int[] {2_000, 100_000}) {
            byte[] question = json("'data':[1,2]", ",'id':'" + "a".repeat(length) + "'");
            assertThat(send("POST", INFER, question, "Accept-Encoding", "br, " + coding)
                            .headers()
                            .firstValue("Content-Encoding"))
                    .contains(coding);
            for (String accepted : List.of(coding + ";q=0, identity", coding + ";q=0.5, identity", "br")) {
                HttpResponse<byte[]> plain = send("POST", INFER, question, "Accept-Encoding", accepted);
                assertThat(plain.headers().firstValue("Content-Encoding"))
                        .as(accepted)
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate"})
    void aBodyThatIsTooLongOrDamagedWhenItIsUnpackedIsRefused(String coding) throws Exception {
        byte[] bomb = packed(coding, new byte[8_000_000]);
        assertThat(bomb).hasSizeLessThan(10_000);
        HttpResponse<byte[]> refused = send("POST", INFER, bomb, "Content-Encoding", coding);
        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("when it is unpacked");
        HttpResponse<byte[]> damaged = send("POST", INFER, json("", ""), "Content-Encoding", coding);
        assertThat(damaged.statusCode()).isEqualTo(400);
        assertThat(new String(damaged.body(), StandardCharsets.UTF_8)).contains("expected " + coding);
    }

    private static byte[] packed(String coding, byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out =
                coding.equals("gzip") ? new GZIPOutputStream(packed) : new DeflaterOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    @Test
    void sharedMemoryIsRefusedByName() throws Exception {
        String region = "'parameters':{'shared_memory_region':'gpu0','shared_memory_byte_size':8}";
        String output = ",'outputs':[{'name':'memory'," + region + "}]";
        for (byte[] body : List.of(json(region, ""), json("'data':[1,2]", output))) {
            HttpResponse<byte[]> answer = send("POST", INFER, body);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                    .contains("put ", " is in the shared memory region gpu0: this server has no shared memory");
        }
    }

    @Test
    void theExtensionsOfTritonAreRead() throws Exception {
        send("POST", INFER, json("'data':[1,2]", ""));
        assertThat(text("GET", "/v2/models/birds/config"))
                .contains(
                        "'max_batch_size':0",
                        "{'name':'features','data_type':'TYPE_FP32','dims':[-1,2],'format':'FORMAT_NONE','optional':false}",
                        "{'name':'log_mass','data_type':'TYPE_FP32','dims':[-1]}");
        assertThat(text("GET", "/v2/models/birds"))
                .contains("'shape':[-1,2]}", "{'name':'log_mass','datatype':'FP32','shape':[-1]}");
        String statistics = text("GET", "/v2/models/birds/versions/1/stats");
        assertThat(statistics)
                .contains("'inference_count':1,'execution_count':1,'inference_stats':{'success':{'count':1,");
        assertThat(text("GET", "/v2/models/stats")).isEqualTo(statistics);
        String index = "[{'name':'birds','version':'1','state':'READY','reason':''}]";
        assertThat(text("POST", "/v2/repository/index")).isEqualTo(index);
        assertThat(text("POST", "/v2/repository/models/birds/unload"))
                .contains("neither loaded nor unloaded by a call");
        assertThat(send("POST", "/v2/repository/models/cats/load", new byte[0]).statusCode())
                .isEqualTo(404);
    }

    @Test
    void theExtensionsOfTritonThatAreNotThereAreNamed() throws Exception {
        Map<String, String> missing = Map.of(
                "GET /v2/trace/setting", "trace",
                "POST /v2/models/birds/trace/setting", "trace",
                "GET /v2/models/birds/versions/1/trace/setting", "trace",
                "POST /v2/logging", "logging",
                "GET /v2/systemsharedmemory/status", "system_shared_memory",
                "POST /v2/systemsharedmemory/region/a/register", "system_shared_memory",
                "GET /v2/cudasharedmemory/region/a/status", "cuda_shared_memory",
                "POST /v2/cudasharedmemory/unregister", "cuda_shared_memory");
        for (Map.Entry<String, String> each : missing.entrySet()) {
            String[] call = each.getKey().split(" ");
            HttpResponse<byte[]> answer = send(call[0], call[1], "{}".getBytes(StandardCharsets.UTF_8));
            assertThat(answer.statusCode()).as(each.getKey()).isEqualTo(501);
            assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                    .startsWith("{\"error\":\"this server does not have Triton's extension " + each.getValue() + ": ");
        }
        assertThat(send("GET", "/v2/models/cats/trace/setting", new byte[0]).statusCode())
                .isEqualTo(404);
    }

    private String text(String method, String path) throws Exception {
        return new String(send(method, path, new byte[0]).body(), StandardCharsets.UTF_8).replace('"', '\'');
    }

    @Test
    void curlSendsAFileOrAForm() throws Exception {
        String path = "/v2/models/birds/classify";
        for (HttpResponse<byte[]> answer : List.of(
                send("PUT", path + "?classes=1", ROW),
                send("POST", path + "?classes=1", ROW, "Content-Type", "application/x-www-form-urlencoded"),
                send("POST", path + "?classes=1", form(1), "Content-Type", "multipart/form-data; boundary=----b"))) {
            assertThat(read(answer, answer.body().length).toString())
                    .startsWith("{class=class 1, probability=0.6")
                    .contains("classes=[{label=1,", "neighbors=[]", "model_name=birds");
        }
        HttpResponse<byte[]> two = send("POST", path, form(2), "Content-Type", "multipart/form-data; boundary=----b");
        assertThat(new String(two.body(), StandardCharsets.UTF_8)).contains("the form has 2 parts: expected one");
        HttpResponse<byte[]> none = send("PUT", path, new byte[0]);
        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(new String(none.body(), StandardCharsets.UTF_8)).contains("the body is empty: expected the file");
        HttpResponse<byte[]> text = send("PUT", path + "?coverage=high", ROW);
        assertThat(new String(text.body(), StandardCharsets.UTF_8))
                .contains("parameter coverage \\\"high\\\": expected a number");
    }

    private static byte[] form(int parts) {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        for (int part = 0; part < parts; part++) {
            form.writeBytes(("------b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n"
                            + "Content-Type: image/png\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            form.writeBytes(ROW);
            form.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        form.writeBytes("------b--\r\n".getBytes(StandardCharsets.US_ASCII));
        return form.toByteArray();
    }
}
