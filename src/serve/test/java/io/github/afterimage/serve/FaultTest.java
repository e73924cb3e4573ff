package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.serving.BatchListener;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that are slow, broken or hostile: they get 4xx with a sentence or lose their connection, and others are answered. */
@Timeout(120)
class FaultTest {
    private static final String HOST = "Host: localhost\r\n";
    private static final String CLOSE = HOST + "Connection: close\r\n";

    private final long bytesBefore = MemoryUse.bytes();
    private RunningServer server;

    @BeforeEach
    void start() throws IOException {
        start(Duration.ofSeconds(30));
    }

    private void start(Duration idle) throws IOException {
        server = new RunningServer(new ServerOptions().idle(idle).maxBody(100_000));
    }

    /** Gives connections a second, in place of the many that no request of the other tests exceeds on a busy machine. */
    private void startWithShortTimes() throws IOException {
        server.close();
        start(Duration.ofSeconds(1));
    }

    @AfterEach
    void othersAreAnsweredAndNothingLeaks() throws Exception {
        // A connection of a client's pool might end just now, because its idle time has passed.
        try (RawConnection other = new RawConnection(server.port())) {
            assertThat(other.post(RunningServer.INFER, RunningServer.QUESTION)
                            .read()
                            .status())
                    .isEqualTo(200);
        } finally {
            server.close();
        }
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
    }

    /** @param response the status, the headers and a problem */
    private static void assertProblem(RawConnection.Response response, String request) throws IOException {
        assertThat(response.status()).as(request).isBetween(400, 499);
        assertThat(response.head()).as(request).contains("application/json").contains("X-Request-Id");
        Map<String, Object> problem = JSON.std.mapFrom(response.body());
        assertThat(problem).containsOnlyKeys("error");
        assertThat(problem.get("error").toString()).as(request).contains(" ");
    }

    @Test
    void headersThatTrickleHaveTheTimeOfAnIdleConnection() throws Exception {
        startWithShortTimes();
        try (RawConnection slow = new RawConnection(server.port())) {
            slow.send("GET /v2 HTTP/1.1\r\n" + HOST + "X: ");
            boolean open = true;
            while (open) { // each byte would begin Jetty's own idle time again
                Thread.sleep(50);
                try {
                    slow.send("x");
                } catch (IOException closed) {
                    open = false;
                }
            }
        }
    }

    @Test
    void bodiesThatTrickleAreRefused() throws Exception {
        startWithShortTimes();
        try (RawConnection slow = new RawConnection(server.port())) {
            slow.send("POST /v2/models/birds/infer HTTP/1.1\r\n" + HOST + "Content-Length: 1000\r\n\r\n");
            AtomicInteger sent = new AtomicInteger();
            Thread trickle = new Thread(() -> {
                try {
                    while (true) {
                        slow.send(" ");
                        sent.incrementAndGet();
                        Thread.sleep(50);
                    }
                } catch (IOException | InterruptedException closed) {
                    // the end of the test
                }
            });
            trickle.start();
            RawConnection.Response refused = slow.read();
            assertThat(sent.get()).as("bytes before the answer").isLessThan(1000);
            trickle.interrupt();
            trickle.join();
            assertProblem(refused, "a body of 20 bytes a second");
            assertThat(refused.body()).contains("it came too slowly: expected at least 10000 bytes a second");
        }
    }

