package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Query;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.answer.TuningRows;
import io.github.afterimage.serve.models.ModelSource;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.settings.Durability;
import java.net.http.HttpResponse;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares a running server with the OpenAPI document that it serves. */
class OpenApiTest {
    private static final String DOCUMENT = "urn:afterimage:openapi";
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "DELETE", "PATCH");
    private static final String FEATURES =
            "{'name': 'features', 'datatype': 'FP32', 'shape': [1, 2], 'data': [1, 0.5]}";
    private static final String QUESTION = "{'inputs': [" + FEATURES + "]}";
    private static final String LESSON = "{'inputs': [" + FEATURES
            + ", {'name': 'label', 'datatype': 'BYTES', 'shape': [1], 'data': ['owl']},"
            + " {'name': 'name', 'datatype': 'BYTES', 'shape': [1], 'data': ['a/2.png']}]}";
    private static final byte[] THUMBNAIL = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe0};

    /** Calls of the operations, in an order in which each succeeds. */
    private static final List<Call> CALLS = List.of(
            new Call("serverMetadata", ""),
            new Call("serverLive", ""),
            new Call("serverReady", ""),
            new Call("listModels", ""),
            new Call("modelMetadata", ""),
            new Call("modelVersionMetadata", ""),
            new Call("modelReady", ""),
            new Call("modelVersionReady", ""),
            new Call("modelConfiguration", ""),
            new Call("modelVersionConfiguration", ""),
            new Call("modelStatistics", ""),
            new Call("modelVersionStatistics", ""),
            new Call("allStatistics", ""),
            new Call("repositoryIndex", ""),
            new Call("infer", QUESTION),
            new Call("inferVersion", QUESTION),
            new Call("classify", "8 bytes."),
            new Call("classifyFile", "8 bytes."),
            new Call("explain", QUESTION),
            new Call("describeIndex", ""),
            new Call("listKeys", ""),
            new Call("addKeys", LESSON),
            new Call("removeKeys", ""),
            new Call("thumbnail", ""),
            new Call("save", ""),
            new Call("statistics", ""),
            new Call("metrics", ""),
            new Call("openapi", ""),
            new Call("docs", ""),
            new Call("page", ""));

    private record Call(String operation, String body) {}

    /** @param pointer of the operation in the document */
    private record Operation(String id, String method, String path, String pointer) {}

    @TempDir
    private Path folder;

    private TestServer server;
    private JsonNode document;
    private SchemaRegistry schemas;

    @BeforeEach
    void start() throws Exception {
        Path file = folder.resolve("birds.safetensors");
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).classNames(List.of("owl", "crow")).build()) {
            FloatBuffer keys = FloatBuffer.wrap(new float[] {1, 0, 0, 1});
            index.add(KeyBatch.of(keys, new int[] {0, 1})
                    .names(List.of("a/0.png", "b/1.png"))
                    .thumbnails(List.of(THUMBNAIL, THUMBNAIL)));
            Tuner tuner = new Tuner(10);
            Query query = Query.of(new float[] {1, 0}).thetas(10).evidence(true);
            for (int i = 0; i < 20; i++) {
                tuner.accept(index.answer(query), null, null, new int[] {0});
            }
            TuningRows rows = TuningRows.of(new float[] {1, 0}, new int[] {0}, null, null);
            index.files().saveTuned(file, tuner.attributes(index.attributes(), DoubtThreshold.SHARE), rows);
        }
        ModelSource<CacheIndex> source = new ModelSource<>(
                List.of(file),
                true,
                log -> CacheIndex.open(file, new OpenOptions().threads(1).log(Durability.everyChange())));
        server = new TestServer(ServedIndex.open("birds", source, new BatchOptions()));
        String text = server.send("GET", "/openapi.json", "").body();
        document = new JsonMapper().readTree(text);
        schemas = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(DOCUMENT, text)));
    }

    @AfterEach
    void close() {
        server.close();
    }

    private List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(each -> {
                    String method = each.getKey().toUpperCase(Locale.ROOT);
                    if (METHODS.contains(method)) {
                        String pointer = "/paths/" + escaped(path.getKey()) + "/" + each.getKey();
                        operations.add(new Operation(
                                each.getValue().get("operationId").asString(), method, path.getKey(), pointer));
                    }
                }));
        return operations;
    }

    private static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }

    private static String path(Operation operation, String model) {
        String path = operation
                .path
                .replace("{model}", model)
                .replace("{version}", "1")
                .replace("{id}", "1");
        return operation.id.equals("removeKeys") ? path + "?ids=0&forget=true" : path;
    }

    @Test
    void everyOperationAnswersAsDocumented() throws Exception {
        List<Operation> operations = operations();
        assertThat(operations.stream().map(Operation::id))
                .containsExactlyInAnyOrderElementsOf(
                        CALLS.stream().map(Call::operation).toList());
        for (Call call : CALLS) {
            Operation operation = operations.stream()
                    .filter(each -> each.id.equals(call.operation))
                    .findFirst()
                    .orElseThrow();
            HttpResponse<String> answer =
                    server.send(operation.method, path(operation, "birds"), call.body.replace('\'', '"'));
            assertThat(answer.statusCode()).as(call + ": " + answer.body()).isEqualTo(200);
            assertDocumented(operation, answer);
        }
    }

    @Test
    void everyMistakeIsADocumentedProblem() throws Exception {
        for (Operation operation : operations()) {
            if (operation.path.contains("{model}")) {
                HttpResponse<String> answer = server.send(operation.method, path(operation, "cats"), "");
                assertThat(answer.statusCode()).as(operation + answer.body()).isEqualTo(404);
                assertDocumented(operation, answer);
            }
            if (operation.method.equals("POST") && !operation.id.equals("save")) {
                HttpResponse<String> answer = server.send("POST", path(operation, "birds"), "{");
                assertThat(answer.statusCode()).as(operation + answer.body()).isEqualTo(400);
                assertDocumented(operation, answer);
            }
        }
    }

    @Test
    void methodsThatAreNotDocumentedAreRefused() throws Exception {
        for (Operation operation : operations()) {
            Set<String> others = new TreeSet<>(METHODS);
            operations().stream()
                    .filter(each -> each.path.equals(operation.path))
                    .forEach(each -> others.remove(each.method));
            for (String method : others) {
                HttpResponse<String> answer = server.send(method, path(operation, "birds"), "");
                assertThat(answer.statusCode())
                        .as(method + " " + operation + answer.body())
                        .isEqualTo(405);
                Set<String> allowed = new TreeSet<>(METHODS);
                allowed.removeAll(others);
                if (allowed.contains("GET")) {
                    allowed.add("HEAD");
                }
                assertThat(answer.headers().firstValue("Allow").orElse("").split(", "))
                        .containsExactlyInAnyOrderElementsOf(allowed);
                assertDocumented(operation, answer);
            }
        }
    }

    @Test
    void headIsAnsweredAsGetIsWithoutABody() throws Exception {
        for (Operation operation : operations()) {
            if (operation.method.equals("GET")) {
                HttpResponse<String> head = server.send("HEAD", path(operation, "birds"), "");
                assertThat(head.statusCode()).as(operation.id).isEqualTo(200);
                assertThat(head.body()).isEmpty();
                assertThat(head.headers().firstValueAsLong("Content-Length").orElse(0))
                        .as(operation.id)
                        .isPositive();
            }
        }
    }

    /** Generators merge what {@code allOf} lists, and forget then which properties may be null. */
    @Test
    void noSchemaIsMadeOfOthers() {
        for (String word : List.of("allOf", "anyOf", "oneOf", "unevaluatedProperties")) {
            assertThat(document.findValues(word)).as(word).isEmpty();
        }
        assertThat(document.at("/components/schemas/Explanation/properties/doubt_most/type")
                        .toString())
                .isEqualTo("[\"number\",\"null\"]");
    }

    @Test
    void everyPropertyThatMustBeThereIsDescribed() {
        List<JsonNode> objects = document.findParents("required").stream()
                .filter(each -> each.get("required").isArray())
                .toList();
        assertThat(objects).isNotEmpty().allSatisfy(each -> each.get("required")
                .forEach(name -> assertThat(each.get("properties").has(name.asString()))
                        .as(name.asString())
                        .isTrue()));
    }

    @Test
    void everyOperationParameterAndFieldIsDescribed() {
        assertThat(operations())
                .allSatisfy(each ->
                        assertThat(document.at(each.pointer).has("summary")).isTrue());
        List<JsonNode> maps = document.findValues("properties");
        List.copyOf(maps).forEach(each -> maps.addAll(each.findValues("properties")));
        maps.add(document.at("/components/parameters"));
        assertThat(maps).allSatisfy(fields -> fields.properties().forEach(each -> assertThat(
                        each.getValue().has("description") || each.getValue().has("$ref"))
                .as(each.getKey())
                .isTrue()));
    }

    @Test
    void aClassificationHasThePropertiesOfAnAnswerAndOfItsExplanation() {
        JsonNode documented = document.at("/components/schemas");
        Map<String, JsonNode> expected = properties(documented.get("ExplainedAnswer"));
        expected.putAll(properties(documented.get("Explanation")));
        expected.remove("answers");
        assertThat(properties(documented.get("Classification"))).isEqualTo(expected);
    }

    private static Map<String, JsonNode> properties(JsonNode schema) {
        Map<String, JsonNode> properties = new TreeMap<>();
        schema.get("properties").properties().forEach(each -> properties.put(each.getKey(), each.getValue()));
        return properties;
    }

    /** Some generators make no type of the object that a parameter describes in its place. */
    @Test
    void parametersAreNumbersTextsAndBooleans() {
        List<JsonNode> parameters = new ArrayList<>();
        document.findValues("parameters").stream()
                .filter(JsonNode::isArray)
                .forEach(list -> list.forEach(parameters::add));
        document.at("/components/parameters").forEach(parameters::add);
        assertThat(parameters)
                .filteredOn(each -> !each.has("$ref"))
                .isNotEmpty()
                .allSatisfy(each ->
                        assertThat(each.at("/schema/type").asString()).isIn("integer", "number", "string", "boolean"));
    }

    /** Compares an answer with the response of its status, or the default one: its type and, if it is JSON, its schema. */
    private void assertDocumented(Operation operation, HttpResponse<String> answer) {
        String responses = operation.pointer + "/responses/";
        String status = Integer.toString(answer.statusCode());
        String response =
                resolved(document.at(responses + status).isMissingNode() ? responses + "default" : responses + status);
        String type = answer.headers().firstValue("Content-Type").orElseThrow().replaceAll(";.*", "");
        String schema = response + "/content/" + escaped(type) + "/schema";
        assertThat(document.at(schema).isMissingNode())
                .as(operation + " documents no " + type + " for " + status)
                .isFalse();
        if (type.endsWith("json")) {
            List<Error> errors = schemas.getSchema(SchemaLocation.of(
                            DOCUMENT + "#" + schema.replace("{", "%7B").replace("}", "%7D")))
                    .validate(answer.body(), InputFormat.JSON);
            assertThat(errors).as(operation + ": " + answer.body()).isEmpty();
        }
    }

    /** Follows a reference to a component. */
    private String resolved(String pointer) {
        JsonNode reference = document.at(pointer).get("$ref");
        return reference == null ? pointer : reference.asString().substring(1);
    }
}
