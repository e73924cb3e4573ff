package io.github.afterimage.serve.protocol;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A named array of a request or an answer. Numbers are float32, whatever type they were sent in.
 *
 * @param name the name of the input or output
 * @param type the type on the wire
 * @param shape row-major; the first dimension is the batch
 * @param values {@code float[]}, or {@code List<byte[]>} for BYTES
 */
public record Tensor(String name, DataType type, List<Integer> shape, Object values) {
    private static final int MAX_DIMENSIONS = 8;
    private static final Pattern SIZE = Pattern.compile("[0-9]{1,9}");
    /** The header of an array and its place in a list. */
    private static final int ELEMENT_BYTES = 24;
    /** A Java array holds no more. */
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

    /**
     * Makes an input.
     *
     * @param values {@code float[]}, or {@code List<byte[]>} for BYTES
     * @throws RequestException if there are more or fewer values than the shape has elements, or the type does not have one of them
     */
    public static Tensor of(String name, DataType type, List<Integer> shape, Object values) {
        int count = count(name, shape);
        int found = values instanceof float[] numbers ? numbers.length : ((List<?>) values).size();
        if (found != count) {
            throw RequestException.bad(
                    "input " + name + " holds " + found + " elements: expected " + count + " for shape " + shape);
        }
        if (values instanceof float[] numbers) {
            type.require(name, numbers);
        }
        return new Tensor(name, type, shape, values);
    }

    /**
     * Adds the next size to the shape of an input.
     *
     * @throws RequestException if it is not a whole number of at most 9 digits, or the shape has 8 sizes
     */
    public static void addSize(List<Integer> shape, String size) {
        if (!SIZE.matcher(size).matches() || shape.size() == MAX_DIMENSIONS) {
            throw RequestException.bad("shape has " + size + " at dimension " + shape.size() + ": expected at most "
                    + MAX_DIMENSIONS + " whole numbers, 0 to 999999999");
        }
        shape.add(Integer.parseInt(size));
    }

    /**
     * Returns the number of elements of an input.
     *
     * @throws RequestException if a Java array cannot hold them
     */
    static int count(String name, List<Integer> shape) {
        double product = shape.stream().mapToDouble(size -> size).reduce(1, (a, b) -> a * b);
        if (product > MAX_ELEMENTS) {
            throw RequestException.bad(
                    "input " + name + " has shape " + shape + ": expected at most " + MAX_ELEMENTS + " elements");
        }
        return (int) product;
    }

    /** Makes a tensor of float32 numbers. */
    public static Tensor ofFloats(String name, List<Integer> shape, float[] values) {
        return new Tensor(name, DataType.FP32, shape, values);
    }

    /** Makes a tensor of strings of bytes. */
    public static Tensor ofBytes(String name, List<Integer> shape, List<byte[]> values) {
        return new Tensor(name, DataType.BYTES, shape, values);
    }

    /** Returns the bytes of the heap that the values take, or a few more. */
    long heapBytes() {
        return values instanceof float[] numbers
                ? (long) numbers.length * Float.BYTES
                : elements().stream()
                        .mapToLong(element -> ELEMENT_BYTES + element.length)
                        .sum();
    }

    /** Returns the rows of the batch. */
    public int batch() {
        return shape.isEmpty() ? 0 : shape.get(0);
    }

    /**
     * Returns the numbers of an input.
     *
     * @throws RequestException if it holds BYTES
     */
    public FloatBuffer floats() {
        if (values instanceof float[] numbers) {
            return FloatBuffer.wrap(numbers);
        }
        throw RequestException.bad("input " + name + " is of type " + type + ": expected FP32");
    }

    /**
     * Returns the elements of an input of BYTES.
     *
     * @throws RequestException if it holds numbers
     */
    @SuppressWarnings("unchecked")
    public List<byte[]> elements() {
        if (values instanceof List<?>) {
            return (List<byte[]>) values;
        }
        throw RequestException.bad("input " + name + " is of type " + type + ": expected BYTES");
    }

    /**
     * Checks the shape.
     *
     * @param row values of a row, after the batch; their product counts, so that images may be flat
     * @throws RequestException if it differs
     */
    public void requireRows(int... row) {
        long expected = Arrays.stream(row).asLongStream().reduce(1, (a, b) -> a * b);
        long found = shape.stream().skip(1).mapToLong(size -> size).reduce(1, (a, b) -> a * b);
        if (shape.size() < 2 || found != expected) {
            throw RequestException.bad("input " + name + " has shape " + shape + ": expected [batch, "
                    + Arrays.toString(row).substring(1));
        }
    }

    @Override
    public String toString() {
        return "Tensor[" + name + ", " + type + " " + shape + "]";
    }
}
