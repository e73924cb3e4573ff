package io.github.afterimage;

import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.tensors.ArrayFormat;
import io.github.afterimage.tensors.NumberType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** The arrays that {@link StoredIndex#export} writes. */
record KeyArrays(Snapshot snapshot, KeyFormat format) {
    private boolean weighted() {
        return snapshot.parts().stream().anyMatch(keys -> keys.weights() != null);
    }

    /** Returns the bytes of all, without headers. */
    long bytes() {
        long floats = (long) format.dim() + format.values().width() + (weighted() ? 1 : 0);
        return snapshot.size() * (floats * Float.BYTES + Integer.BYTES + Long.BYTES);
    }

    List<ArrayFormat.Content> all(Progress progress) {
        List<ArrayFormat.Content> contents = new ArrayList<>();
        contents.add(matrix("features", format.dim(), progress, Keys::floats));
        contents.add(column("labels", NumberType.I32, Section.LABELS));
        contents.add(column("ids", NumberType.I64, Section.IDS));
        if (weighted()) {
            contents.add(column("weights", NumberType.F32, Section.WEIGHTS));
        }
        if (format.values().present()) {
            contents.add(matrix("values", format.values().width(), Progress.NONE, Keys::valueFloats));
        }
        return contents;
    }

    private ArrayFormat.Content column(String name, NumberType type, Section section) {
        return new ArrayFormat.Content(
                name,
                type,
                List.of(snapshot.size()),
                out -> snapshot.forEachBatch(
                        Progress.NONE, (keys, first, count) -> write(out, keys.bytes(section, first, count))));
    }

    /** Reads a row of numbers of each key, for consecutive keys. */
    private interface Rows {
        FloatBuffer floats(Keys keys, long first, int count);
    }

    private ArrayFormat.Content matrix(String name, int width, Progress reported, Rows rows) {
        return new ArrayFormat.Content(
                name,
                NumberType.F32,
                List.of(snapshot.size(), (long) width),
                out -> snapshot.forEachBatch(
                        reported, (keys, first, count) -> write(out, bytes(rows.floats(keys, first, count)))));
    }

    private static ByteBuffer bytes(FloatBuffer floats) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(floats.remaining(), Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(floats);
        return bytes;
    }

    private static void write(OutputStream out, ByteBuffer bytes) throws IOException {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        out.write(copy);
    }
}
