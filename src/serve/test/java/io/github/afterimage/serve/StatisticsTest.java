package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    private static final int QUESTIONS = 7;

    private RunningServer server;

    @BeforeEach
    void start() throws Exception {
        server = new RunningServer(new ServerOptions());
    }

    @AfterEach
    void close() {
        server.close();
    }

    private void ask() throws Exception {
        for (int i = 0; i < QUESTIONS; i++) {
            assertThat(server.post(RunningServer.INFER, RunningServer.QUESTION).statusCode())
                    .isEqualTo(200);
        }
    }

    private Map<String, Object> statistics() throws Exception {
        return JSON.std.mapFrom(server.get("/v2/models/birds/statistics").body());
    }

    @Test
    void statisticsCountTheRequestsOfTheLastTenSeconds() throws Exception {
        assertThat(statistics())
                .containsEntry("queries", 0)
                .containsEntry("queries_per_second", 0.0)
                .containsEntry("p50_ms", null)
                .containsEntry("p99_ms", null)
                .containsEntry("keys", 2)
                .containsEntry("bytes", 2 * 2 * 4);
        ask();
        Map<String, Object> statistics = statistics();
        assertThat(statistics)
                .containsEntry("queries", QUESTIONS)
                .containsEntry("refused", 0)
                .containsEntry("queued", 0)
                .containsEntry("engine", "fused")
                .containsKey("uptime_seconds");
        double median = (double) statistics.get("p50_ms");
        assertThat((double) statistics.get("p99_ms")).isGreaterThanOrEqualTo(median);
        assertThat(median).isPositive();
        assertThat((double) statistics.get("queries_per_second")).isBetween(QUESTIONS / 10.0, (double) QUESTIONS);
    }

    @Test
    void metricsHaveModelsTheJvmAndRequestsByRoute() throws Exception {
        ask();
        server.get("/v2/models/never-heard-of-1/ready");
        server.get("/wp-admin/2");
        server.raw("BREW /v2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        server.raw("GARBAGE\r\n\r\n");
        HttpResponse<String> metrics = server.get("/metrics");
        assertThat(metrics.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
        assertThat(metrics.body())
                .contains("afterimage_keys{index=\"birds\"} 2.0")
                .contains("afterimage_requests_total{index=\"birds\",outcome=\"answered\"} " + (double) QUESTIONS)
                .contains("jvm_memory_used_bytes")
                .contains("http_server_requests_seconds_count{method=\"POST\",status=\"200\","
                        + "uri=\"/v2/models/{model}/infer\"} " + QUESTIONS)
                .contains("{method=\"GET\",status=\"404\",uri=\"/v2/models/{model}/ready\"} 1")
                .contains("{method=\"GET\",status=\"404\",uri=\"other\"} 1")
                .contains("{method=\"other\",status=\"405\",uri=\"/v2\"} 1")
                .doesNotContain("never-heard-of", "wp-admin", "BREW");
    }

    @Test
    void everyDocumentedPathHasItsNameInTheMetrics() throws Exception {
        Map<String, Object> paths = JSON.std.mapFrom(JSON.std.asString(
                JSON.std.mapFrom(server.get("/openapi.json").body()).get("paths")));
        for (String path : paths.keySet()) {
            server.get(path.replace("{model}", "birds").replaceAll("\\{.*?}", "1"));
        }
        String metrics = server.get("/metrics").body();
        for (int i = 0; i < 100 && !metrics.contains("uri=\"/\""); i++) { // a request counts when it has ended
            Thread.sleep(100);
            metrics = server.get("/metrics").body();
        }
        for (String path : paths.keySet()) {
            assertThat(metrics).contains("uri=\"" + path.replace("/versions/{version}", "") + '"');
        }
    }

    /** The rules of {@code promtool check metrics}. */
    @Test
    void theMetricsKeepTheRulesOfPrometheus() throws Exception {
        ask();
        String metrics = server.get("/metrics").body();
        Map<String, String> types = new TreeMap<>();
        Pattern.compile("# TYPE (\\S+) (\\S+)")
                .matcher(metrics)
                .results()
                .forEach(type -> types.put(type.group(1), type.group(2)));
        assertThat(types).containsEntry("process_cpu_seconds_total", "counter");
        types.forEach((name, type) -> {
            assertThat(metrics).containsPattern("# HELP " + name + " \\S");
            assertThat(name.endsWith("_total")).as(name).isEqualTo(type.equals("counter"));
            assertThat(name)
                    .matches("[a-z][a-z0-9_]*")
                    .doesNotMatch(".*_(count|sum|bucket|info)")
                    .doesNotContain("_" + type)
                    .doesNotMatch(".*_(ns|us|ms|s|sec|secs|m|min|h|hr|kb|mb|gb|b)(_.*)?");
        });
    }
}
