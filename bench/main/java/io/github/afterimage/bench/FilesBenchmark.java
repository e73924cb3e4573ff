package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.OpenOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Measures adding, saving and opening beside a copy of the floats, a plain write with force and a plain read of the file.
 * Files are in {@code target/}, and files that are read are in the system's cache.
 */
public class FilesBenchmark extends InterleavedBenchmark {
    private static final int COPY = 0;
    private static final int ADD = 1;
    private static final int WRITE = 2;
    private static final int SAVE = 3;
    private static final int READ = 4;
    private static final int OPEN = 5;
    private static final int OPEN_UNVERIFIED = 6;
    private static final int CLASSES = 10;
    private static final int ROWS = 4096; // added at once
    private static final ByteBuffer CHUNK = ByteBuffer.allocateDirect(1 << 20);

    @Param("100000")
    public int keys;

    @Param("1024")
    public int dim;

    @Param({"FLOAT32", "BFLOAT16", "INT8"})
    public ElementType type;

    private FloatBuffer rows;
    private FloatBuffer copy;
    private int[] labels;
    private Path folder;
    private long fileBytes;

    /** Times in milliseconds, and as multiples of the plain copy, write and read. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Costs extends Counters {
        public double copyMilliseconds() {
            return times.mean(COPY) * 1e3;
        }

        public double addMilliseconds() {
            return times.mean(ADD) * 1e3;
        }

        public double writeMilliseconds() {
            return times.mean(WRITE) * 1e3;
        }

        public double saveMilliseconds() {
            return times.mean(SAVE) * 1e3;
        }

        public double readMilliseconds() {
            return times.mean(READ) * 1e3;
        }

        public double openMilliseconds() {
            return times.mean(OPEN) * 1e3;
        }

        public double openUnverifiedMilliseconds() {
            return times.mean(OPEN_UNVERIFIED) * 1e3;
        }

        public double addOverCopy() {
            return times.ratio(ADD, COPY);
        }

        public double openOverRead() {
            return times.ratio(OPEN, READ);
        }
    }

    @Setup
    public void makeRows() throws IOException {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        rows = synthetic.queries(ROWS);
        copy = synthetic.queries(ROWS);
        labels = new int[ROWS];
        for (int row = 0; row < ROWS; row++) {
            labels[row] = row % CLASSES;
        }
        folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "files");
        CHUNK.put(new byte[CHUNK.capacity()]).clear();
    }

    @Benchmark
    public long costs(Costs costs) throws IOException {
        ContenderTimes times = costs.times;
        times.round();
        times.time(COPY, this::copy);
        Path saved = folder.resolve("saved.safetensors");
        try (CacheIndex index = CacheIndex.builder(dim, CLASSES)
                .type(type)
                .threads(Machine.THREADS)
                .expectedKeys(keys)
                .build()) {
            times.time(ADD, () -> add(index));
            Files.deleteIfExists(saved);
            times.time(SAVE, () -> save(index, saved));
            fileBytes = Files.size(saved);
        }
        times.time(WRITE, () -> write(folder.resolve("plain")));
        times.time(READ, () -> read(saved));
        times.time(OPEN, () -> open(saved, true));
        times.time(OPEN_UNVERIFIED, () -> open(saved, false));
        return fileBytes;
    }

    private void copy() {
        for (int first = 0; first < keys; first += ROWS) {
            copy.duplicate().put(rows.duplicate());
        }
    }

    private void add(CacheIndex index) {
        for (int first = 0; first < keys; first += ROWS) {
            index.add(rows, labels);
        }
    }

    private static void save(CacheIndex index, Path file) {
        try {
            index.save(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Path file) {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (long left = fileBytes; left > 0; left -= CHUNK.capacity()) {
                channel.write(CHUNK.clear());
            }
            channel.force(true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(CHUNK.clear()) > 0) {
                // only the reading is timed
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void open(Path file, boolean verify) {
        try (CacheIndex index = CacheIndex.open(file, new OpenOptions().verify(verify))) {
            if (index.size() < keys) {
                throw new IllegalStateException(index.size() + " keys of " + keys + " are in the file");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TearDown
    public void delete() throws IOException {
        for (String name : new String[] {"saved.safetensors", "plain"}) {
            Files.deleteIfExists(folder.resolve(name));
        }
        Files.deleteIfExists(folder);
    }
}
