package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.answer.Query;
import io.github.afterimage.file.IndexFile;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * Keys that never are in memory together: how fast an index of them is built, read and asked, and with how much memory. Each stage
 * is a process of its own, so that its peak of memory is that of the stage:
 *
 * <pre>
 * LargerThanMemory build FOLDER KEYS DIM TYPE               parts of 1 GiB in FOLDER, one after the other
 * LargerThanMemory read FOLDER                              what a plain sequential read of the parts reaches
 * LargerThanMemory exact FOLDER BATCH...                    queries of the mapped parts
 * LargerThanMemory reduced REDUCTION KEYS DIM TYPE          an index of reduced keys in memory
 * </pre>
 */
public final class LargerThanMemory {
    private static final int CLASSES = 1000;
    private static final long PART_BYTES = 1L << 30;

    private LargerThanMemory() {}

    /** Prints what a stage measured. */
    public static void main(String[] args) throws IOException {
        Path index = Path.of(args[1], "parts.safetensors");
        switch (args[0]) {
            case "build" -> build(index, number(args[2]), number(args[3]), ElementType.named(args[4]));
            case "read" -> read(index);
            case "exact" -> exact(index, List.of(args).subList(2, args.length));
            case "reduced" -> reduced(Reduction.parse(args[1]), number(args[2]), number(args[3]), args[4]);
            default -> throw new IllegalArgumentException(args[0] + ": expected a stage");
        }
        print("memory: resident at most %.2f GB%n", number("/proc/self/status", "VmHWM:") * 1024 / 1e9);
    }

    private static void build(Path index, int size, int dim, ElementType type) throws IOException {
        long start = System.nanoTime();
        try (PartitionedIndexWriter writer = new CacheIndexBuilder(dim, CLASSES)
                .type(type)
                .buildInParts(index, PART_BYTES / ((long) dim * type.bytes()))) {
            new SyntheticKeys(dim, CLASSES).forEach(size, (rows, labels) -> writer.add(KeyBatch.of(rows, labels)));
            writer.complete();
        }
        print("built %d x %d, %.2f GB in %.1f s%n", size, dim, IndexFile.bytes(index) / 1e9, seconds(start));
    }

    private static void reduced(Reduction reduction, int size, int dim, String type) throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(dim, CLASSES)
                .reduce(reduction)
                .type(ElementType.named(type))
                .expectedKeys(size)
                .build()) {
            Histogram nanos = new Histogram(3);
            new SyntheticKeys(dim, CLASSES).forEach(size, (rows, labels) -> {
                long start = System.nanoTime();
                index.add(KeyBatch.of(rows, labels));
                nanos.recordValue(System.nanoTime() - start);
            });
            double seconds = nanos.getMean() * nanos.getTotalCount() / 1e9;
            double bytes = (double) size * dim * Float.BYTES;
            print(
                    "%s, %s: %d x %d (%.1f GB) in %.0f s, %.0f keys/s, %.2f GB/s; memory of the index %.0f MB%n",
                    reduction,
                    type,
                    size,
                    dim,
                    bytes / 1e9,
                    seconds,
                    size / seconds,
                    bytes / 1e9 / seconds,
                    MemoryUse.bytes() / 1e6);
        }
    }

    private static void read(Path index) throws IOException {
        forget(index);
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
        print("read: %.2f GB, %.3f GB/s%n", bytes / 1e9, bytes / 1e9 / seconds(start));
    }

    private static void exact(Path file, List<String> batches) throws IOException {
        try (CacheIndex index = CacheIndex.open(file, new OpenOptions().verify(false))) {
            SyntheticKeys keys = new SyntheticKeys(index.dim(), CLASSES);
            for (String batch : batches) {
                FloatBuffer queries = keys.queries(Integer.parseInt(batch));
                forget(file);
                double before = number("/proc/self/io", "read_bytes:");
                long start = System.nanoTime();
                index.answer(Query.of(queries).thetas(ReferenceAnswer.THETA));
                double seconds = seconds(start);
                print(
                        "%s queries in %.1f s: %.3f GB/s of keys, %.3f GB/s from the disk; resident now %.2f GB%n",
                        batch,
                        seconds,
                        IndexFile.bytes(file) / 1e9 / seconds,
                        (number("/proc/self/io", "read_bytes:") - before) / 1e9 / seconds,
                        number("/proc/self/status", "VmRSS:") * 1024 / 1e9);
            }
        }
    }

    /** Takes the files of an index out of the page cache. */
    private static void forget(Path index) throws IOException {
        for (Path part : IndexFile.files(index)) {
            try {
                new ProcessBuilder(
                                "dd", "of=" + part, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none")
                        .start()
                        .waitFor();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A number that a file of the system has behind a name. */
    private static double number(String file, String name) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(Double.NaN);
        }
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format, values);
    }
}
