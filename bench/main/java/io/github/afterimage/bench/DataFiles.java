package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engines;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.tensors.ArrayFormat;
import io.github.afterimage.tensors.ArrayFormat.Content;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The keys of every benchmark as files for others: {@code SHAPE.npy} (size, dim) float32 of unit norm, {@code
 * SHAPE.labels.npy} int32, {@code SHAPE.queries.npy} (256, dim), and {@code SHAPE.expected.npy}, the answer of
 * {@code reference} to the first of them. What is there already is kept.
 */
final class DataFiles {
    static final int QUERIES = 256;
    private static final int CHECKED = 4;

    private DataFiles() {}

    /** @param names of shapes; all but the tiny one if there is none */
    static void write(Path folder, List<String> names) throws IOException {
        Files.createDirectories(folder);
        for (Workload shape : Workload.values()) {
            Path expected = folder.resolve(shape + ".expected.npy");
            boolean wanted = names.isEmpty() ? shape != Workload.TINY : names.contains(shape.name());
            if (wanted && !Files.exists(expected)) { // it is written last
                System.err.println("writing " + folder.resolve(shape + ".npy"));
                write(folder, shape, expected);
            }
        }
    }

    private static void write(Path folder, Workload shape, Path expected) throws IOException {
        SyntheticKeys synthetic = shape.keys();
        FloatBuffer queries = synthetic.queries(QUERIES);
        try (CacheIndex index = new CacheIndexBuilder(shape.dim, shape.classes)
                .engine(Engines.named("reference"))
                .threads(Machine.THREADS)
                .expectedKeys(shape.size)
                .build()) {
            Content keys = new Content(
                    "features",
                    NumberType.F32,
                    List.of((long) shape.size, (long) shape.dim),
                    out -> synthetic.forEach(shape.size, (rows, labels) -> {
                        index.add(KeyBatch.of(rows.duplicate(), labels));
                        write(out, rows);
                    }));
            Content labels = new Content("labels", NumberType.I32, List.of((long) shape.size), out -> {
                ByteBuffer bytes = bytes(shape.size);
                for (int row = 0; row < shape.size; row++) {
                    bytes.putInt(synthetic.label(row, shape.size));
                }
                out.write(bytes.array());
            });
            ArrayFormat.write(folder.resolve(shape + ".npy"), List.of(keys, labels));
            write(folder.resolve(shape + ".queries.npy"), queries, shape.dim);
            Answer answer = index.answer(
                    Query.of(queries.duplicate().limit(CHECKED * shape.dim)).thetas(ReferenceAnswer.THETA));
            FloatBuffer probabilities = FloatBuffer.allocate(CHECKED * shape.classes);
            for (int query = 0; query < CHECKED; query++) {
                probabilities.put(answer.row(query).probabilities());
            }
            write(expected, probabilities.flip(), shape.classes);
        }
    }

    private static void write(Path file, FloatBuffer rows, int columns) throws IOException {
        List<Long> shape = List.of((long) rows.remaining() / columns, (long) columns);
        ArrayFormat.write(file, List.of(new Content("features", NumberType.F32, shape, out -> write(out, rows))));
    }

    private static void write(OutputStream out, FloatBuffer values) throws IOException {
        ByteBuffer bytes = bytes(values.remaining());
        bytes.asFloatBuffer().put(values.duplicate());
        out.write(bytes.array());
    }

    private static ByteBuffer bytes(int values) {
        return ByteBuffer.allocate(values * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }
}