    @Test
    void anAnswerMayTakeLongerThanTheIdleTime() throws Exception {
        startWithShortTimes();
        CountDownLatch begun = new CountDownLatch(1);
        server.observe(new BatchListener() {
            @Override
            public void passed(int rows, long nanos) {
                if (begun.getCount() == 0) {
                    return;
                }
                begun.countDown();
                try {
                    Thread.sleep(1_300); // the next batch waits
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        try (RawConnection first = new RawConnection(server.port());
                RawConnection second = new RawConnection(server.port())) {
            first.post(RunningServer.INFER, RunningServer.QUESTION);
            begun.await();
            second.post(RunningServer.INFER, RunningServer.QUESTION);
            assertThat(first.read().status()).isEqualTo(200);
            assertThat(second.read().status()).isEqualTo(200);
        }
    }

    @Test
    void clientsThatVanishLeaveNothing() throws Exception {
        startWithShortTimes();
        List<RawConnection> halfOpen = new ArrayList<>();
        String request = "POST /v2/models/birds/infer HTTP/1.1\r\n" + HOST + "Content-Length: 100\r\n\r\n{\"inputs\":";
        for (int length = 0; length < request.length(); length++) {
            halfOpen.add(new RawConnection(server.port()).send(request.substring(0, length)));
        }
        assertThat(server.post(RunningServer.INFER, RunningServer.QUESTION).statusCode())
                .isEqualTo(200);
        for (RawConnection connection : halfOpen) {
            int status = connection.read().status(); // comes when the idle time has passed
            assertThat(status).isIn(0, 400);
            connection.close();
        }
    }

    @Test
    void aConnectionThatIsClosedAfterAnAnswerSaysSo() throws Exception {
        for (String path : List.of("/%00", "/v2/%00", "/v2/a%0d%0ab", "/v2/%ff%fe", "/v2/models%2fbirds")) {
            try (RawConnection connection = new RawConnection(server.port())) {
                connection.send("GET " + path + " HTTP/1.1\r\n" + HOST + "\r\n");
                RawConnection.Response answer = connection.read();
                assertProblem(answer, path);
                connection.send("GET /v2 HTTP/1.1\r\n" + HOST + "\r\n");
                boolean open = answer.status() != 0 && connection.read().status() != 0;
                assertThat(answer.head().toLowerCase(Locale.ROOT).contains("\r\nconnection: close"))
                        .as(path + " " + answer.head())
                        .isEqualTo(!open);
            } catch (SocketException e) {
                // the server has closed before the second request came; the first answer was checked
            }
        }
    }

    @Test
    void bodiesThatAreCutOffAreNotAnswered() throws Exception {
        for (int sent = 0; sent < RunningServer.QUESTION.length(); sent += 7) {
            try (RawConnection cut = new RawConnection(server.port())) {
                cut.send("POST /v2/models/birds/infer HTTP/1.1\r\n" + HOST + "Content-Length: "
                        + RunningServer.QUESTION.length() + "\r\n\r\n" + RunningServer.QUESTION.substring(0, sent));
            }
        }
        assertThat(server.answered()).isZero();
    }

    private static List<String> hostileRequests() {
        String post = "POST /v2/models/birds/infer HTTP/1.1\r\n" + CLOSE;
        return List.of(
                "GARBAGE\r\n\r\n",
                "\0\0\0\0\26\3\1\r\n\r\n",
                "GET /v2 HTTP/1.1\r\n\r\n",
                "GET /v2 HTTP/1.1\r\nHost: a b\r\n\r\n",
                "GET /v2/%00 HTTP/1.1\r\n" + CLOSE + "\r\n",
                "GET /v2/a%0d%0ab HTTP/1.1\r\n" + CLOSE + "\r\n",
                "GET /v2/%ff%fe HTTP/1.1\r\n" + CLOSE + "\r\n",
                "GET /../../etc/passwd HTTP/1.1\r\n" + CLOSE + "\r\n",
                "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + CLOSE + "\r\n",
                "GET /v2/models%2fbirds HTTP/1.1\r\n" + CLOSE + "\r\n",
                "GET //evil.example/v2 HTTP/1.1\r\n" + CLOSE + "\r\n",
                "GET http://evil.example/v2 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
                "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n" + CLOSE + "\r\n",
                "GET /v2 HTTP/1.1\r\n" + CLOSE + "X: " + "a".repeat(20_000) + "\r\n\r\n",
                "GET /v2 HTTP/1.1\r\n" + CLOSE + "X: a\r\n".repeat(5_000) + "\r\n",
                "GET /v2 HTTP/1.1\r\n" + CLOSE + "Bad Header: x\r\n\r\n",
                "TRACE /v2 HTTP/1.1\r\n" + CLOSE + "\r\n",
                "OPTIONS * HTTP/1.1\r\n" + CLOSE + "\r\n",
                "CONNECT a:1 HTTP/1.1\r\n" + CLOSE + "\r\n",
                "BREW /v2 HTTP/1.1\r\n" + CLOSE + "\r\n",
                post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                post + "Content-Length: -5\r\n\r\n",
                post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
                post + "Content-Length: 99999999999999999999\r\n\r\n",
                post + "Content-Length: 9999999999\r\n\r\n",
                post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
                post + "Transfer-Encoding: gzip\r\n\r\n",
                post + "Inference-Header-Content-Length: -1\r\nContent-Length: 2\r\n\r\n{}",
                post + "Inference-Header-Content-Length: 999999999\r\nContent-Length: 2\r\n\r\n{}",
                post + "Content-Length: 0\r\n\r\n",
                body("{\"a\":".repeat(10_000)),
                body("[".repeat(10_000)),
                body("\"\\ud800"),
                body("{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1e99],\"data\":[1]}]}"),
                body("{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[2147483647,2147483647],"
                        + "\"data\":[1]}]}"),
                body("{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[65536,65536,65536,65536],"
                        + "\"parameters\":{\"binary_data_size\":0}}]}"),
                body("{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1e400,"
                        + "9".repeat(50_000) + "]}]}"),
                body("{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[NaN,1]}]}"),
                body("{\"id\":{},\"parameters\":[],\"inputs\":7}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    HTTP/1.0 | chunked
                    HTTP/1.1 | identity, chunked
                    HTTP/1.1 | identity\\r\\nTransfer-Encoding: chunked
                    """)
    void aBodyThatAnotherServerMayEndElsewhereEndsItsConnection(String version, String coding) throws IOException {
        String answers = server.raw("POST " + RunningServer.INFER + " " + version + "\r\nHost: localhost\r\n"
                + "Connection: keep-alive\r\nTransfer-Encoding: " + coding.replace("\\r\\n", "\r\n") + "\r\n\r\n"
                + Integer.toHexString(RunningServer.QUESTION.length()) + "\r\n" + RunningServer.QUESTION
                + "\r\n0\r\n\r\nGET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(answers)
                .startsWith("HTTP/1.1 400")
                .contains("Connection: close", "expected chunked alone, in HTTP/1.1")
                .doesNotContain("HTTP/1.1 200");
    }

    private static String body(String json) {
        return "POST /v2/models/birds/infer HTTP/1.1\r\n" + CLOSE + "Content-Length: " + json.length() + "\r\n\r\n"
                + json;
    }

    @Test
    void hostileRequestsGetAProblem() throws Exception {
        for (String request : hostileRequests()) {
            try (RawConnection connection = new RawConnection(server.port())) {
                assertProblem(connection.send(request).read(), request.substring(0, Math.min(200, request.length())));
            }
        }
    }

    @Test
    void randomBytesGetAProblemOrNothing() throws Exception {
        startWithShortTimes(); // some ask for a body that does not come
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String alphabet = "GET /v2POST HTTP/1.1\r\n\r\n: {}[]\",0123456789.%\0\u00ff";
        for (int i = 0; i < 100; i++) {
            StringBuilder request =
                    new StringBuilder(random.nextBoolean() ? "POST /v2/models/birds/infer HTTP/1.1\r\n" : "");
            for (int length = random.nextInt(200); length > 0; length--) {
                request.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try (RawConnection connection = new RawConnection(server.port())) {
                int status = connection.send(request + "\r\n\r\n").read().status();
                assertThat(status == 0 || status >= 400 && status < 500 || status == 505) // another version of HTTP
                        .as("seed %d, request %s, status %d", seed, request, status)
                        .isTrue();
            }
        }
    }

    @Test
    void bodiesWithRandomMistakesGetAnAnswerOrAProblem() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (RawConnection connection = new RawConnection(server.port())) {
            for (int i = 0; i < 300; i++) {
                StringBuilder body = new StringBuilder(RunningServer.QUESTION);
                for (int mistakes = 1 + random.nextInt(3); mistakes > 0; mistakes--) {
                    int place = random.nextInt(body.length());
                    switch (random.nextInt(3)) {
                        case 0 -> body.setCharAt(place, (char) (' ' + random.nextInt(95)));
                        case 1 -> body.deleteCharAt(place);
                        default -> body.insert(place, body.charAt(random.nextInt(body.length())));
                    }
                }
                RawConnection.Response response =
                        connection.post(RunningServer.INFER, body.toString()).read();
                assertThat(response.status() == 200 || response.status() >= 400 && response.status() < 500)
                        .as("seed %d, body %s: %s", seed, body, response)
                        .isTrue();
            }
        }
    }
}
