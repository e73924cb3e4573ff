package io.github.afterimage.serve.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests for inference: JSON, or JSON that the values of some inputs follow as bytes, little-endian (the binary tensor
 * extension). {@link #heapBytes} bounds the memory.
 */
public final class RequestReader {
    private static final int MAX_DEPTH = 100;
    private static final int MAX_NUMBER = 64;
    /** No request needs as many inputs, outputs or parameters; each takes more memory than its text. */
    private static final int MAX_FIELDS = 100;
    /** Strings of one letter take most: 4 bytes of text become 24 of an array and up to 12 of a list. */
    private static final int HEAP_OF_JSON = 9;
    /** Empty elements of BYTES take most: 4 bytes of length become 16 of an array and up to 12 of a list. */
    private static final int HEAP_OF_BINARY = 7;

    /** Strings are as long as the body at most. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final JsonParser json;
    private final ByteBuffer binary;

    private RequestReader(JsonParser json, ByteBuffer binary) {
        this.json = json;
        this.binary = binary;
    }

    /**
     * Returns the bytes of the heap that a body and the request which is read from it take at most.
     *
     * @param jsonBytes length of the JSON; the rest are binary values
     */
    public static long heapBytes(int bodyBytes, int jsonBytes) {
        int json = Math.min(jsonBytes, bodyBytes);
        return bodyBytes + (long) HEAP_OF_JSON * json + (long) HEAP_OF_BINARY * (bodyBytes - json);
    }

    /**
     * Reads a request.
     *
     * @param body JSON, then binary values
     * @param jsonBytes length of the JSON
     * @throws RequestException if the body is not a request; the message names the place
     */
    public static InferenceRequest read(byte[] body, int jsonBytes) {
        if (jsonBytes < 0 || jsonBytes > body.length) {
            throw RequestException.bad("Inference-Header-Content-Length " + jsonBytes
                    + ": expected the length of the JSON, at most the " + body.length + " bytes of the body");
        }
        ByteBuffer binary = ByteBuffer.wrap(body, jsonBytes, body.length - jsonBytes)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
        try (JsonParser json = JSON.createParser(body, 0, jsonBytes)) {
            InferenceRequest request = new RequestReader(json, binary).request();
            if (json.nextToken() != null) {
                throw RequestException.bad("there is more after the JSON of the request: expected one object");
            }
            if (binary.hasRemaining()) {
                throw RequestException.bad(
                        binary.remaining() + " bytes are left after the binary inputs: expected none;"
                                + " binary_data_size of each input says how many bytes it takes");
            }
            return request;
        } catch (JsonProcessingException e) {
            JsonLocation place = e.getLocation(); // a limit of the parser that is passed has none
            throw RequestException.bad("the request is not JSON: " + sentence(e)
                    + (place == null ? "" : " at line " + place.getLineNr() + ", column " + place.getColumnNr()));
        } catch (IOException e) {
            throw new IllegalStateException(e); // there is no input but memory
        }
    }

    /** Returns the message without the settings of the parser, which a client cannot change. */
    private static String sentence(JsonProcessingException e) {
        return String.valueOf(e.getOriginalMessage())
                .replaceAll("(?s)[ (,;]*(from|enable|disable|in|Source:) ?`?[A-Z]\\w*(Feature|Constraints).*", "")
                .replaceAll("(?s)[ ;(]*(Source: REDACTED|enable `).*", "")
                .replaceAll("[(]([0-9]+)$", "($1)");
    }

    private InferenceRequest request() throws IOException {
        expect(json.nextToken(), JsonToken.START_OBJECT, "the request");
        String id = "";
        Map<String, Object> parameters = Map.of();
        List<InputDraft> inputs = List.of();
        List<OutputDraft> outputs = List.of();
        Set<String> seen = new HashSet<>();
        for (String field = field(seen); field != null; field = field(seen)) {
            switch (field) {
                case "id" -> id = string("id");
                case "parameters" -> parameters = parameters("parameters");
                case "inputs" -> inputs = list("inputs", this::input);
                case "outputs" -> outputs = list("outputs", this::output);
                default -> json.skipChildren();
            }
        }
        boolean binaryOutputs = Boolean.TRUE.equals(parameters.get(InferenceRequest.BINARY_OUTPUTS));
        List<Tensor> tensors = new ArrayList<>();
        for (InputDraft input : inputs) {
            tensors.add(input.tensor(binary));
        }
        return new InferenceRequest(
                id,
                parameters,
                tensors,
                outputs.stream()
                        .map(output -> InferenceRequest.Output.of(output.name, output.parameters, binaryOutputs))
                        .toList());
    }

    /** Reads up to the next field of an object, and to its value; null at the end. One that is null counts as absent. */
    private @Nullable String field(Set<String> seen) throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            if (!seen.add(name)) {
                throw RequestException.bad("field " + name + " is there twice in an object: expected each field once");
            }
            requireFew("an object", seen.size());
            if (json.nextToken() != JsonToken.VALUE_NULL) {
                return name;
            }
        }
        return null;
    }

    private interface Element<T> {
        T read() throws IOException;
    }

    private <T> List<T> list(String field, Element<T> element) throws IOException {
        expect(json.currentToken(), JsonToken.START_ARRAY, field);
        List<T> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json.currentToken(), JsonToken.START_OBJECT, "an element of " + field);
            list.add(element.read());
            requireFew(field, list.size());
        }
        return list;
    }

    private static void requireFew(String field, int count) {
        if (count > MAX_FIELDS) {
            throw RequestException.bad(field + " has more than " + MAX_FIELDS + " elements: expected fewer");
        }
    }

    private InputDraft input() throws IOException {
        InputDraft draft = new InputDraft();
        Set<String> seen = new HashSet<>();
        for (String field = field(seen); field != null; field = field(seen)) {
            switch (field) {
                case "name" -> draft.name = string("name");
                case "datatype" -> draft.type = DataType.named(string("datatype"));
                case "shape" -> draft.shape = shape();
                case "parameters" -> draft.parameters = parameters("parameters of an input");
                case "data" -> draft.data = data();
                default -> json.skipChildren();
            }
        }
        return draft;
    }

    private OutputDraft output() throws IOException {
        String name = null;
        Map<String, Object> parameters = Map.of();
        Set<String> seen = new HashSet<>();
        for (String field = field(seen); field != null; field = field(seen)) {
            switch (field) {
                case "name" -> name = string("name");
                case "parameters" -> parameters = parameters("parameters of an output");
                default -> json.skipChildren();
            }
        }
        if (name == null) {
            throw RequestException.bad("an output has no name");
        }
        return new OutputDraft(name, parameters);
    }

    /** An input whose fields have been read in any order. */
    private static final class InputDraft {
        private static final String BINARY_SIZE = "binary_data_size";

        @Nullable
        String name;

        @Nullable
        DataType type;

        @Nullable
        List<Integer> shape;

        Map<String, Object> parameters = Map.of();

        @Nullable
        Object data;

        Tensor tensor(ByteBuffer binary) {
            if (name == null || type == null || shape == null) {
                throw RequestException.bad("input " + (name == null ? "without a name" : name) + " has no "
                        + (name == null ? "name" : type == null ? "datatype" : "shape"));
            }
            InferenceRequest.requireInline("input " + name, parameters);
            Object size = parameters.get(BINARY_SIZE);
            if (size == null) {
                return Tensor.of(name, type, shape, written(name, type));
            }
            if (data != null || !(size instanceof Long bytes) || bytes < 0 || bytes > binary.remaining()) {
                throw RequestException.bad(
                        "input " + name + " has binary_data_size " + size + ": expected no data beside it,"
                                + " and at most the " + binary.remaining() + " bytes that are left of the body");
            }
            ByteBuffer source = binary.slice(binary.position(), bytes.intValue());
            binary.position(binary.position() + bytes.intValue());
            return RawValues.read(name, type, shape, source);
        }

        private Object written(String name, DataType type) {
            Object written = data == null ? new float[0] : data;
            boolean numeric = written instanceof float[];
            if (numeric && !type.isNumeric() && ((float[]) written).length == 0) {
                return List.of();
            }
            if (numeric != type.isNumeric()) {
                throw RequestException.bad("input " + name + " of type " + type + " holds "
                        + (numeric ? "numbers: expected strings" : "strings: expected numbers"));
            }
            return written;
        }
    }

    private record OutputDraft(String name, Map<String, Object> parameters) {}

    private List<Integer> shape() throws IOException {
        expect(json.currentToken(), JsonToken.START_ARRAY, "shape");
        List<Integer> shape = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            boolean whole = json.currentToken() == JsonToken.VALUE_NUMBER_INT;
            Tensor.addSize(shape, whole ? json.getText() : "'" + json.getText() + "'");
        }
        return shape;
    }

    /** Reads numbers or strings, in any nesting of arrays, in order. */
    private Object data() throws IOException {
        expect(json.currentToken(), JsonToken.START_ARRAY, "data");
        float[] numbers = new float[16];
        int count = 0;
        List<byte[]> strings = new ArrayList<>();
        int depth = 1;
        while (depth > 0) {
            JsonToken token = json.nextToken();
            if (token == JsonToken.START_ARRAY) {
                depth++;
            } else if (token == JsonToken.END_ARRAY) {
                depth--;
            } else if ((token.isNumeric() || token.isBoolean()) && strings.isEmpty()) {
                if (count == numbers.length) {
                    numbers = Arrays.copyOf(numbers, 2 * count);
                }
                numbers[count++] = token.isNumeric() ? json.getFloatValue() : token == JsonToken.VALUE_TRUE ? 1 : 0;
            } else if (token == JsonToken.VALUE_STRING && count == 0) {
                strings.add(json.getText().getBytes(StandardCharsets.UTF_8));
            } else {
                throw RequestException.bad("data has " + described(token) + " after " + (count + strings.size())
                        + " elements: expected numbers only, or strings only");
            }
        }
        return strings.isEmpty() ? Arrays.copyOf(numbers, count) : strings;
    }

    private Map<String, Object> parameters(String field) throws IOException {
        expect(json.currentToken(), JsonToken.START_OBJECT, field);
        Map<String, Object> parameters = new LinkedHashMap<>();
        Set<String> seen = new HashSet<>();
        for (String name = field(seen); name != null; name = field(seen)) {
            Object value =
                    switch (json.currentToken()) {
                        case VALUE_TRUE -> true;
                        case VALUE_FALSE -> false;
                        case VALUE_STRING -> json.getText();
                        case VALUE_NUMBER_INT -> json.getLongValue();
                        case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
                        default ->
                            throw RequestException.bad("parameter " + name + " is " + described(json.currentToken())
                                    + ": expected a string, a number, true or false");
                    };
            parameters.put(name, value);
        }
        return parameters;
    }

    private String string(String field) throws IOException {
        expect(json.currentToken(), JsonToken.VALUE_STRING, field);
        return json.getText();
    }

    private static void expect(@Nullable JsonToken found, JsonToken wanted, String what) {
        if (found != wanted) {
            throw RequestException.bad(what + " is " + described(found) + ": expected " + described(wanted));
        }
    }

    private static String described(@Nullable JsonToken token) {
        if (token == null) {
            return "missing";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a number";
            default -> token.asString(); // true, false or null
        };
    }
}
