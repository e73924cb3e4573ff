package io.github.afterimage.model.network;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A tensor of a network that can be a key or part of one.
 *
 * @param name its name in the graph
 * @param operator the ONNX operator that makes it, such as {@code Relu}
 * @param shape the shape for one image, without the batch dimension
 * @param values float32 values per image, the product of the shape
 */
public record Layer(String name, String operator, List<Integer> shape, long values) {
    /** {@return whether it has two dimensions, as the layers of a transformer: tokens, and the values of each} */
    public boolean hasTokens() {
        return shape.size() == 2 && shape.get(0) > 1;
    }

    /** {@return the keys that are one token long: the class token, which is the first, and the mean; itself without tokens} */
    public List<Layer> pooled() {
        return hasTokens()
                ? Stream.of(TokenKeys.CLASS, TokenKeys.MEAN)
                        .map(key -> new Layer(name + key, operator, shape.subList(1, 2), shape.get(1)))
                        .toList()
                : List.of(this);
    }

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
