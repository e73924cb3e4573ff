package io.github.afterimage.model.conversion;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.model.evaluation.BadExample;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.store.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes what an index compares for each example, as safetensors: {@code labels} (n) int32, {@code features}
 * (n, keyDim) and {@code probabilities} (n, classes).
 *
 * <p>Guarantees: every tensor begins at a multiple of its element's size, so that it can be mapped; the file has its name
 * only when it is complete.
 */
public final class FeatureFile {
    private static final int BATCH = 256;
    private static final int ALIGNMENT = 64;

    private FeatureFile() {}

    /**
     * Writes the file; examples that are reduced already are written as they are, scaled to unit norm.
     *
     * @param metadata what is to be known of it, kept in the header
     * @throws IllegalArgumentException if the examples do not fit the index, or one is refused; names it
     * @throws IOException if it cannot be written; what {@code file} held is unchanged
     */
    public static PassTime write(
            CacheIndex index,
            Examples examples,
            FeatureType type,
            Map<String, String> metadata,
            Path file,
            Progress progress)
            throws IOException {
        CacheIndex fitting = CompatibleIndex.of(index, examples);
        Layout layout = new Layout(examples, fitting.keyDim(), type);
        try (AtomicFile target = AtomicFile.create(file)) {
            PassTime time = write(target.channel(), layout, fitting, examples, metadata, progress);
            target.complete();
            return time;
        }
    }

    /** Bytes that a file of features takes, but for its header. */
    public static long bytes(CacheIndex index, Examples examples, FeatureType type) {
        return new Layout(examples, index.keyDim(), type).bytes();
    }

    /** Where the tensors lie behind the header; those of the largest elements first, which aligns all. */
    private record Layout(long size, int dim, int classes, FeatureType type, FeatureType probabilityType) {
        Layout(Examples examples, int dim, FeatureType type) {
            this(
                    examples.size(),
                    dim,
                    examples.hasProbabilities() ? examples.classes() : 0,
                    type,
                    type.ofProbabilities());
        }

        long labels(long row) {
            return row * Integer.BYTES;
        }

        long features(long row) {
            return labels(size) + row * dim * type.bytes;
        }

        long probabilities(long row) {
            return features(size) + row * classes * probabilityType.bytes;
        }

        long bytes() {
            return probabilities(size);
        }

        byte[] header(Map<String, String> metadata) throws IOException {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("__metadata__", metadata);
            members.put("labels", tensor("I32", List.of(size), 0, labels(size)));
            members.put("features", tensor(type.name(), List.of(size, dim), features(0), features(size)));
            if (classes > 0) {
                members.put(
                        "probabilities",
                        tensor(probabilityType.name(), List.of(size, classes), probabilities(0), probabilities(size)));
            }
            String json = JSON.std.asString(members);
            int length = json.getBytes(StandardCharsets.UTF_8).length;
            int padding = Math.floorMod(-(Long.BYTES + length), ALIGNMENT);
            return ByteBuffer.allocate(Long.BYTES + length + padding)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(length + padding)
                    .put((json + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8))
                    .array();
        }

        private static Map<String, Object> tensor(String type, List<Object> shape, long begin, long end) {
            Map<String, Object> tensor = new LinkedHashMap<>();
            tensor.put("dtype", type);
            tensor.put("shape", shape);
            tensor.put("data_offsets", List.of(begin, end));
            return tensor;
        }
    }

    private static PassTime write(
            FileChannel channel,
            Layout layout,
            CacheIndex index,
            Examples examples,
            Map<String, String> metadata,
            Progress progress)
            throws IOException {
        byte[] header = layout.header(metadata);
        write(channel, 0, ByteBuffer.wrap(header));
        Stopwatch total = new Stopwatch();
        Stopwatch comparing = new Stopwatch();
        total.start();
        examples.forEachBatch(BATCH, progress, batch -> {
            comparing.start();
            float[] features = compared(index, batch);
            comparing.stop();
            ByteBuffer labels = buffer(batch.labels().length * Integer.BYTES);
            labels.asIntBuffer().put(batch.labels());
            write(channel, header.length + layout.labels(batch.first()), labels);
            write(channel, header.length + layout.features(batch.first()), bytes(features, layout.type));
            if (batch.probabilities() != null) {
                write(
                        channel,
                        header.length + layout.probabilities(batch.first()),
                        bytes(batch.probabilities(), layout.probabilityType));
            }
        });
        total.stop();
        return new PassTime(total.seconds() - comparing.seconds(), comparing.seconds());
    }

    private static float[] compared(CacheIndex index, Examples.Batch batch) {
        try {
            FloatBuffer rows = batch.features();
            return index.encode(rows);
        } catch (IllegalArgumentException e) {
            throw BadExample.in(batch, index, e);
        }
    }

    private static ByteBuffer bytes(float[] values, FeatureType type) {
        ByteBuffer bytes = buffer(Math.multiplyExact(values.length, type.bytes));
        for (float value : values) {
            type.put(bytes, value);
        }
        return bytes.flip();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void write(FileChannel channel, long position, ByteBuffer bytes) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }
}
