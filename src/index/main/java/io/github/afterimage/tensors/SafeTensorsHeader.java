package io.github.afterimage.tensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: its length (8 bytes, little-endian), then a JSON object padded with spaces. The object
 * has a member for each tensor and the member {@value #METADATA}, a map of strings. The tensors follow the header without gap
 * or overlap.
 */
public final class SafeTensorsHeader {
    /** Bytes before the JSON. */
    public static final int LENGTH_BYTES = 8;
    /** The member that is not a tensor. */
    public static final String METADATA = "__metadata__";
    /**
     * Maximum bytes of JSON to read. The format allows 100 MB, but files of features and indexes have few tensors, and memory
     * holds several copies of a header.
     */
    public static final int MAX_BYTES = 16 << 20;

    private SafeTensorsHeader() {}

    /**
     * A tensor to write.
     *
     * @param name plain ASCII without quotes
     * @param bytes of all elements
     */
    public record Tensor(String name, String type, List<Long> shape, long bytes) {
        /** Computes the bytes. */
        public Tensor(String name, NumberType type, List<Long> shape) {
            this(name, type.name(), shape, shape.stream().reduce((long) type.bytes, Math::multiplyExact));
        }
    }

    /**
     * Encodes the header of tensors that lie in this order.
     *
     * @param metadata left out if empty
     * @param alignment the length of the result is a multiple of it
     */
    public static byte[] encode(Map<String, String> metadata, List<Tensor> tensors, int alignment) {
        List<String> members = new ArrayList<>();
        if (!metadata.isEmpty()) {
            List<String> entries = new ArrayList<>();
            metadata.forEach((key, value) -> entries.add(Json.quote(key) + ":" + Json.quote(value)));
            members.add("\"" + METADATA + "\":{" + String.join(",", entries) + "}");
        }
        long begin = 0;
        for (Tensor tensor : tensors) {
            long end = Math.addExact(begin, tensor.bytes());
            members.add("\"" + tensor.name() + "\":{\"dtype\":\"" + tensor.type() + "\",\"shape\":"
                    + tensor.shape().toString().replace(" ", "") + ",\"data_offsets\":[" + begin + "," + end + "]}");
            begin = end;
        }
        String json = "{" + String.join(",", members) + "}";
        int padding = Math.floorMod(-(LENGTH_BYTES + json.length()), alignment);
        return ByteBuffer.allocate(LENGTH_BYTES + json.length() + padding)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length() + padding)
                .put((json + " ".repeat(padding)).getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    /**
     * Parses the JSON of a header. Values are {@code String}, {@code Long}, {@code List} and {@code Map}.
     *
     * @throws IllegalArgumentException if it is not UTF-8 or not a JSON object; the message gives the reason
     */
    public static Map<?, ?> parse(ByteBuffer json) {
        Object value;
        try {
            value = Json.parse(StandardCharsets.UTF_8.newDecoder().decode(json).toString());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("not UTF-8", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not valid JSON: " + e.getMessage(), e);
        }
        if (value instanceof Map<?, ?> object) {
            return object;
        }
        throw new IllegalArgumentException("not a JSON object");
    }
}
