package io.github.afterimage.model.network;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** The direct buffers of one run, one for each tensor. They grow and never shrink; for one thread at a time. */
final class BufferSet {
    private final Map<String, Integer> sizes; // values per image
    private final Map<String, FloatBuffer> buffers = new LinkedHashMap<>();
    private int capacity;

    BufferSet(Map<String, Integer> sizes) {
        this.sizes = sizes;
    }

    void reserve(int batch) {
        if (batch > capacity) {
            sizes.forEach((name, size) -> buffers.put(name, Session.floats(Math.multiplyExact(batch, size))));
            capacity = batch;
        }
    }

    /** {@return the buffer of a tensor, (batch, values per image), at position 0; valid until the next {@link #reserve}} */
    FloatBuffer get(String name, int batch) {
        FloatBuffer buffer = Objects.requireNonNull(buffers.get(name), name).clear();
        return buffer.limit(buffer.capacity() / capacity * batch);
    }
}
