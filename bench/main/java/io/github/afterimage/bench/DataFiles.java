package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.engine.Engines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * The keys of every benchmark as files for others: {@code SHAPE.npy} (size, dim) float32 of unit norm, {@code
 * SHAPE.labels.npy} int32, {@code SHAPE.queries.npy} (256, dim) with labels, and {@code SHAPE.expected.npy}, the answer of
 * {@code reference} to the first of them. What is there already is kept.
 */
final class DataFiles {
    private static final int QUERIES = 256;
    private static final int CHECKED = 4;
    private static final int HEADER_BYTES = 128;

    private DataFiles() {}

    /** @param names of shapes; all but the tiny one if there is none */
    static void write(Path folder, List<String> names) throws IOException {
        Files.createDirectories(folder);
        List<Workload> shapes = names.isEmpty()
                ? Arrays.stream(Workload.values())
                        .filter(shape -> shape != Workload.TINY)
                        .toList()
                : names.stream().map(Workload::valueOf).toList();
        for (Workload shape : shapes) {
            Path expected = folder.resolve(shape + ".expected.npy");
            if (!Files.exists(expected)) { // it is written last
                System.err.println("writing " + folder.resolve(shape + ".npy"));
                write(folder, shape, expected);
            }
        }
    }

    private static void write(Path folder, Workload shape, Path expected) throws IOException {
        SyntheticKeys synthetic = shape.keys();
        FloatBuffer queries = synthetic.queries(QUERIES);
        try (CacheIndex index = CacheIndex.builder(shape.dim, shape.classes)
                        .engine(Engines.named("reference"))
                        .threads(Machine.THREADS)
                        .expectedKeys(shape.size)
                        .build();
                FileChannel keys = open(folder.resolve(shape + ".npy"), "<f4", shape.size, shape.dim);
                FileChannel labels = open(folder.resolve(shape + ".labels.npy"), "<i4", shape.size)) {
            synthetic.forEach(shape.size, (rows, itsLabels) -> {
                index.add(rows.duplicate(), itsLabels);
                ByteBuffer labelBytes = bytes(itsLabels.length);
                labelBytes.asIntBuffer().put(itsLabels);
                append(labels, labelBytes);
                append(keys, floats(rows));
            });
            try (FileChannel file = open(folder.resolve(shape + ".queries.npy"), "<f4", QUERIES, shape.dim);
                    FileChannel itsLabels = open(folder.resolve(shape + ".queries.labels.npy"), "<i4", QUERIES)) {
                append(file, floats(queries));
                ByteBuffer labelBytes = bytes(QUERIES);
                for (int query = 0; query < QUERIES; query++) {
                    labelBytes.putInt(query % shape.classes);
                }
                append(itsLabels, labelBytes.flip());
            }
            Distributions answer = index.query(queries.duplicate().limit(CHECKED * shape.dim), ReferenceAnswer.THETA);
            FloatBuffer probabilities = FloatBuffer.allocate(CHECKED * shape.classes);
            for (int query = 0; query < CHECKED; query++) {
                probabilities.put(answer.row(query));
            }
            try (FileChannel file = open(expected, "<f4", CHECKED, shape.classes)) {
                append(file, floats(probabilities.flip()));
            }
        }
    }

    private static ByteBuffer bytes(int values) {
        return ByteBuffer.allocate(values * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer floats(FloatBuffer values) {
        ByteBuffer bytes = bytes(values.remaining());
        bytes.asFloatBuffer().put(values.duplicate());
        return bytes;
    }

    /** Begins a file of NumPy's format, version 1: magic, length of the header, a Python dictionary. */
    private static FileChannel open(Path path, String type, int... shape) throws IOException {
        StringBuilder sizes = new StringBuilder();
        for (int size : shape) {
            sizes.append(size).append(", ");
        }
        String dictionary =
                String.format("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, sizes.toString());
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        header.putShort((short) (HEADER_BYTES - 10)).put(dictionary.getBytes(StandardCharsets.US_ASCII));
        while (header.remaining() > 1) {
            header.put((byte) ' ');
        }
        header.put((byte) '\n').flip();
        FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        append(channel, header);
        return channel;
    }

    private static void append(FileChannel channel, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
