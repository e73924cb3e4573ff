package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Param;

/**
 * Measures adding, saving and opening beside a copy of the floats, a plain write with force and a plain read of the file.
 * Files are in {@code target/}, and files that are read are in the system's cache.
 */
public class FilesBenchmark extends InterleavedBenchmark {
    private static final int CLASSES = 10;
    private static final int ROWS = 4096; // added at once
    private static final ByteBuffer CHUNK = ByteBuffer.allocateDirect(1 << 20);

    @Param("100000")
    public int keys;

    @Param("1024")
    public int dim;

    @Param({"FLOAT32", "BFLOAT16", "INT8"})
    public ElementType type;

    private CacheIndex index;

    @Override
    void prepare() throws IOException {
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        FloatBuffer rows = synthetic.queries(ROWS);
        FloatBuffer copy = synthetic.queries(ROWS);
        int[] labels = IntStream.range(0, ROWS).map(row -> row % CLASSES).toArray();
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "files");
        Path saved = folder.resolve("saved.safetensors");
        Path plain = folder.resolve("plain");
        kept(() -> Files.delete(folder));
        contender("copy", () -> {
            for (int first = 0; first < keys; first += ROWS) {
                copy.duplicate().put(rows.duplicate());
            }
        });
        untimed(() -> index = new CacheIndexBuilder(dim, CLASSES)
                .type(type)
                .threads(Machine.THREADS)
                .expectedKeys(keys)
                .build());
        contender("add", () -> {
            for (int first = 0; first < keys; first += ROWS) {
                index.add(KeyBatch.of(rows, labels));
            }
        });
        contender("save", () -> index.save(saved));
        untimed(() -> index.close());
        contender("write", () -> write(plain, Files.size(saved)));
        contender("read", () -> read(saved));
        contender("open", () -> open(saved, true));
        contender("openUnverified", () -> open(saved, false));
        untimed(() -> {
            Files.delete(saved);
            Files.delete(plain);
        });
        for (String name : new String[] {"copy", "add", "write", "save", "read", "open", "openUnverified"}) {
            milliseconds(name);
        }
        over("add", "copy");
        over("open", "read");
    }

    private static void write(Path file, long bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = bytes; left > 0; left -= CHUNK.capacity()) {
                channel.write(CHUNK.clear());
            }
            channel.force(true);
        }
    }

    private static void read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(CHUNK.clear()) > 0) {
                // only the reading is timed
            }
        }
    }

    private void open(Path file, boolean verify) throws IOException {
        try (CacheIndex opened = CacheIndex.open(file, new OpenOptions().verify(verify))) {
            if (opened.size() < keys) {
                throw new IllegalStateException(opened.size() + " keys of " + keys + " are in the file");
            }
        }
    }
}
