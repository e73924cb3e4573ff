package io.github.afterimage.serve.protocol;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An input whose fields have been read in any order. */
final class InputDraft {
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
