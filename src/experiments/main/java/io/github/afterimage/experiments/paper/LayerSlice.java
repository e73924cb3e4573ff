package io.github.afterimage.experiments.paper;

import io.github.afterimage.model.network.KeyLayers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Which columns of features that hold several layers make one key, and what each layer of it is multiplied by. */
record LayerSlice(List<Range> ranges) {

    /** Consecutive columns: a layer. */
    record Range(int from, int length, float weight) {}

    /** One layer as it is. */
    static LayerSlice of(int from, int length) {
        return new LayerSlice(List.of(new Range(from, length, 1)));
    }

    /**
     * The layers of a key.
     *
     * @param all the layers that the features hold, in order
     * @param sizes how many values each of them has
     */
    static LayerSlice of(KeyLayers key, List<String> all, List<Integer> sizes) {
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < key.names().size(); i++) {
            int place = all.indexOf(key.names().get(i));
            int from =
                    sizes.subList(0, place).stream().mapToInt(Integer::intValue).sum();
            ranges.add(new Range(from, sizes.get(place), key.weights().get(i).floatValue()));
        }
        return new LayerSlice(ranges);
    }

    /** Values of the key. */
    int length() {
        return ranges.stream().mapToInt(Range::length).sum();
    }

    /** Room for the keys of some rows, in native memory. */
    FloatBuffer room(int rows) {
        return room(rows, length());
    }

    static FloatBuffer room(int rows, int length) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(rows, Math.multiplyExact(length, Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** Copies the columns of {@code count} rows into {@code room}: {@code (count, length)}. */
    FloatBuffer of(FloatBuffer features, int count, FloatBuffer room) {
        int dim = features.remaining() / count;
        int to = 0;
        for (int row = 0; row < count; row++) {
            int start = features.position() + row * dim;
            for (Range range : ranges) {
                room.put(to, features, start + range.from, range.length);
                for (int i = to; i < to + range.length && range.weight != 1; i++) {
                    room.put(i, room.get(i) * range.weight);
                }
                to += range.length;
            }
        }
        return room.slice(0, to);
    }
}
