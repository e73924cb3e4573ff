package io.github.afterimage.serve.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes the elements of tensors as bytes, little-endian; each element of BYTES follows its length (int32). */
public final class RawValues {
    private RawValues() {}

    /**
     * Reads an input.
     *
     * @param bytes exactly those of the input
     * @throws RequestException if they are not the elements of the shape
     */
    public static Tensor read(String name, DataType type, List<Integer> shape, ByteBuffer bytes) {
        ByteBuffer source = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        return Tensor.of(
                name,
                type,
                shape,
                type.isNumeric() ? numbers(name, type, Tensor.count(name, shape), source) : elements(name, source));
    }

    private static float[] numbers(String name, DataType type, int count, ByteBuffer source) {
        if (source.remaining() != (long) count * type.bytes()) {
            throw RequestException.bad("input " + name + " has " + source.remaining() + " bytes: expected "
                    + (long) count * type.bytes() + " for " + count + " elements of " + type);
        }
        float[] numbers = new float[count];
        if (type == DataType.FP32) {
            source.asFloatBuffer().get(numbers);
        } else {
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = type.read(source, i * type.bytes());
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

    /**
     * Checks the length of an answer.
     *
     * @throws RequestException if the outputs take more bytes than {@code maxBytes}
     */
    public static void requireFew(List<Tensor> outputs, long maxBytes) {
        long bytes = outputs.stream().mapToLong(RawValues::bytes).sum();
        if (bytes > maxBytes) {
            throw Parts.tooLong(maxBytes);
        }
    }

    private static long bytes(Tensor output) {
        return output.type().isNumeric()
                ? output.heapBytes()
                : output.elements().stream()
                        .mapToLong(element -> Integer.BYTES + element.length)
                        .sum();
    }

    /** Writes an output. */
    public static byte[] write(Tensor output) {
        if (output.values() instanceof float[] floats) {
            ByteBuffer target = little(floats.length * Float.BYTES);
            target.asFloatBuffer().put(floats);
            return target.array();
        }
        List<byte[]> elements = output.elements();
        ByteBuffer target = little(Math.toIntExact(bytes(output)));
        elements.forEach(element -> target.putInt(element.length).put(element));
        return target.array();
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
