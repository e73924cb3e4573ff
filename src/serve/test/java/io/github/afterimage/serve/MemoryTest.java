package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.answer.TuningRows;
import io.github.afterimage.serve.models.ModelSource;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The keys of a served index over HTTP. */
class MemoryTest {
    private static final String KEYS = "/v2/models/birds/keys";

    @TempDir
    private Path folder;

    private final long bytesBefore = MemoryUse.bytes();
    private Path file;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        file = folder.resolve("birds.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(2, 3)
                .classNames(List.of("owl", "crow", "wren"))
                .build()) {
            index.add(
                    KeyBatch.of(new float[] {1, 0, 0, 1}, new int[] {0, 1}).names(List.of("a/owl.png", "b/crow.png")));
            index.save(file);
        }
        server = new TestServer(open(true));
    }

    @AfterEach
    void close() {
        server.close();
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
    }

    private ServedIndex open(boolean taught) throws IOException {
        ModelSource<CacheIndex> source = new ModelSource<>(List.of(file), taught, log -> {
            OpenOptions options = new OpenOptions().threads(1);
            return CacheIndex.open(file, log ? options.log(Durability.everyChange()) : options);
        });
        return ServedIndex.open("birds", source, new BatchOptions());
    }

    private static String keys(String features, String labels, String more) {
        int rows = features.split(",").length / 2;
        return "{'inputs': [{'name': 'features', 'datatype': 'FP32', 'shape': [" + rows + ", 2], 'data': [" + features
                + "]}, {'name': 'label', 'datatype': 'BYTES', 'shape': [" + rows + "], 'data': [" + labels + "]}" + more
                + "]}";
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> explained(String features) throws Exception {
        Map<String, Object> answer = server.json(
                "POST",
                "/v2/models/birds/explain",
                keys(features, "'owl'", "").replaceAll(", \\{'name': 'label'.*", "]}"));
        return ((List<Map<String, Object>>) (List<?>) answer.get("answers")).get(0);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> answer, String field) {
        return (List<Map<String, Object>>) (List<?>) answer.get(field);
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String detail) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.std.mapFrom(answer.body()).get("error").toString()).contains(detail);
    }

    @Test
    void aKeyThatIsAddedCountsForTheNextRequest() throws Exception {
        assertThat(list(explained("1, 1"), "classes").get(0)).doesNotContainEntry("name", "wren");
        Map<String, Object> added = server.json(
                "POST",
                KEYS,
                keys("1, 1", "'wren'", ", {'name': 'name', 'datatype': 'BYTES', 'shape': [1], 'data': ['new']}"));
        assertThat(added)
                .containsEntry("ids", List.of(2))
                .containsEntry("keys", 3)
                .containsEntry("replayed", false);
        Map<String, Object> after = explained("1, 1");
        assertThat(list(after, "classes").get(0)).containsEntry("name", "wren").containsEntry("network", null);
        assertThat(list(after, "neighbors").get(0))
                .containsEntry("name", "new")
                .containsEntry("class", "wren")
                .containsEntry("id", 2);
    }

    @Test
    void whatIsRememberedAsAnotherClassIsReplacedOnlyWhereTheRequestSaysSo() throws Exception {
        HttpResponse<String> refused =
                server.send("POST", KEYS, keys("2, 0", "'crow'", "").replace('\'', '"'));
        assertProblem(refused, 409, "key 0 already remembers this as owl");
        assertThat(JSON.std.mapFrom(refused.body()))
                .containsEntry("ids", List.of(0))
                .containsEntry("class", "owl");
        assertThat(list(server.json("GET", KEYS, ""), "keys")).hasSize(2);
        assertThat(server.json("POST", KEYS, keys("2, 0", "'owl'", ""))).containsEntry("ids", List.of(2));
        String replacing = keys("2, 0", "'crow'", "").replaceFirst("\\{", "{'parameters': {'replace': true}, ");
        long version =
                ((Number) server.json("GET", "/v2/models/birds/index", "").get("version")).longValue();
        assertThat(server.json("POST", KEYS, replacing))
                .containsEntry("ids", List.of(3))
                .containsEntry("keys", 2)
                .containsEntry("version", (int) version + 1); // one change, so that a kill leaves both or none
        assertThat(list(explained("1, 0"), "neighbors").get(0))
                .containsEntry("id", 3)
                .containsEntry("class", "crow");
    }

    /** Sends lessons at the same time, and returns the answers in their order. */
    private List<HttpResponse<String>> atOnce(List<String> lessons) throws Exception {
        CyclicBarrier begin = new CyclicBarrier(lessons.size());
        ExecutorService clients = Executors.newFixedThreadPool(lessons.size());
        try {
            List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
            for (String lesson : lessons) {
                calls.add(() -> {
                    begin.await();
                    return server.send("POST", KEYS, lesson.replace('\'', '"'));
                });
            }
            List<HttpResponse<String>> answers = new ArrayList<>();
            for (Future<HttpResponse<String>> answer : clients.invokeAll(calls)) {
                answers.add(answer.get());
            }
            return answers;
        } finally {
            clients.shutdown();
        }
    }

    @Test
    @Timeout(120)
    void ofTwoRequestsAtOnceThatTeachOnePictureAsTwoClassesOneIsRefused() throws Exception {
        List<String> lessons = List.of(keys("1, 1", "'crow'", ""), keys("1, 1", "'wren'", ""));
        for (int round = 0; round < 40; round++) {
            List<HttpResponse<String>> answers = atOnce(lessons);
            assertThat(answers).extracting(HttpResponse::statusCode).containsExactlyInAnyOrder(200, 409);
            int taken = answers.get(0).statusCode() == 200 ? 0 : 1;
            List<?> ids = (List<?>) JSON.std.mapFrom(answers.get(taken).body()).get("ids");
            assertThat(JSON.std.mapFrom(answers.get(1 - taken).body()))
                    .containsEntry("ids", ids)
                    .containsEntry("class", taken == 0 ? "crow" : "wren");
            server.json("DELETE", KEYS + "?ids=" + ids.get(0), "");
        }
    }

    @Test
    @Timeout(120)
    void ofTwoRequestsAtOnceThatReplaceTheLaterOneReplacesTheKeyOfTheOther() throws Exception {
        List<String> lessons = Stream.of("'crow'", "'wren'")
                .map(label -> keys("1, 1", label, "").replaceFirst("\\{", "{'parameters': {'replace': true}, "))
                .toList();
        for (int round = 0; round < 25; round++) {
            assertThat(atOnce(lessons)).extracting(HttpResponse::statusCode).containsExactly(200, 200);
            assertThat(server.json("GET", "/v2/models/birds/index", "")).containsEntry("keys", 3);
        }
    }

    @Test
    void equalRowsOfARequestHaveOneClass() throws Exception {
        String twins = "{'inputs': [{'name': 'features', 'datatype': 'FP32', 'shape': [2, 2], 'data': [2, 2, 1, 1]},"
                + " {'name': 'label', 'datatype': 'BYTES', 'shape': [2], 'data': ['owl', '%s']}],"
                + " 'parameters': {'replace': true, 'new_class': true}}";
        for (String other : List.of("crow", "a new one")) {
            assertProblem(
                    server.send("POST", KEYS, String.format(twins, other).replace('\'', '"')),
                    400,
                    "rows 0 and 1 are equal, and their labels are two classes");
        }
        assertThat(server.json("POST", KEYS, String.format(twins, "owl"))).containsEntry("keys", 4);
    }

    @Test
    void aChangeTellsWhatItDoesToTheExamplesOfTheTuning() throws Exception {
        assertThat(server.json("POST", KEYS, keys("1, 1", "'wren'", ""))).doesNotContainKey("effect");
        server.close();
        try (CacheIndex index = CacheIndex.open(file)) {
            float[] rows = {0.6f, 0.8f, 0.8f, 0.6f, 1, 0};
            TuningRows examples = TuningRows.of(rows, new int[] {0, 0, 0}, null, null);
            index.files()
                    .saveTuned(
                            file,
                            Map.of("class_names", "owl\ncrow\nwren", "theta", "40", "pool.alone", "0 1 0"),
                            examples);
            index.remove(2);
            index.save(file);
        }
        server = new TestServer(open(true));
        String lesson = keys("0.6, 0.8", "'owl'", "");
        Map<String, Object> none = Map.of("pictures", 3, "more_right", 0, "fewer_right", 0);
        Map<String, Object> one = Map.of("pictures", 3, "more_right", 1, "fewer_right", 0);
        Map<String, Object> added = server.json("POST", KEYS, lesson, "Idempotency-Key", "a");
        assertThat(added).containsEntry("effect", one);
        assertThat(server.json("POST", KEYS, lesson, "Idempotency-Key", "a"))
                .containsEntry("replayed", true)
                .doesNotContainKey("effect");
        assertThat(server.json("DELETE", KEYS + "?ids=99", "")).containsEntry("effect", none);
        assertThat(server.json(
                        "DELETE",
                        KEYS + "?forget=true&ids=" + list(added, "ids").get(0),
                        ""))
                .containsEntry("removed", 1)
                .containsEntry("effect", Map.of("pictures", 2, "more_right", 0, "fewer_right", 0));
    }

    private Map<String, FileTime> files() throws IOException {
        Map<String, FileTime> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path each : all.toList()) {
                if (!each.toString().endsWith(".lock")) {
                    files.put(each.getFileName().toString(), Files.getLastModifiedTime(each));
                }
            }
        }
        return files;
    }

    @Test
    void anIndexThatNobodyTaughtIsAsItWas() throws Exception {
        server.close();
        Map<String, FileTime> before = files();
        byte[] content = Files.readAllBytes(file);
        assertThat(before).containsOnlyKeys("birds.safetensors");
        for (int start = 0; start < 2; start++) {
            server = new TestServer(open(true));
            explained("1, 1");
            server.close();
            assertThat(files()).isEqualTo(before);
        }
        server = new TestServer(open(true));
        server.json("POST", KEYS, keys("1, 1", "'wren'", ""));
        server.close();
        Map<String, FileTime> taught = files();
        server = new TestServer(open(true));
        explained("1, 1");
        server.close();
        assertThat(files()).as("after a start in which nobody taught").isEqualTo(taught);
        assertThat(content).isNotEqualTo(Files.readAllBytes(file));
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(index.size()).isEqualTo(3);
        }
    }

    @Test
    void aSaveIncludesTheLogInTheIndex() throws Exception {
        server.json("POST", KEYS, keys("1, 1", "'wren'", ""));
        assertThat((Integer) server.json("GET", "/v2/models/birds/index", "").get("log_bytes"))
                .isPositive();
        assertThat(server.json("POST", "/v2/models/birds/save", ""))
                .containsEntry("keys", 3)
                .containsEntry("log_bytes", 0);
    }

    @Test
    void classesAreNamedOrNumbered() throws Exception {
        String numbered = keys("1, 1", "2", "").replace("'BYTES'", "'INT64'");
        assertThat(server.json("POST", KEYS, numbered)).containsEntry("ids", List.of(2));
        assertProblem(
                server.send("POST", KEYS, keys("1, 1", "'hawk'", "").replace('\'', '"')),
                400,
                "label \"hawk\": no class has this name; the parameter \"new_class\": true gives it to a spare class, and GET /v2/models/birds/index lists");
        assertProblem(
                server.send(
                        "POST",
                        KEYS,
                        keys("1, 1", "7", "").replace("'BYTES'", "'INT64'").replace('\'', '"')),
                400,
                "label 7");
        assertProblem(
                server.send("POST", KEYS, keys("1, 1, 0, 0", "'owl', 'owl'", "").replace('\'', '"')),
                400,
                "key 1 is all zeros");
        assertProblem(
                server.send(
                        "POST",
                        KEYS,
                        keys("1, 1, 0, 1", "'owl'", "")
                                .replace("[2], 'data': ['owl", "[1], 'data': ['owl")
                                .replace('\'', '"')),
                400,
                "the request has 2 rows and 1 labels: expected a label for each of the rows");
        assertThat(list(server.json("GET", KEYS, ""), "keys"))
                .as("nothing of a refused request")
                .hasSize(3);
    }

    @Test
    void aRequestThatIsSentAgainAddsItsKeysOnce() throws Exception {
        String retry = UUID.randomUUID().toString();
        String body = keys("1, 1", "'wren'", "");
        ExecutorService clients = Executors.newFixedThreadPool(8);
        try {
            Callable<Map<String, Object>> send = () -> server.json("POST", KEYS, body, "Idempotency-Key", retry);
            List<Future<Map<String, Object>>> answers = clients.invokeAll(Collections.nCopies(20, send));
            int replayed = 0;
            for (Future<Map<String, Object>> answer : answers) {
                assertThat(answer.get()).containsEntry("ids", List.of(2)).containsEntry("keys", 3);
                replayed += Boolean.TRUE.equals(answer.get().get("replayed")) ? 1 : 0;
            }
            assertThat(replayed).isEqualTo(19);
        } finally {
            clients.shutdown();
        }
        assertProblem(
                server.send("POST", KEYS, keys("1, 2", "'wren'", "").replace('\'', '"'), "Idempotency-Key", retry),
                409,
                "Idempotency-Key " + retry + " belongs to another request");
    }

    @Test
    void aRequestThatIsSentAgainAfterTheServerHasEndedAddsItsKeysOnce() throws Exception {
        String body = keys("1, 1, 2, 1", "'wren', 'owl'", "");
        server.json("POST", KEYS, body, "Idempotency-Key", "logged");
        server.json("POST", "/v2/models/birds/save", "");
        server.json("POST", KEYS, body, "Idempotency-Key", "saved");
        for (int start = 0; start < 2; start++) {
            server.close();
            server = new TestServer(open(true));
            for (String retry : List.of("logged", "saved")) {
                assertThat(server.json("POST", KEYS, body, "Idempotency-Key", retry))
                        .containsEntry("ids", retry.equals("logged") ? List.of(2, 3) : List.of(4, 5))
                        .containsEntry("keys", 6)
                        .containsEntry("replayed", true);
            }
            assertProblem(
                    server.send(
                            "POST", KEYS, keys("1, 2", "'wren'", "").replace('\'', '"'), "Idempotency-Key", "saved"),
                    409,
                    "Idempotency-Key saved belongs to another request");
        }
    }

    @Test
    void aRefusedRequestMayBeSentAgainWithTheSameIdempotencyKey() throws Exception {
        assertProblem(
                server.send("POST", KEYS, keys("1, 1", "'hawk'", "").replace('\'', '"'), "Idempotency-Key", "a"),
                400,
                "hawk");
        assertThat(server.json("POST", KEYS, keys("1, 1", "'wren'", ""), "Idempotency-Key", "a"))
                .containsEntry("replayed", false);
    }

    @Test
    void removesByIdsByClassAndByName() throws Exception {
        server.json("POST", KEYS, keys("1, 1, 2, 1, 3, 1", "'wren', 'owl', 'owl'", ""));
        assertThat(server.json("DELETE", KEYS + "?ids=3-4,99", ""))
                .containsEntry("removed", 2)
                .containsEntry("warning", "no key matches ids \"99\"");
        assertThat(server.json("DELETE", KEYS + "?label=wren", "")).containsEntry("removed", 1);
        assertThat(server.json("DELETE", KEYS + "?name=b/*", ""))
                .containsEntry("removed", 1)
                .containsEntry("keys", 1);
        assertThat(server.json("DELETE", KEYS + "?name=c/*", ""))
                .containsEntry("removed", 0)
                .containsEntry("warning", "no key matches name \"c/*\"");
        assertProblem(server.send("DELETE", KEYS, ""), 400, "expected one of ids, label and name");
        assertProblem(server.send("DELETE", KEYS + "?ids=4-1", ""), 400, "ids \"4-1\"");
        assertProblem(
                server.send("DELETE", KEYS + "?id=1", ""),
                400,
                "query parameter id: expected some of [forget, ids, label, name], each once");
        assertProblem(
                server.send("DELETE", KEYS + "?name=b/*&forget=maybe", ""),
                400,
                "query parameter forget \"maybe\": expected true or false");
        assertProblem(
                server.send("DELETE", KEYS + "?label=owl", "", "Idempotency-Key", "1"),
                400,
                "Idempotency-Key of a DELETE");
        assertProblem(server.send("DELETE", KEYS + "?name=%ff%fe", ""), 400, "the query of the path cannot be read");
    }

    @Test
    void anInputThatNobodyReadsIsRefused() throws Exception {
        String more = ", {'name': 'foo', 'datatype': 'FP32', 'shape': [1], 'data': [1]}";
        String lesson = keys("1, 1", "'owl'", more).replace('\'', '"');
        assertProblem(server.send("POST", KEYS, lesson), 400, "input foo: expected some of [features, label, name]");
        String question = lesson.replaceAll("\\{\"name\": \"label\"[^}]*}, ", "");
        for (String path : List.of("infer", "explain")) {
            assertProblem(
                    server.send("POST", "/v2/models/birds/" + path, question),
                    400,
                    "input foo: expected some of [features]");
        }
        assertThat(server.json("GET", "/v2/models/birds/index", "")).containsEntry("keys", 2);
    }

    @Test
    void anEmptyFilterIsRefused() throws Exception {
        for (String filter : List.of("name=", "name", "label=", "ids=")) {
            assertProblem(server.send("DELETE", KEYS + "?" + filter, ""), 400, "is empty: expected a value");
            if (!filter.startsWith("ids")) {
                assertProblem(server.send("GET", KEYS + "?" + filter, ""), 400, "is empty: expected a value");
            }
        }
        assertThat(server.json("GET", "/v2/models/birds/index", "")).containsEntry("keys", 2);
    }

    @Test
    void manyRangesOfIdsAreBoundedTogether() throws Exception {
        String ranges = String.join(",", Collections.nCopies(500, "0-9999999"));
        assertProblem(
                server.send("DELETE", KEYS + "?ids=" + ranges, ""),
                400,
                "are 5000000000: expected at most 10,000,000 ids");
    }

    @Test
    @Timeout(60)
    void aPatternThatMatchesInManyWaysTakesNoLonger() throws Exception {
        String name = "a".repeat(1000);
        server.json(
                "POST",
                KEYS,
                keys(
                        "1, 1",
                        "'wren'",
                        ", {'name': 'name', 'datatype': 'BYTES', 'shape': [1], 'data': ['" + name + "']}"));
        for (String pattern : List.of("*?*?*?*?*?*?*?~", "*a".repeat(400) + "b", "*" + "a".repeat(500) + "b")) {
            assertThat(list(server.json("GET", KEYS + "?name=" + pattern, ""), "keys"))
                    .isEmpty();
            assertThat(server.json("DELETE", KEYS + "?name=" + pattern, "")).containsEntry("removed", 0);
        }
        assertThat(list(server.json("GET", KEYS + "?name=" + "*a".repeat(400), ""), "keys"))
                .hasSize(1);
    }

    @Test
    void listsKeysPageByPage() throws Exception {
        server.json("POST", KEYS, keys("1, 1, 2, 1, 3, 1", "'wren', 'owl', 'owl'", ""));
        Map<String, Object> first = server.json("GET", KEYS + "?label=owl&limit=2", "");
        assertThat(list(first, "keys")).extracting(key -> key.get("id")).containsExactly(0, 3);
        Map<String, Object> second = server.json("GET", KEYS + "?label=owl&limit=2&from=" + first.get("next"), "");
        assertThat(list(second, "keys")).extracting(key -> key.get("id")).containsExactly(4);
        assertThat(second.get("next")).isNull();
        assertThat(list(server.json("GET", KEYS + "?name=*.png", ""), "keys")).hasSize(2);
        assertProblem(server.send("GET", KEYS + "?limit=5000", ""), 400, "parameter limit \"5000\"");
    }

    @Test
    void describesTheIndex() throws Exception {
        Map<String, Object> index = server.json("GET", "/v2/models/birds/index", "");
        assertThat(index)
                .containsEntry("keys", 2)
                .containsEntry("dim", 2)
                .containsEntry("writable", true)
                .containsEntry(
                        "rule",
                        Map.of(
                                "theta",
                                40.0,
                                "views",
                                0,
                                "tuned",
                                false,
                                "network",
                                0.0,
                                "memory",
                                0.5,
                                "directions",
                                10.0));
        assertThat(list(index, "classes").get(1)).containsEntry("name", "crow").containsEntry("keys", 1);
    }

    @Test
    void anIndexThatIsOnlyReadSaysWhyItsKeysStay() throws Exception {
        server.close();
        server = new TestServer(open(false));
        assertProblem(
                server.send("POST", KEYS, keys("1, 1", "'wren'", "").replace('\'', '"')),
                403,
                "the keys of birds stay: the server was started without --teach");
        assertProblem(server.send("DELETE", KEYS + "?ids=0", ""), 403, "--teach");
        assertProblem(server.send("POST", "/v2/models/birds/save", ""), 403, "--teach");
        assertThat(server.json("GET", "/v2/models/birds/index", "")).containsEntry("writable", false);
    }

    @Test
    void otherMethodsAndPathsAreNamed() throws Exception {
        assertProblem(server.send("PUT", KEYS, ""), 405, "method PUT on " + KEYS + ": expected GET or HEAD or POST");
        assertProblem(server.send("GET", KEYS + "/1/name", ""), 404, "path " + KEYS + "/1/name: expected one of those");
        assertProblem(server.send("GET", KEYS + "/abc/thumbnail", ""), 400, "key \"abc\": expected its id");
        assertProblem(server.send("GET", KEYS + "/0/thumbnail", ""), 404, "key 0 has no thumbnail");
    }

    @Test
    void manyRefusedChangesWriteAtMostTenLinesInTenSeconds() throws Exception {
        List<String> said = Collections.synchronizedList(new ArrayList<>());
        Handler handler = new StreamHandler() {
            @Override
            public synchronized void publish(LogRecord line) {
                said.add(line.getMessage());
            }
        };
        Logger log = Logger.getLogger("io.github.afterimage.serve.requests");
        String added = keys("1, 1", "'wren'", "").replace('\'', '"');
        assertThat(server.send("POST", KEYS, added).statusCode()).isEqualTo(200);
        Path away = folder.resolve("away");
        Files.move(file, away);
        log.addHandler(handler);
        long begin = System.nanoTime();
        try {
            for (int i = 0; i < 200; i++) {
                assertProblem(server.send("POST", KEYS, added), 507, "the file of birds is not there: put it back");
            }
        } finally {
            log.removeHandler(handler);
            Files.move(away, file);
        }
        long begun = 2
                + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin) / 10; // the first by another test, perhaps
        assertThat(said).hasSizeBetween(1, (int) (10 * begun)).noneMatch(line -> line.contains("\n"));
        assertThat(server.send("POST", KEYS, added).statusCode()).isEqualTo(200);
    }

    /** Sets the limit of the system on the size of a file that this process writes, in place of a full disk. */
    private static void limitFiles(String bytes) throws Exception {
        Process limit = new ProcessBuilder(
                        "prlimit",
                        "--pid",
                        Long.toString(ProcessHandle.current().pid()),
                        "--fsize=" + bytes + ":")
                .inheritIO()
                .start();
        assertThat(limit.waitFor()).isZero();
    }

    /** Sends about 400 kB of keys. */
    private int addMany() throws Exception {
        String names = String.join(",", Collections.nCopies(400, "'" + "a".repeat(1000) + "'"));
        String body = keys(
                String.join(",", Collections.nCopies(800, "1")),
                String.join(",", Collections.nCopies(400, "'owl'")),
                ", {'name': 'name', 'datatype': 'BYTES', 'shape': [400], 'data': [" + names + "]}");
        HttpResponse<String> answer = server.send("POST", KEYS, body.replace('\'', '"'));
        if (answer.statusCode() != 200) {
            assertProblem(answer, 507, "the disk does not take it, and nothing is changed: free space on the disk");
            assertThat(answer.body()).contains("\"changed\":false").doesNotContain(folder.toString());
        }
        return answer.statusCode();
    }

    @Test
    void whileTheDiskIsFullNoKeyIsTakenAndQueriesAreAnswered() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "there is no prlimit to set the limit with");
        int taken = 0;
        limitFiles(Integer.toString(1200 << 10));
        try {
            while (addMany() == 200) {
                taken++;
            }
            assertThat(taken).isBetween(1, 3);
            assertThat(server.json("GET", "/v2/models/birds/index", "")).containsEntry("keys", 2 + 400 * taken);
            explained("1, 1");
        } finally {
            limitFiles("unlimited");
        }
        assertThat(addMany()).isEqualTo(200);
        server.close();
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(index.size()).isEqualTo(2 + 400L * (taken + 1));
        }
    }
}
