package io.github.afterimage.tensors;

import io.github.afterimage.platform.NumberType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The header of a safetensors file: its length (8 bytes, little-endian), then a JSON object padded with spaces. The object
 * has a member for each tensor and the member {@value #METADATA}, a map of strings. The tensors follow the header without gap
 * or overlap.
 *
 * @param fields of the tensors by their names, in the order of the header
 */
public record SafeTensorsHeader(Map<String, String> metadata, Map<String, Map<?, ?>> fields) {
    /** Bytes before the JSON. */
    public static final int LENGTH_BYTES = 8;
    /** The member that is not a tensor. */
    public static final String METADATA = "__metadata__";
    /**
     * Maximum bytes of JSON to read. The format allows 100 MB, but files of features and indexes have few tensors, and memory
     * holds several copies of a header.
     */
    public static final int MAX_BYTES = 16 << 20;

    /** Maximum number of tensors, because each takes time and memory; a file of features has far fewer. */
    private static final int MAX_TENSORS = 100_000;
    /** Maximum number of dimensions, as in NumPy. */
    private static final int MAX_DIMENSIONS = 64;

    /** Maximum characters of a part of the header in a message; such a part may be as long as the header. */
    private static final int SHOWN = 100;

    private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");

    /**
     * A tensor as a header describes it; nothing is known about the numbers.
     *
     * @param begin offset from the end of the header
     */
    public record Entry(String name, String type, List<Long> shape, long begin, long end) {
        @Override
        public String toString() {
            return type + " " + shape + " at [" + begin + ", " + end + "]";
        }
    }

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
            metadata.forEach((key, value) -> entries.add(HeaderJson.quote(key) + ":" + HeaderJson.quote(value)));
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
     * Parses the JSON object, but not its tensors.
     *
     * @throws IllegalArgumentException if it is not the header of a safetensors file; says why
     */
    public static SafeTensorsHeader parse(ByteBuffer json) {
        Object value;
        try {
            value = HeaderJson.parse(
                    StandardCharsets.UTF_8.newDecoder().decode(json).toString());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("not UTF-8", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not valid JSON: " + e.getMessage(), e);
        }
        if (!(value instanceof Map<?, ?> object)) {
            throw new IllegalArgumentException("not a JSON object");
        }
        if (object.size() > MAX_TENSORS) {
            throw new IllegalArgumentException("it has more than " + MAX_TENSORS
                    + " tensors, the maximum: save features, labels and probabilities alone");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        Map<String, Map<?, ?>> tensors = new LinkedHashMap<>();
        object.forEach((key, member) -> {
            String name = (String) key;
            Map<?, ?> fields = member instanceof Map<?, ?> map ? map : Map.of();
            if (name.equals(METADATA)) {
                fields.forEach((field, text) -> metadata.put((String) field, String.valueOf(text)));
            } else {
                tensors.put(name, fields);
            }
        });
        return new SafeTensorsHeader(metadata, tensors);
    }

    /**
     * Returns the tensors by their names, in the order of the header.
     *
     * @param strict true to refuse fields that the format does not have; false to pass over them
     * @throws IllegalArgumentException if one is not described as the format demands; says why
     */
    public Map<String, Entry> tensors(boolean strict) {
        Map<String, Entry> tensors = new LinkedHashMap<>();
        fields.forEach((name, tensor) -> {
            Set<Object> unknown = new LinkedHashSet<>(tensor.keySet());
            unknown.removeAll(FIELDS);
            if (strict && !unknown.isEmpty()) {
                throw refused(
                        name,
                        "has an unknown field \"" + shown(unknown.iterator().next())
                                + "\": expected dtype, shape and data_offsets");
            }
            tensors.put(name, entry(name, tensor));
        });
        return tensors;
    }

    private static Entry entry(String name, Map<?, ?> tensor) {
        if (!(tensor.get("dtype") instanceof String type)
                || !(tensor.get("shape") instanceof List<?> shape)
                || !(tensor.get("data_offsets") instanceof List<?> offsets)
                || offsets.size() != 2) {
            throw refused(name, "is incomplete: expected dtype, shape and two data_offsets");
        }
        List<Long> ends = numbers(name, offsets);
        return new Entry(name, type, numbers(name, shape), ends.get(0), ends.get(1));
    }

    private static List<Long> numbers(String name, List<?> values) {
        if (values.size() > MAX_DIMENSIONS || !values.stream().allMatch(Long.class::isInstance)) {
            throw refused(
                    name, "has the numbers " + shown(values) + ": expected at most " + MAX_DIMENSIONS + " whole ones");
        }
        return values.stream().map(Long.class::cast).toList();
    }

    private static IllegalArgumentException refused(String name, String reason) {
        return new IllegalArgumentException("tensor \"" + shown(name) + "\" " + reason);
    }

    private static String shown(Object part) {
        String text = part.toString();
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    }
}
