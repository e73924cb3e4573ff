package io.github.afterimage.model.network;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;

/** The direct buffers of one run, one for each tensor. They grow and never shrink; for one thread at a time. */
final class BufferSet {
    private final Map<String, long[]> shapes; // with the batch first
    private final Map<String, FloatBuffer> buffers = new LinkedHashMap<>();
    private int capacity;

    BufferSet(Map<String, long[]> shapes) {
        this.shapes = shapes;
    }

    void reserve(int batch) {
        if (batch > capacity) {
            shapes.forEach((name, shape) -> {
                long values = LongStream.of(shape).skip(1).reduce(batch, Math::multiplyExact);
                buffers.put(name, Network.buffer(1, Math.toIntExact(values)));
            });
            capacity = batch;
        }
    }

    /** {@return the buffer of a tensor, (batch, values per image), at position 0; valid until the next {@link #reserve}} */
    FloatBuffer get(String name, int batch) {
        FloatBuffer buffer = Objects.requireNonNull(buffers.get(name), name).clear();
        return buffer.limit(buffer.capacity() / capacity * batch);
    }
}
