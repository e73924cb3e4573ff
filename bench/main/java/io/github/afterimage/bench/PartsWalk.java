package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.file.IndexFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * An index larger than memory: how fast it is read, with how much memory, and whether it answers as one that is not in parts.
 * Each stage is a process of its own, so that a container's limit and its peak are those of that stage:
 *
 * <pre>
 * PartsWalk build FOLDER GIGABYTES [TYPE]      parts of 1 GiB in FOLDER, one after the other
 * PartsWalk whole FOLDER                       the same keys in one file
 * PartsWalk read FOLDER                        what a plain sequential read of the parts reaches
 * PartsWalk walk FOLDER RESIDENT BATCH...      queries with so many bytes of keys in memory, such as 2g
 * </pre>
 */
public final class PartsWalk {
    private static final int DIM = 2048;
    private static final int CLASSES = 100;
    private static final long PART_BYTES = 1L << 30;
    private static final int BATCH = 4096;
    private static final double THETA = 60;

    private PartsWalk() {}

    /** Prints what a stage measured. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[1]);
        Path index = folder.resolve("parts.safetensors");
        switch (args[0]) {
            case "build" -> build(index, Long.parseLong(args[2]), ElementType.named(args.length > 3 ? args[3] : "f32"));
            case "whole" -> {
                try (CacheIndex parts = CacheIndex.open(index, new OpenOptions().verify(false))) {
                    parts.saveWhole(whole(index), parts.attributes());
                }
            }
            case "read" -> read(index);
            default -> walk(index, args[2], List.of(args).subList(3, args.length));
        }
        Stage.printMemory();
    }

    private static Path whole(Path index) {
        return index.resolveSibling("whole.safetensors");
    }

    /** Rows begin at places of their own in one table of random numbers, so that making them costs nothing. */
    private static void build(Path index, long gigabytes, ElementType type) throws IOException {
        float[] table = new float[(1 << 20) + DIM];
        Random random = new Random(1);
        for (int i = 0; i < table.length; i++) {
            table[i] = random.nextFloat() - 0.2f;
        }
        long size = (gigabytes << 30) / ((long) DIM * type.bytes());
        long start = System.nanoTime();
        try (PartitionedIndexWriter build = CacheIndex.builder(DIM, CLASSES)
                .type(type)
                .buildInParts(index, PART_BYTES / ((long) DIM * type.bytes()))) {
            long resumed = build.size();
            FloatBuffer rows = floats(BATCH * DIM);
            for (long first = resumed; first < size; first += BATCH) {
                int count = (int) Math.min(BATCH, size - first);
                int[] labels = new int[count];
                rows.clear();
                for (int row = 0; row < count; row++) {
                    labels[row] = (int) ((first + row) % CLASSES);
                    int place = (int) ((first + row) * 0x9E3779B97F4A7C15L >>> 44);
                    rows.put(table, place, DIM);
                }
                build.add(rows.flip(), labels);
            }
            build.complete();
            double seconds = (System.nanoTime() - start) / 1e9;
            Stage.print(
                    "built %d keys of %d, %d there already, %.2f GB in %.1f s%n",
                    size, DIM, resumed, IndexFile.bytes(index) / 1e9, seconds);
        }
    }

    private static void read(Path index) throws IOException {
        Stage.forget(index);
        ByteBuffer buffer = ByteBuffer.allocateDirect(16 << 20);
        long bytes = 0;
        long start = System.nanoTime();
        for (Path part : IndexFile.files(index)) {
            try (FileChannel channel = FileChannel.open(part)) {
                while (channel.read(buffer.clear()) > 0) {
                    bytes += buffer.position();
                }
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Stage.print("read: %.2f GB in %.1f s, %.3f GB/s%n", bytes / 1e9, seconds, bytes / 1e9 / seconds);
    }

    private static void walk(Path index, String resident, List<String> batches) throws IOException {
        long bytes = IndexFile.bytes(index);
        FloatBuffer queries = queries(256);
        OpenOptions options = new OpenOptions()
                .verify(false)
                .residentBytes(io.github.afterimage.MemoryUse.parse("RESIDENT", resident));
        Distributions answer = null;
        try (CacheIndex parts = CacheIndex.open(index, options)) {
            for (String batch : batches) {
                Stage.forget(index);
                FloatBuffer some = queries.slice(0, Integer.parseInt(batch) * DIM);
                long before = Stage.bytesRead();
                long start = System.nanoTime();
                answer = parts.query(some, THETA);
                double seconds = (System.nanoTime() - start) / 1e9;
                double fromDisk = Stage.bytesRead() - before;
                Stage.print(
                        "walk: %s queries in %.1f s: %.3f GB/s of keys, %.3f GB/s from the disk; resident now %.2f GB%n",
                        batch, seconds, bytes / 1e9 / seconds, fromDisk / 1e9 / seconds, Stage.resident() / 1e9);
            }
        }
        if (answer != null && Files.exists(whole(index))) {
            try (CacheIndex whole = CacheIndex.open(whole(index), new OpenOptions().verify(false))) {
                Distributions expected = whole.query(queries.slice(0, answer.batch() * DIM), THETA);
                double worst = 0;
                for (int query = 0; query < answer.batch(); query++) {
                    for (int c = 0; c < CLASSES; c++) {
                        double difference = answer.probability(query, c) - expected.probability(query, c);
                        worst = Math.max(worst, Math.abs(difference));
                    }
                }
                Stage.print("largest difference from the index in one file: %.2g%n", worst);
            }
        }
    }

    private static FloatBuffer queries(int batch) {
        Random random = new Random(2);
        FloatBuffer rows = floats(batch * DIM);
        while (rows.hasRemaining()) {
            rows.put(random.nextFloat() - 0.2f);
        }
        return rows.flip();
    }

    private static FloatBuffer floats(int count) {
        return ByteBuffer.allocateDirect(count * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
