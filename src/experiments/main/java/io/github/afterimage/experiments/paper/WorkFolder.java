package io.github.afterimage.experiments.paper;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.store.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
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

/**
 * Keeps the results of an experiment's finished parts, one small JSON file each, so that a part is computed once. A file's
 * name ends in a hash of everything that the part depends on, which the file also holds: another setting is another part.
 *
 * <p>Not thread-safe. Two processes may use one folder: at worst both compute a part.
 */
public final class WorkFolder {
    /** Changed whenever parts of before would be computed otherwise today. */
    private static final int VERSION = 1;

    private static final int HASH_DIGITS = 16;

    private final Path folder;
    private final LongSupplier peakBytes;
    private Time time = new Time(0, 0);
    private long peak;
    private int computed;
    private int reused;

    /** Computes a part. */
    public interface Work<T> {
        T run() throws IOException;
    }

    /** What a file holds; {@code result} is read again as its own type. */
    public record Part(
            Map<String, Object> settings, double seconds, double processorSeconds, long peakBytes, Object result) {

        Time time() {
            return new Time(seconds, processorSeconds);
        }
    }

    /**
     * What parts took.
     *
     * @param processorSeconds of all processors together, which a busy machine does not make longer; 0 where the system
     *     does not tell
     */
    public record Time(double seconds, double processorSeconds) {
        Time plus(Time other) {
            return new Time(seconds + other.seconds, processorSeconds + other.processorSeconds);
        }

        Time dividedBy(int parts) {
            return new Time(seconds / parts, processorSeconds / parts);
        }
    }

    /** Runs from its making on. */
    static final class Watch {
        private final long start = System.nanoTime();
        private final double processor = processorSeconds();

        Time time() {
            return new Time((System.nanoTime() - start) / 1e9, processorSeconds() - processor);
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
     * Opens a folder, and makes it if need be.
     *
     * @param peakBytes tells how much memory the process has used at the most
     */
    public WorkFolder(Path folder, LongSupplier peakBytes) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.peakBytes = peakBytes;
    }

    /**
     * The result of a part: that of before, or that of {@code work}, which is kept.
     *
     * @param name what it is, in words that a file's name may have
     * @param settings all that it depends on: numbers, texts, and lists and maps of these
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
        Watch watch = new Watch();
        T result = work.run();
        write(file, all, watch.time(), result);
        computed++;
        Part part = read(file);
        time = time.plus(part.time());
        peak = Math.max(peak, part.peakBytes);
        return result;
    }

    /** Keeps the result of a part that was computed together with others, for {@link #part} to give. */
    void keep(String name, Map<String, ?> settings, Time taken, Object result) throws IOException {
        write(file(name, settings, ".json"), versioned(settings), taken, result);
        computed++;
        reused--; // it will be asked for, which does not make it one of before
    }

    private void write(Path file, Map<String, Object> settings, Time taken, Object result) throws IOException {
        Part part = new Part(settings, taken.seconds, taken.processorSeconds, peakBytes.getAsLong(), result);
        try (AtomicFile target = AtomicFile.create(file)) {
            ByteBuffer bytes = ByteBuffer.wrap((JSON.std.asString(part) + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                target.channel().write(bytes);
            }
            target.complete();
        }
    }

    /** Makes {@link #part} compute a part again. */
    void forget(String name, Map<String, ?> settings) throws IOException {
        Files.deleteIfExists(file(name, settings, ".json"));
    }

    /** True where {@link #part} would compute nothing. */
    public boolean has(String name, Map<String, ?> settings) throws IOException {
        return Files.isRegularFile(file(name, settings, ".json"));
    }

    /** The file for something larger that follows from the settings. */
    Path file(String name, Map<String, ?> settings, String ending) throws IOException {
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

    /** Null where there is none, or one that cannot be read: it is computed again. */
    private static Part read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            return JSON.std.beanFrom(Part.class, Files.readString(file));
        } catch (IOException e) {
            return null;
        }
    }

    /** What the parts asked for so far took, in this run or in earlier ones. */
    public Time time() {
        return time;
    }

    /** The most memory that a process used which computed one of them. */
    public long peakBytes() {
        return peak;
    }

    /** How many parts this run computed. */
    public int computed() {
        return computed;
    }

    /** How many parts were there. */
    public int reused() {
        return reused;
    }
}
