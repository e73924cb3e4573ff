package io.github.afterimage.experiments.protocol;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.platform.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the results of an experiment's finished parts, one small JSON file each, and computes each part once. The file's name
 * ends in a hash of the settings, which the file also holds; other settings make another part.
 *
 * <p>Not thread-safe. Two processes may use one folder: at worst both compute a part.
 */
public final class WorkFolder {
    /** Increased whenever the same settings give another result than before. */
    private static final int VERSION = 4;

    private static final int HASH_DIGITS = 16;

    private final Path folder;
    private final LongSupplier peakBytes;
    private ComputeTime time = new ComputeTime(0, 0);
    private long peak;
    private int computed;
    private int reused;

    /** Computes a part. */
    public interface Work<T> {
        T run() throws IOException;
    }

    /** The content of a file; {@code result} is read again as its own type. */
    public record Part(
            Map<String, Object> settings, double seconds, double processorSeconds, long peakBytes, Object result) {

        public ComputeTime time() {
            return new ComputeTime(seconds, processorSeconds);
        }
    }

    /**
     * The time that parts took.
     *
     * @param processorSeconds the time of all processors together, which other processes do not prolong; 0 if the system
     *     does not report it
     */
    public record ComputeTime(double seconds, double processorSeconds) {
        ComputeTime plus(ComputeTime other) {
            return new ComputeTime(seconds + other.seconds, processorSeconds + other.processorSeconds);
        }
    }

    /** Measures the time since its construction. */
    private static final class ComputeTimer {
        private final long start = System.nanoTime();
        private final double processor = processorSeconds();

        ComputeTime time() {
            return new ComputeTime((System.nanoTime() - start) / 1e9, processorSeconds() - processor);
        }

        private static double processorSeconds() {
            return ProcessHandle.current()
                            .info()
                            .totalCpuDuration()
                            .orElse(Duration.ZERO)
                            .toNanos()
                    / 1e9;
        }
    }

    /**
     * Opens a folder, and creates it if it does not exist.
     *
     * @param peakBytes returns the maximum memory that the process has used
     */
    public WorkFolder(Path folder, LongSupplier peakBytes) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.peakBytes = peakBytes;
    }

    /**
     * Returns the kept result of a part, or computes and keeps it.
     *
     * @param name the part's name, which begins the file's name
     * @param settings everything that the result depends on: numbers, texts, and lists and maps of these
     * @param type a record that JSON can hold
     */
    public <T> T part(String name, Map<String, ?> settings, Class<T> type, Work<T> work) throws IOException {
        Map<String, Object> all = versioned(settings);
        Path file = file(name, settings, ".json");
        Part before = read(file);
        if (before != null && JSON.std.asString(before.settings).equals(JSON.std.asString(all))) {
            reused++;
            time = time.plus(before.time());
            peak = Math.max(peak, before.peakBytes);
            return JSON.std.beanFrom(type, JSON.std.asString(before.result));
        }
        ComputeTimer watch = new ComputeTimer();
        T result = work.run();
        Part part = write(file, all, watch.time(), result);
        computed++;
        time = time.plus(part.time());
        peak = Math.max(peak, part.peakBytes);
        return result;
    }

    private Part write(Path file, Map<String, Object> settings, ComputeTime taken, Object result) throws IOException {
        Part part = new Part(settings, taken.seconds, taken.processorSeconds, peakBytes.getAsLong(), result);
        try (AtomicFile target = AtomicFile.create(file)) {
            target.stream().write((JSON.std.asString(part) + "\n").getBytes(StandardCharsets.UTF_8));
            target.complete();
        }
        return part;
    }

    /** Deletes the result of a part. */
    public void forget(String name, Map<String, ?> settings) throws IOException {
        Files.deleteIfExists(file(name, settings, ".json"));
    }

    /** Returns the file for data that follow from the settings. */
    public Path file(String name, Map<String, ?> settings, String ending) throws IOException {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(JSON.std.asString(versioned(settings)).getBytes(StandardCharsets.UTF_8));
            String digits = HexFormat.of().formatHex(hash).substring(0, HASH_DIGITS);
            return folder.resolve(name.replaceAll("[^A-Za-z0-9.,_-]+", "_") + "-" + digits + ending);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    private static Map<String, Object> versioned(Map<String, ?> settings) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("version", VERSION);
        all.putAll(settings);
        return all;
    }

    /** Returns null if the file does not exist or cannot be read; its part is then computed again. */
    private static @Nullable Part read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            return JSON.std.beanFrom(Part.class, Files.readString(file));
        } catch (IOException e) {
            return null;
        }
    }

    /** Returns the time that the parts so far took, in this run or in earlier ones. */
    public ComputeTime time() {
        return time;
    }

    /** Returns the maximum memory of a process that computed one of these parts. */
    public long peakBytes() {
        return peak;
    }

    /** Returns the number of parts that this run computed. */
    public int computed() {
        return computed;
    }

    /** Returns the number of parts whose result was kept. */
    public int reused() {
        return reused;
    }
}
