package io.github.afterimage.model.network;

import java.util.List;
import java.util.stream.LongStream;

/**
 * A tensor of a network that can be a key or part of one.
 *
 * @param name its name in the graph
 * @param operator the ONNX operator that makes it, such as {@code Relu}
 * @param shape the shape for one image, without the batch dimension
 * @param values float32 values per image, the product of the shape
 */
public record Layer(String name, String operator, List<Integer> shape, long values) {
    /** {@return the bytes of a float32 key of this layer alone} */
    public long bytes() {
        return Math.multiplyExact(values, (long) Float.BYTES);
    }

    /** {@return the shape with the batch first} */
    long[] shape(int batch) {
        return LongStream.concat(LongStream.of(batch), shape.stream().mapToLong(Integer::longValue))
                .toArray();
    }
}
