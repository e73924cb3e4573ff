package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Query;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchOptions;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two classes of 100 keys, right and up. The tuning examples lie along the right one; a tenth of them has the other class. */
class SetsTest {
    private static final int KEYS = 100;
    private static final String RIGHT = "{'name': 'features', 'datatype': 'FP32', 'shape': [1, 2], 'data': [1, 0]}";

    private static KeyBatch keys() {
        float[] rows = new float[4 * KEYS];
        int[] labels = new int[2 * KEYS];
        for (int key = 0; key < labels.length; key++) {
            labels[key] = key % 2;
            rows[2 * key + labels[key]] = 1;
        }
        return KeyBatch.of(rows, labels);
    }

    private static TestServer server() throws IOException {
        CacheIndex index = new CacheIndexBuilder(2, 2).build();
        index.add(keys());
        Tuner tuner = new Tuner(2);
        Query query = Query.of(new float[] {1, 0}).thetas(2).evidence(true);
        for (int i = 0; i < 60; i++) {
            tuner.accept(index.answer(query), null, null, new int[] {i % 10 == 0 ? 1 : 0});
        }
        index.close();
        CacheIndex tuned = new CacheIndexBuilder(2, 2)
                .attributes(tuner.attributes(Map.of(), DoubtThreshold.SHARE))
                .build();
        tuned.add(keys());
        return new TestServer(new ServedIndex("axes", tuned, new BatchOptions()));
    }

    private static String body(String more) {
        return ("{'inputs': [" + RIGHT + more + "}").replace('\'', '"');
    }

    @Test
    void aRequestGetsTheSetThatHasTheTrueClassWithTheCoverageItAsksFor() throws Exception {
        try (TestServer server = server()) {
            String explain = "/v2/models/axes/explain";
            assertThat(server.json("POST", explain, body("], 'parameters': {'coverage': 0.8}")))
                    .containsEntry("coverage", 0.8)
                    .hasEntrySatisfying(
                            "answers", answers -> assertThat(answers).asString().contains("set=[class 0]"));
            assertThat(server.json("POST", explain, body("], 'parameters': {'coverage': 0.95}"))
                            .toString())
                    .contains("set=[class 0, class 1]");
            assertThat(server.json("POST", explain, body("]")).toString()).doesNotContain("set=");
            assertThat(server.send("POST", explain, body("], 'parameters': {'coverage': 0.99}"))
                            .body())
                    .contains("the 60 examples that tune had", "at most 0.9836");
            assertThat(server.send("POST", explain, body("], 'parameters': {'coverage': 2}"))
                            .body())
                    .contains("coverage 2.0: expected 0.5 or more and less than 1");
            String infer = "/v2/models/axes/infer";
            assertThat(server.json(
                                    "POST",
                                    infer,
                                    body("], 'outputs': [{'name': 'set'}], 'parameters': {'coverage': 0.95}"))
                            .toString())
                    .contains("name=set, datatype=BYTES, shape=[1, 2], data=[class 0, class 1]");
            assertThat(server.json("POST", infer, body("], 'outputs': [{'name': 'set'}]"))
                            .toString())
                    .contains("shape=[1, 2], data=[class 0, class 1]"); // 0.95 is the usual coverage
            assertThat(server.json("GET", "/v2/models/axes/index", "")).containsEntry("greatest_coverage", 0.9836);
        }
    }

    @Test
    void everyOutputThatTheMetadataListsCanBeAskedForAndNoNameMeansThoseOfOnePass() throws Exception {
        try (TestServer server = server()) {
            List<String> listed = names(server.json("GET", "/v2/models/axes", ""));
            assertThat(listed)
                    .containsExactly("memory", "log_mass", "recognition", "doubt", "classes", "set", "neighbors");
            String infer = "/v2/models/axes/infer";
            String all = listed.stream().map(name -> "{'name': '" + name + "'}").collect(Collectors.joining(","));
            assertThat(names(server.json("POST", infer, body("], 'outputs': [" + all + "]"))))
                    .isEqualTo(listed);
            assertThat(names(server.json("POST", infer, body("]"))))
                    .containsExactly("memory", "log_mass", "recognition", "doubt", "classes", "set");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "explain?coverage=0.8 | '' | 200 | \"coverage\":0.8",
                "explain?classes=1 | '' | 200 | \"classes\":[{\"label\":0,",
                "explain?classes=-1 | '' | 400 | parameter classes -1.0: expected a whole number",
                "infer?timeout=1e999999999 | '' | 400 | parameter timeout Infinity: expected a whole number",
                "infer?tmeout=1 | '' | 400 | query parameter tmeout: expected some of [classes, coverage, neighbors, refuse",
                "infer?classes=1 | , 'parameters': {'classes': 2} | 400 | parameter classes is in the query and in the body",
                "keys?classes=1 | '' | 400 | query parameter classes: expected none",
                "save?forget=true | '' | 400 | query parameter forget: expected none",
                "infer | , 'parameters': {'theta': 2} | 400 | parameter theta: expected none, because answers are by the rule",
                "explain | , 'parameters': {'lambda': 0.5} | 400 | parameter lambda: expected none",
            })
    void parametersAreHonouredOrRefusedWhereverTheyStand(String call, String more, int status, String text)
            throws Exception {
        try (TestServer server = server()) {
            HttpResponse<String> answer =
                    server.send("POST", "/v2/models/axes/" + call, body("]" + more.replace("''", "")));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
            assertThat(answer.body()).contains(text);
        }
    }

    private static List<String> names(Map<String, Object> json) {
        return ((List<?>) json.get("outputs"))
                .stream()
                        .map(output -> (String) ((Map<?, ?>) output).get("name"))
                        .toList();
    }
}
