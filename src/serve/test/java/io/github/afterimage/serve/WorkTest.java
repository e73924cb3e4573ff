package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.data.PictureFiles;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedClassifier;
import io.github.afterimage.serving.BatchOptions;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that are small and ask for much. */
@Timeout(120)
class WorkTest {
    private static final String ROWS =
            "{'inputs':[{'name':'features','datatype':'FP32','shape':[%d,2],'data':[%s]}],'outputs':[%s],'parameters':{%s}}";

    private final long bytesBefore = MemoryUse.bytes();

    @AfterEach
    void nothingLeaks() {
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
    }

    private static RunningServer server(long maxAnswer, long maxWork) throws Exception {
        return new RunningServer(new ServerOptions().maxAnswer(maxAnswer).maxWork(maxWork));
    }

    private static String request(int rows, String outputs, String parameters) {
        return String.format(ROWS, rows, String.join(",", Collections.nCopies(2 * rows, "1")), outputs, parameters)
                .replace('\'', '"');
    }

    private static String outputs(String... names) {
        return "{'name':'" + String.join("'},{'name':'", names) + "'}";
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String... details) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.std.mapFrom(answer.body()).get("error").toString()).contains(details);
    }

    @Test
    void anOutputThatIsNamedTwiceIsRefused() throws Exception {
        try (RunningServer server = server(1 << 20, 1 << 20)) {
            assertProblem(
                    server.post(RunningServer.INFER, request(1, outputs("memory", "log_mass", "memory"), "")),
                    400,
                    "output memory is there twice: expected each name once");
            String[] many = Collections.nCopies(2000, "memory").toArray(String[]::new);
            assertProblem(
                    server.post(RunningServer.INFER, request(1, outputs(many), "")),
                    400,
                    "outputs has more than 100 elements");
        }
    }

    @Test
    void anAnswerThatWouldBeTooLongIsRefusedBeforeItIsComputed() throws Exception {
        try (RunningServer server = server(5_000, 1 << 20)) {
            String neighbors = outputs("neighbors");
            assertThat(server.post(RunningServer.INFER, request(9, neighbors, "'neighbors':2"))
                            .statusCode())
                    .isEqualTo(200);
            long answered = server.answered();
            assertProblem(
                    server.post(RunningServer.INFER, request(10, neighbors, "'neighbors':1000")),
                    413,
                    "expected at most 5000",
                    "fewer than these 10 rows, 1000 neighbors or for fewer outputs");
            assertProblem(
                    server.post("/v2/models/birds/explain", request(10, neighbors, "")), 413, "expected at most 5000");
            assertThat(server.answered()).isEqualTo(answered);
        }
    }

    @Test
    void aRequestThatNeedsMoreMemoryThanThereIsIsRefused() throws Exception {
        try (RunningServer server = server(1 << 20, 20_000)) {
            assertThat(server.post(RunningServer.INFER, RunningServer.QUESTION).statusCode())
                    .isEqualTo(200);
            String body = request(10_000, outputs("memory"), "");
            assertProblem(server.post(RunningServer.INFER, body), 413, "expected at most 20000", "send fewer rows");
        }
    }

    /** Whether a body arrives or not, its length says that it never fits; that of JSON is read in ten times its bytes. */
    @Test
    void aBodyThatNeverFitsIsRefusedBeforeItArrives() throws Exception {
        try (RunningServer server = server(1 << 20, 20_000);
                RawConnection client = new RawConnection(server.port())) {
            client.send("POST " + RunningServer.INFER
                    + " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2001\r\n\r\n");
            RawConnection.Response refused = client.read();
            assertThat(refused.status()).as(refused.body()).isEqualTo(413);
            assertThat(refused.body()).contains("need 20010 bytes of memory: expected at most 20000");
        }
    }

    @Test
    void aServerWhoseMemoryIsHeldIsNotReadyUntilItAnswersAgain() throws Exception {
        ServerOptions options = new ServerOptions().maxWork(20_000);
        options.patience = Duration.ofMillis(500);
        try (RunningServer server = new RunningServer(options)) {
            try (RawConnection holder = new RawConnection(server.port())) { // its body does not end, and counts twice
                holder.send("POST " + RunningServer.INFER
                        + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + Integer.toHexString(9_950) + "\r\n" + " ".repeat(9_950) + "\r\n");
                HttpResponse<String> ready = server.get("/v2/health/ready");
                for (int i = 0; i < 50 && ready.statusCode() == 200; i++) { // once, unless the machine is busy
                    server.post(RunningServer.INFER, RunningServer.QUESTION);
                    ready = server.get("/v2/health/ready");
                }
                assertThat(ready.statusCode()).isEqualTo(503);
                assertThat(ready.body()).contains("the memory for requests and answers, 20000 bytes, is in use");
            }
            while (server.post(RunningServer.INFER, RunningServer.QUESTION).statusCode() == 503) {
                Thread.onSpinWait(); // the server has not seen the end of the connection
            }
            assertThat(server.get("/v2/health/ready").statusCode()).isEqualTo(200);
        }
    }

    private static byte[] png(int width, int height) throws Exception {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR), "png", file);
        return file.toByteArray();
    }

    private static HttpRequest classify(InferenceServer server, byte[] image) {
        String body = "{'inputs':[{'name':'image','datatype':'BYTES','shape':[1],'data':['"
                + Base64.getEncoder().encodeToString(image) + "']}]}";
        return HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/v2/models/cifar10/infer"))
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build();
    }

    /** A picture of 2 megapixels is decoded in 12 MB; memory for one of them at a time answers all of them. */
    @Test
    void picturesThatDoNotFitTogetherWaitForEachOther() throws Exception {
        CacheModel model =
                CacheModel.open(Path.of("models/cifar10_resnet.onnx"), Path.of("models/cifar10.safetensors"));
        Models models = new Models(List.of(new ServedClassifier("cifar10", model, new BatchOptions())));
        ServerOptions options = new ServerOptions().port(0).decoders(4).maxWork(20_000_000);
        options.patience = Duration.ofMinutes(1);
        HttpClient client = HttpClient.newHttpClient();
        try (InferenceServer server = new InferenceServer(models, options)) {
            HttpRequest fits = classify(server, png(1000, 2000));
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(client.sendAsync(fits, HttpResponse.BodyHandlers.ofString()));
            }
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                assertThat(answer.get().statusCode()).as(answer.get().body()).isEqualTo(200);
            }
            HttpRequest tooLarge = classify(server, png(2000, 2000));
            assertProblem(
                    client.send(tooLarge, HttpResponse.BodyHandlers.ofString()),
                    413,
                    "expected at most 20000000; send fewer rows or smaller images at once");
        }
    }

    @Test
    void aSmallPictureDoesNotWaitBehindLargeOnes() throws Exception {
        CacheModel model =
                CacheModel.open(Path.of("models/cifar10_resnet.onnx"), Path.of("models/cifar10.safetensors"));
        Models models = new Models(List.of(new ServedClassifier("cifar10", model, new BatchOptions())));
        try (InferenceServer server =
                new InferenceServer(models, new ServerOptions().port(0).decoders(1))) {
            HttpRequest large = classify(server, PictureFiles.jpeg(4000, 4000, 40));
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                answers.add(HttpClient.newHttpClient().sendAsync(large, HttpResponse.BodyHandlers.ofString()));
            }
            HttpClient client = HttpClient.newHttpClient();
            while (answers.stream().noneMatch(CompletableFuture::isDone)) {
                HttpResponse<String> answer =
                        client.send(classify(server, png(32, 32)), HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                assertThat(answers).anyMatch(each -> !each.isDone());
            }
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                assertThat(answer.get().statusCode()).as(answer.get().body()).isEqualTo(200);
            }
        }
    }
}
