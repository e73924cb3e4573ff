package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchOptions;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with a sketch estimates answers for clients that allow it. */
class ToleranceTest {
    private static final int DIM = 160;
    private static final int SIZE = 24_000;
    private static final double THETA = 20;

    private final float[] query = new float[DIM];

    @TempDir
    private Path folder;

    private TestServer server;
    private CacheIndex index;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(NativeLibrary.available(), "no native library");
        Random random = new Random(3);
        float[] keys = new float[SIZE * DIM];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (float) (random.nextGaussian() / Math.sqrt(1 + i % DIM));
        }
        for (int i = 0; i < DIM; i++) {
            query[i] = keys[i] + keys[DIM + i];
        }
        Path file = folder.resolve("birds.safetensors");
        try (CacheIndex built = new CacheIndexBuilder(DIM, 3).build()) {
            built.add(keys, random.ints(SIZE, 0, 3).toArray());
            built.save(file);
        }
        index = CacheIndex.open(file, new OpenOptions().sketch(64).audit(1).threads(1));
        server = new TestServer(new ServedIndex("birds", index, THETA, new BatchOptions()));
    }

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
    }

    private HttpResponse<String> ask(String parameters) throws Exception {
        return ask("infer", parameters);
    }

    private HttpResponse<String> ask(String call, String parameters) throws Exception {
        return server.send(
                "POST",
                "/v2/models/birds/" + call,
                ("{'inputs': [{'name': 'features', 'datatype': 'FP32', 'shape': [1, 160], 'data': "
                                + Arrays.toString(query) + "}], 'parameters': {" + parameters
                                + "}, 'outputs': [{'name': 'memory'}, {'name': 'half_width'}]}")
                        .replace('\'', '"'));
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> explained(String parameters) throws Exception {
        Map<String, Object> answer = JSON.std.mapFrom(ask("explain", parameters).body());
        return ((List<Map<String, Object>>) answer.get("answers")).get(0);
    }

    @Test
    void anExplanationSaysHowManyKeysWereRead() throws Exception {
        assertThat(explained("")).containsEntry("half_width", 0.0).containsEntry("keys_read", SIZE);
        Map<String, Object> estimated = explained("'tolerance': 0.01, 'neighbors': 0");
        assertThat((Integer) estimated.get("keys_read")).isBetween(1, SIZE / 2);
        assertThat((Double) estimated.get("half_width")).isBetween(1e-6, 0.01);
        Map<String, Object> index = server.json("GET", "/v2/models/birds/index", "");
        assertThat((Integer) index.get("sketch_bytes")).isPositive();
    }

    @SuppressWarnings("unchecked")
    private static List<Double> numbers(HttpResponse<String> answer, int output) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        List<Map<String, Object>> outputs =
                (List<Map<String, Object>>) JSON.std.mapFrom(answer.body()).get("outputs");
        List<Number> data = (List<Number>) outputs.get(output).get("data");
        return data.stream().map(Number::doubleValue).toList();
    }

    @Test
    void aRequestMayAllowAnError() throws Exception {
        HttpResponse<String> exact = ask("");
        HttpResponse<String> estimated = ask("'tolerance': 0.01");
        assertThat(numbers(exact, 1)).containsExactly(0.0);
        assertThat(numbers(estimated, 1).get(0)).isBetween(1e-6, 0.01);
        for (int c = 0; c < 3; c++) {
            assertThat(numbers(estimated, 0).get(c)).isCloseTo(numbers(exact, 0).get(c), within(0.01));
        }
        assertThat(server.send("GET", "/metrics", "").body())
                .contains("afterimage_estimates_total{index=\"birds\"} 1.0")
                .contains("afterimage_estimates_audited_total{index=\"birds\"} 1.0");
    }

    @Test
    void aToleranceOutOfRangeIsRefused() throws Exception {
        HttpResponse<String> answer = ask("'tolerance': 2");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("tolerance 2.0: expected 1.0E-6 to 1, of a probability, or 0");
        assertThat(ask("'tolerance': 'small'").body()).contains("parameter tolerance \\\"small\\\": expected a number");
        assertThat(ask("'tolerance': '0.01'").body()).contains("parameter tolerance \\\"0.01\\\": expected a number");
    }
}
