package io.github.afterimage.serve.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An input whose fields have been read in any order. */
final class InputDraft {
    /** A Java array holds no more. */
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

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
        double product = shape.stream().mapToDouble(size -> size).reduce(1, (a, b) -> a * b);
        if (product > MAX_ELEMENTS) {
            throw RequestException.bad(
                    "input " + name + " has shape " + shape + ": expected at most " + MAX_ELEMENTS + " elements");
        }
        long count = (long) product;
        Object values = values(name, type, count, binary);
        long found = values instanceof float[] numbers ? numbers.length : ((List<?>) values).size();
        if (found != count) {
            throw RequestException.bad(
                    "input " + name + " holds " + found + " elements: expected " + count + " for shape " + shape);
        }
        return new Tensor(name, type, shape, values);
    }

    private Object values(String name, DataType type, long count, ByteBuffer binary) {
        Object size = parameters.get(BINARY_SIZE);
        if (size == null) {
            return written(name, type);
        }
        if (data != null || !(size instanceof Long bytes) || bytes < 0 || bytes > binary.remaining()) {
            throw RequestException.bad(
                    "input " + name + " has binary_data_size " + size + ": expected no data beside it,"
                            + " and at most the " + binary.remaining() + " bytes that are left of the body");
        }
        ByteBuffer source = binary.slice(binary.position(), bytes.intValue()).order(ByteOrder.LITTLE_ENDIAN);
        binary.position(binary.position() + bytes.intValue());
        return type.isNumeric() ? numbers(name, type, count, source) : elements(name, source);
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

    private static float[] numbers(String name, DataType type, long count, ByteBuffer source) {
        if (source.remaining() != count * type.bytes()) {
            throw RequestException.bad("input " + name + " has " + source.remaining() + " bytes: expected "
                    + count * type.bytes() + " for " + count + " elements of " + type);
        }
        float[] numbers = new float[(int) count];
        if (type == DataType.FP32) {
            source.asFloatBuffer().get(numbers);
        } else {
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = type.read(source);
            }
        }
        return numbers;
    }

    private static List<byte[]> elements(String name, ByteBuffer source) {
        List<byte[]> elements = new ArrayList<>();
        while (source.hasRemaining()) {
            int length = source.remaining() < Integer.BYTES ? -1 : source.getInt();
            if (length < 0 || length > source.remaining()) {
                throw RequestException.bad("element " + elements.size() + " of input " + name + " has length "
                        + length + ": expected 4 bytes of length and at most the " + source.remaining()
                        + " bytes that are left");
            }
            byte[] element = new byte[length];
            source.get(element);
            elements.add(element);
        }
        return elements;
    }
}
