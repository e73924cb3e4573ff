package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.jr.ob.JSON;
import com.google.protobuf.ByteString;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedClassifier;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.settings.ElementType;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Pictures as numbers of 0 to 255, to the model of the demonstration. */
class PixelsTest {
    private static final String BEYOND =
            "the value 255.0 at place 7: expected about 0.0 to 1.0, which the preprocessing of the"
                    + " index makes of pictures; send pixels of 0 to 255 as UINT8 in the input pixels";

    private static InferenceServer server;
    private static ManagedChannel channel;

    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws IOException {
        CacheModel model =
                CacheModel.open(Path.of("models/cifar10_resnet.onnx"), Path.of("models/cifar10.safetensors"));
        Models models = new Models(List.of(new ServedClassifier("cifar10", model, new BatchOptions())));
        server = new InferenceServer(models, new ServerOptions().port(0).grpcPort(0));
        channel = ManagedChannelBuilder.forAddress(
                        "localhost", server.grpcPort().orElseThrow())
                .usePlaintext()
                .build();
    }

    @AfterAll
    static void close() {
        channel.shutdownNow();
        server.close();
    }

    private HttpResponse<String> post(byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + server.port() + "/v2/models/cifar10@pixels/infer"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        return client.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static byte[] body(String name, String type, List<Integer> shape, String rest) {
        return ("{'inputs':[{'name':'" + name + "','datatype':'" + type + "','shape':" + shape + "," + rest
                        + "}],'outputs':[{'name':'classes'}]}")
                .replace('\'', '"')
                .getBytes(StandardCharsets.UTF_8);
    }

    private HttpResponse<String> asked(String name, String type, List<Integer> shape, String data) throws Exception {
        return post(body(name, type, shape, "'data':[" + data + "]"));
    }

    private static String classes(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        List<?> outputs = (List<?>) JSON.std.mapFrom(answer.body()).get("outputs");
        return outputs.get(0).toString();
    }

    private static String samples(Image image, boolean channelsLast) {
        int plane = image.width() * image.height();
        return IntStream.range(0, Image.CHANNELS * plane)
                .mapToObj(i -> {
                    int channel = channelsLast ? i % Image.CHANNELS : i / plane;
                    int place = channelsLast ? i / Image.CHANNELS : i % plane;
                    float value = image.value(channel, place / image.width(), place % image.width());
                    return Integer.toString(Math.round(255 * value));
                })
                .collect(Collectors.joining(","));
    }

    @ParameterizedTest
    @CsvSource({"32, 32", "47, 41", "33, 64"})
    void pixelsGetTheAnswerOfThePictureThatHasThem(int width, int height) throws Exception {
        Image image = width == 32 ? Image.read(Path.of("models/pictures/ship.png")) : random(width, height);
        String file = Base64.getEncoder().encodeToString(image.encoded());
        String expected = classes(asked("image", "BYTES", List.of(1), "\"" + file + "\""));
        if (width == 32) {
            assertThat(expected).contains(":8:ship");
        }
        for (String input : List.of("pixels", "input")) {
            assertThat(classes(asked(input, "UINT8", List.of(1, height, width, 3), samples(image, true))))
                    .isEqualTo(expected);
            assertThat(classes(asked(input, "UINT8", List.of(1, 3, height, width), samples(image, false))))
                    .isEqualTo(expected);
        }
    }

    private static Image random(int width, int height) {
        byte[] samples = new byte[Image.CHANNELS * width * height];
        new Random(width).nextBytes(samples);
        return Image.ofBytes(width, height, samples);
    }

    @Test
    void allOutputsAndTheExplanationOfRandomPicturesAreOfOneAnswer() throws Exception {
        int rows = 60;
        Image ship = Image.read(Path.of("models/pictures/ship.png"));
        Random random = new Random(1);
        String data = IntStream.range(0, rows)
                .boxed()
                .flatMap(row -> Arrays.stream(samples(ship, true).split(","))
                        .map(Integer::parseInt)
                        .map(value -> Integer.toString((value + random.nextInt(4 * row + 1)) % 256)))
                .collect(Collectors.joining(","));
        String question = "{'inputs':[{'name':'pixels','datatype':'UINT8','shape':[" + rows + ",32,32,3],'data':["
                + data + "]}],'parameters':{'coverage':0.95,'classes':10}}";
        List<Map<String, Object>> outputs = objects(sent("infer", question), "outputs");
        List<Map<String, Object>> answers = objects(sent("explain", question), "answers");
        int disagree = 0;
        for (int row = 0; row < rows; row++) {
            Map<String, Object> answer = answers.get(row);
            List<Map<String, Object>> classes = objects(answer, "classes");
            for (int place = 0; place < 10; place++) {
                Map<String, Object> each = classes.get(place);
                int label = (int) each.get("label");
                assertThat(row(outputs, "classes", row).get(place).toString())
                        .isEqualTo(number(each.get("probability")) + ":" + label + ":" + each.get("name"));
                for (String output : List.of("probabilities", "network", "memory")) {
                    String field = output.equals("probabilities") ? "probability" : output;
                    assertThat(number(row(outputs, output, row).get(label))).isEqualTo(number(each.get(field)));
                }
            }
            assertThat(answer.get("class")).isEqualTo(classes.get(0).get("name"));
            assertThat(row(outputs, "set", row)).startsWith(classes.get(0).get("name"));
            List<Object> memory = row(outputs, "memory", row);
            Object most = memory.stream()
                    .max(Comparator.comparing(PixelsTest::number))
                    .orElseThrow();
            disagree += memory.indexOf(most) == (int) classes.get(0).get("label") ? 0 : 1;
        }
        assertThat(disagree).as("rows whose memory says another class").isGreaterThan(3);
    }

    private Map<String, Object> sent(String call, String question) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + server.port() + "/v2/models/cifar10/" + call))
                .POST(HttpRequest.BodyPublishers.ofString(question.replace('\'', '"')))
                .build();
        return JSON.std.mapFrom(
                client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> objects(Map<String, Object> json, String field) {
        return (List<Map<String, Object>>) json.get(field);
    }

    private static float number(Object value) {
        return ((Number) value).floatValue();
    }

    @SuppressWarnings("unchecked")
    private static List<Object> row(List<Map<String, Object>> outputs, String name, int row) {
        Map<String, Object> output = outputs.stream()
                .filter(each -> each.get("name").equals(name))
                .findFirst()
                .orElseThrow();
        List<Object> data = (List<Object>) output.get("data");
        int columns = (int) ((List<?>) output.get("shape")).get(1);
        return data.subList(row * columns, (row + 1) * columns);
    }

    /** An int8 key differs from the picture that it is of by up to 0.003 in its score. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void aPictureThatIsRememberedIsNoOtherClassWithoutReplace(ElementType type, @TempDir Path folder) throws Exception {
        String perClass = type.scaled() ? "6" : "1";
        Process drawn = new ProcessBuilder("java", "tools/Drawings.java", folder.toString(), perClass, "7")
                .inheritIO()
                .start();
        assertThat(drawn.waitFor()).isZero();
        Path index = folder.resolve("index.safetensors");
        try (StoredIndex stored = StoredIndex.open(Path.of("models/drawings.safetensors"), false)) {
            stored.convert(index, type == stored.type() ? null : type, Progress.NONE);
        }
        CacheModel model = CacheModel.open(Path.of("models/cifar10_resnet.onnx"), index);
        try (TestServer teaching = new TestServer(new ServedClassifier("cifar10", model, new BatchOptions()));
                Stream<Path> pictures =
                        Files.walk(folder).filter(file -> file.toString().endsWith(".png"))) {
            for (Path picture : pictures.toList()) {
                String file = Base64.getEncoder().encodeToString(Files.readAllBytes(picture));
                String lesson = "{'inputs': [{'name': 'image', 'datatype': 'BYTES', 'shape': [1], 'data': ['" + file
                        + "']}, {'name': 'label', 'datatype': 'BYTES', 'shape': [1], 'data': ['%s']}]}";
                Map<String, Object> taught =
                        teaching.json("POST", "/v2/models/cifar10/keys", lesson.formatted("horse"));
                HttpResponse<String> again = teaching.send(
                        "POST",
                        "/v2/models/cifar10/keys",
                        lesson.formatted("dog").replace('\'', '"'));
                assertThat(again.statusCode()).as(picture + again.body()).isEqualTo(409);
                assertThat(JSON.std.mapFrom(again.body()).get("ids").toString())
                        .contains(((List<?>) taught.get("ids")).get(0).toString());
            }
        }
    }

    @Test
    void aClientThatKnowsOneInputFindsPixelsDescribed() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + server.port() + "/v2/models/cifar10@pixels/config"))
                .build();
        assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).body())
                .contains(
                        "\"input\":[{\"name\":\"pixels\",\"data_type\":\"TYPE_UINT8\",\"dims\":[32,32,3],\"format\":\"FORMAT_NHWC\"");
    }

    @Test
    void valuesThatThePreprocessingCannotMakeAreRefused() throws Exception {
        float[] values = new float[3 * 32 * 32];
        values[7] = 255;
        List<Integer> shape = List.of(1, 3, 32, 32);
        String json = IntStream.range(0, values.length)
                .mapToObj(i -> Float.toString(values[i]))
                .collect(Collectors.joining(","));
        HttpResponse<String> written = asked("input", "FP32", shape, json);
        assertThat(written.statusCode()).isEqualTo(400);
        assertThat(written.body()).contains("input input has " + BEYOND);

        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        byte[] head = body("input", "FP32", shape, "'parameters':{'binary_data_size':" + bytes.capacity() + "}");
        byte[] whole = ByteBuffer.allocate(head.length + bytes.capacity())
                .put(head)
                .put(bytes)
                .array();
        HttpResponse<String> binary = post(whole, "Inference-Header-Content-Length", Integer.toString(head.length));
        assertThat(binary.body()).contains(BEYOND);

        ModelInferRequest.Builder request = ModelInferRequest.newBuilder()
                .setModelName("cifar10@input")
                .addRawInputContents(ByteString.copyFrom(bytes.array()));
        request.addInputsBuilder().setName("input").setDatatype("FP32").addAllShape(List.of(1L, 3L, 32L, 32L));
        assertThatThrownBy(
                        () -> GRPCInferenceServiceGrpc.newBlockingStub(channel).modelInfer(request.build()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining(BEYOND);
        assertThat(classes(asked("input", "FP32", shape, json.replace("255.0", "1.05"))))
                .as("a filter without a bound may make it")
                .isNotEmpty();
    }

    @Test
    void aShapeWithoutColoursAndAnotherTypeAreRefused() throws Exception {
        assertThat(asked("pixels", "UINT8", List.of(1, 2, 2), "1,2,3,4").body())
                .contains("input pixels of UINT8 has shape [1, 2, 2]: expected pixels, [batch, height, width, 3] or");
        assertThat(asked("pixels", "FP32", List.of(1, 1, 1, 3), "1,2,3").body())
                .contains("input pixels is of type FP32: expected UINT8, 0 to 255");
        assertThat(asked("pixels", "UINT8", List.of(1, 1, 0, 3), "").statusCode())
                .isEqualTo(400);
    }
}
