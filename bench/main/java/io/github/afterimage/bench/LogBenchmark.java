package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Param;

/**
 * Measures how much the log slows adding down: threads add the same keys to an index that was empty, without a log and with each
 * {@link Durability} in turn.
 */
public class LogBenchmark extends InterleavedBenchmark {
    private static final int CLASSES = 10;
    private static final long MAX_LOG_BYTES = 64L << 30; // so that no round compacts the log

    /** Where the log is, because disks differ. */
    @Param("target")
    public String folder;

    @Param("512")
    public int dim;

    @Param("200000")
    public int keys;

    @Param("4")
    public int threads;

    /** Keys added at once. */
    @Param("64")
    public int batch;

    private CacheIndex index;

    @Override
    void prepare() throws IOException {
        Path log = Files.createTempDirectory(Files.createDirectories(Path.of(folder)), "log");
        kept(() -> Files.delete(log));
        FloatBuffer rows = new SyntheticKeys(dim, CLASSES).queries(batch);
        add("noLog", log, rows, null);
        add("every5ms", log, rows, Durability.every(Duration.ofMillis(5)));
        add("neverForced", log, rows, Durability.never());
        add("everyChange", log, rows, Durability.everyChange());
    }

    private void add(String name, Path log, FloatBuffer rows, @Nullable Durability durability) {
        Path file = log.resolve("index.safetensors");
        untimed(() -> {
            try (CacheIndex empty =
                    new CacheIndexBuilder(dim, CLASSES).threads(1).build()) {
                empty.save(file);
            }
            OpenOptions options = new OpenOptions().threads(1).maxLogBytes(MAX_LOG_BYTES);
            index = CacheIndex.open(file, durability == null ? options : options.log(durability));
        });
        contender(
                name,
                () -> Load.inThreads(threads, thread -> {
                    for (int i = 0; i < keys / batch / threads; i++) {
                        index.add(KeyBatch.of(rows.duplicate(), new int[batch]));
                    }
                }));
        untimed(() -> {
            index.close();
            try (Stream<Path> files = Files.list(log)) {
                for (Path each : files.toList()) {
                    Files.delete(each);
                }
            }
        });
        figure(name + "KeysPerSecond", () -> keys / mean(name));
        if (durability != null) {
            ofRate(name, "noLog");
        }
    }
}
