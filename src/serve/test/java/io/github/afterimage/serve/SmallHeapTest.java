package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.InferParameter;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedClassifier;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server with a heap of 128 MB, and 16 clients whose requests are small and ask for much. */
@Tag("long")
@Timeout(300)
class SmallHeapTest {
    /** tools/faults.sh takes a minute. */
    private static final int SECONDS = Integer.getInteger("afterimage.smallHeapSeconds", 3);

    /** The end of a request to which the budget gave memory that the heap did not have. */
    private static final String NO_HEAP = " without heap";

    private static final int CLIENTS = 16;
    private static final int KEYS = 20_000;

    /** The process of the server: prints its ports and serves until its input ends. */
    static final class Served {
        private Served() {}

        public static void main(String[] arguments) throws IOException {
            CacheIndex index = new CacheIndexBuilder(2, 3).threads(1).build();
            float[] rows = new float[2 * KEYS];
            Random random = new Random(1);
            for (int i = 0; i < rows.length; i++) {
                rows[i] = 1 + random.nextFloat();
            }
            List<String> names = IntStream.range(0, KEYS)
                    .mapToObj(key -> "birds/a folder of some pictures/" + key + ".png")
                    .toList();
            index.add(KeyBatch.of(rows, new int[KEYS]).names(names));
            CacheModel model =
                    CacheModel.open(Path.of("models/cifar10_resnet.onnx"), Path.of("models/cifar10.safetensors"));
            Models models = new Models(List.of(
                    new ServedIndex("birds", index, new BatchOptions()),
                    new ServedClassifier("cifar10", model, new BatchOptions())));
            ServerOptions options = new ServerOptions();
            try (InferenceServer server =
                    new InferenceServer(models, options.port(0).grpcPort(0))) {
                System.out.println(server.port());
                System.out.println(server.grpcPort().orElseThrow());
                System.in.read();
            }
        }
    }

    private static String features(int rows, String outputs, int neighbors) {
        return "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[" + rows + ",2],\"data\":["
                + String.join(",", Collections.nCopies(2 * rows, "1")) + "]}],\"parameters\":{\"neighbors\":"
                + neighbors
                + "},\"outputs\":[" + outputs + "]}";
    }

    private static String output(String name, int times) {
        return String.join(",", Collections.nCopies(times, "{\"name\":\"" + name + "\"}"));
    }

