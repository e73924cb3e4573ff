package io.github.afterimage.network;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** The direct buffers of one run: the input, and each output once. Grown, never shrunk; used by one thread at a time. */
final class BufferSet {
    private final int inputSize;
    private final Map<String, Integer> outputSizes; // values per image, by tensor
    private int capacity;
    private FloatBuffer input;
    private final Map<String, FloatBuffer> outputs = new LinkedHashMap<>();

    BufferSet(int inputSize, Map<String, Integer> outputSizes) {
        this.inputSize = inputSize;
        this.outputSizes = outputSizes;
    }

    void reserve(int batch) {
        if (batch > capacity) {
            input = Session.floats(Math.multiplyExact(batch, inputSize));
            outputSizes.forEach((name, size) -> outputs.put(name, Session.floats(Math.multiplyExact(batch, size))));
            capacity = batch;
        }
    }

    /** (batch, input size), position 0. */
    FloatBuffer input(int batch) {
        return input.clear().limit(batch * inputSize);
    }

    /** By tensor, (batch, values per image), position 0. */
    Map<String, FloatBuffer> outputs(int batch) {
        outputs.forEach((name, buffer) -> buffer.clear().limit(batch * outputSizes.get(name)));
        return outputs;
    }
}
