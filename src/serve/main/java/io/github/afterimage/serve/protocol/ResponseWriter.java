package io.github.afterimage.serve.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Writes answers: JSON, or JSON that the values of some outputs follow as bytes. */
public final class ResponseWriter {
    private static final JsonFactory JSON = new JsonFactory();

    private ResponseWriter() {}

    /**
     * A written answer.
     *
     * @param jsonBytes length of the JSON; the rest are binary values
     */
    public record Body(Parts bytes, long jsonBytes) {
        /** Returns whether binary values follow the JSON. */
        public boolean isBinary() {
            return jsonBytes < bytes.size();
        }
    }

    /**
     * Writes an answer.
     *
     * @param version of the model
     * @param binary whether an output of this name is written as bytes
     * @param maxBytes of the whole
     * @throws RequestException if it is longer
     */
    public static Body write(InferenceResponse response, String version, Predicate<String> binary, long maxBytes) {
        Parts body = new Parts(maxBytes);
        List<byte[]> parts = new ArrayList<>();
        try (JsonGenerator json = JSON.createGenerator(body)) {
            json.writeStartObject();
            json.writeStringField("model_name", response.model());
            json.writeStringField("model_version", version);
            if (!response.id().isEmpty()) {
                json.writeStringField("id", response.id());
            }
            json.writeArrayFieldStart("outputs");
            for (Tensor output : response.outputs()) {
                json.writeStartObject();
                json.writeStringField("name", output.name());
                json.writeStringField("datatype", output.type().name());
                json.writeArrayFieldStart("shape");
                for (int size : output.shape()) {
                    json.writeNumber(size);
                }
                json.writeEndArray();
                if (binary.test(output.name())) {
                    byte[] bytes = RawValues.write(output);
                    parts.add(bytes);
                    json.writeObjectFieldStart("parameters");
                    json.writeNumberField("binary_data_size", bytes.length);
                    json.writeEndObject();
                } else {
                    json.writeArrayFieldStart("data");
                    write(json, output);
                    json.writeEndArray();
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException(e); // there is no output but memory
        }
        long jsonBytes = body.size();
        parts.forEach(body::append);
        return new Body(body, jsonBytes);
    }

    private static void write(JsonGenerator json, Tensor output) throws IOException {
        if (output.values() instanceof float[] floats) {
            for (float value : floats) {
                json.writeNumber(value);
            }
        } else {
            for (byte[] value : output.elements()) {
                json.writeString(new String(value, StandardCharsets.UTF_8));
            }
        }
    }
}