    private static String picture(int width, int height) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR), "png", file);
        return "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\""
                + Base64.getEncoder().encodeToString(file.toByteArray()) + "\"]}]}";
    }

    /** Bodies by the ends of their paths. */
    private static List<Map.Entry<String, String>> requests() throws IOException {
        List<Map.Entry<String, String>> requests = new ArrayList<>();
        String birds = "birds/infer";
        requests.add(Map.entry(birds, features(1, output("memory", 2_000), 5)));
        requests.add(Map.entry(birds, features(1, output("memory", 20_000), 5)));
        requests.add(Map.entry(birds, features(2_000, output("neighbors", 1), 1_000)));
        requests.add(Map.entry(birds, features(100, output("neighbors", 1), 400)));
        requests.add(Map.entry(birds, features(50_000, output("memory", 1), 5)));
        requests.add(Map.entry(birds, features(1, output("memory", 1), 5)));
        requests.add(Map.entry("birds/explain", features(2_000, "", 1_000)));
        requests.add(Map.entry("birds/explain", features(50, "", 300)));
        requests.add(Map.entry(
                birds,
                "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"BYTES\",\"shape\":[1500000],\"data\":["
                        + String.join(",", Collections.nCopies(1_500_000, "\"\"")) + "]}]}"));
        requests.add(Map.entry("cifar10/infer", picture(7_900, 7_900)));
        requests.add(Map.entry("cifar10/infer", picture(2_000, 4_000)));
        requests.add(Map.entry("cifar10/infer", picture(32, 32)));
        return requests;
    }

    private static ModelInferRequest call(int rows, int neighbors) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * rows).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat(1);
        }
        return ModelInferRequest.newBuilder()
                .setModelName("birds")
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("features")
                        .setDatatype("FP32")
                        .addShape(rows)
                        .addShape(2))
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("neighbors"))
                .putParameters(
                        "neighbors",
                        InferParameter.newBuilder().setInt64Param(neighbors).build())
                .addRawInputContents(ByteString.copyFrom(bytes.flip()))
                .build();
    }

    @Test
    void answersOrRefusesAllAndFailsNone() throws Exception {
        Process process = new ProcessBuilder(JavaCommand.of(
                        List.of(
                                "-Xmx128m",
                                // Java 17 refuses long arrays while other threads unpack, though there is room.
                                "-XX:+IgnoreUnrecognizedVMOptions",
                                "-XX:+UnlockDiagnosticVMOptions",
                                "-XX:GCLockerRetryAllocationCount=1000",
                                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                        Served.class))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Map<String, AtomicLong> ends = new ConcurrentHashMap<>();
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService clients = Executors.newCachedThreadPool();
        try (BufferedReader out = process.inputReader()) {
            int port = Integer.parseInt(out.readLine());
            String url = "http://localhost:" + port;
            int grpcPort = Integer.parseInt(out.readLine());
            List<Map.Entry<String, String>> requests = requests();
            List<Future<?>> running = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                int first = client;
                running.add(clients.submit(() -> {
                    HttpClient http = HttpClient.newHttpClient();
                    for (int i = first; !over.get(); i++) {
                        int number = i % requests.size();
                        count(ends, "request " + number + ": " + send(http, url, requests.get(number)));
                    }
                    return null;
                }));
            }
            running.add(clients.submit(() -> {
                call(grpcPort, over, ends);
                return null;
            }));
            long slowest = watch(port, SECONDS);
            over.set(true);
            for (Future<?> client : running) {
                client.get();
            }
            new TreeMap<>(ends).forEach((end, times) -> System.out.println("  " + end + " x " + times));
            System.out.printf("a heap of 128 MB, %d s: health answered within %d ms%n", SECONDS, slowest / 1_000_000);
            assertThat(ends.keySet())
                    .noneMatch(end -> end.contains(": 500") || end.contains("INTERNAL") || end.contains(NO_HEAP));
            for (int small : new int[] {5, 11}) {
                assertThat(send(HttpClient.newHttpClient(), url, requests.get(small)))
                        .isEqualTo("200");
            }
            process.getOutputStream().close();
            assertThat(process.waitFor()).isZero();
        } finally {
            over.set(true);
            clients.shutdownNow();
            process.destroyForcibly();
        }
    }

    private static String send(HttpClient http, String url, Map.Entry<String, String> request) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(url + "/v2/models/" + request.getKey()))
                        .timeout(Duration.ofMinutes(2))
                        .POST(HttpRequest.BodyPublishers.ofString(request.getValue()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + ofHeap(answer.statusCode() == 200 ? "" : answer.body());
    }

    private static String ofHeap(String detail) {
        return detail.contains("the Java heap had no room") ? NO_HEAP : "";
    }

    private static void call(int port, AtomicBoolean over, Map<String, AtomicLong> ends) {
        ManagedChannel channel = ManagedChannelBuilder.forAddress("localhost", port)
                .usePlaintext()
                .maxInboundMessageSize(128 << 20)
                .build();
        List<ModelInferRequest> calls = List.of(call(2_000, 1_000), call(100, 400), call(1, 5));
        for (int i = 0; !over.get(); i++) {
            String end = "OK";
            try {
                Object unused =
                        GRPCInferenceServiceGrpc.newBlockingStub(channel).modelInfer(calls.get(i % 3));
            } catch (StatusRuntimeException e) {
                end = e.getStatus().getCode()
                        + ofHeap(String.valueOf(e.getStatus().getDescription()));
            }
            count(ends, "call " + i % 3 + ": " + end);
        }
        channel.shutdownNow();
    }

    private static void count(Map<String, AtomicLong> ends, String end) {
        ends.computeIfAbsent(end, unknown -> new AtomicLong()).incrementAndGet();
    }

    /** Asks for health again and again, as a probe does; returns the nanoseconds of the slowest answer. */
    private static long watch(int port, int seconds) throws Exception {
        long slowest = 0;
        for (long end = System.nanoTime() + seconds * 1_000_000_000L; System.nanoTime() < end; ) {
            for (String health : List.of("live", "ready")) { // a server that ended nothing for 5 s is not ready
                long start = System.nanoTime();
                try (RawConnection probe = new RawConnection(port)) {
                    probe.send("GET /v2/health/" + health + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    assertThat(probe.read().status()).as(health).isIn(200, health.equals("live") ? 200 : 503);
                }
                slowest = Math.max(slowest, System.nanoTime() - start);
            }
            Thread.sleep(50);
        }
        return slowest;
    }
}
