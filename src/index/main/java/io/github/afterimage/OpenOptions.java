package io.github.afterimage;

import io.github.afterimage.failure.NotEnoughMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * Options for opening an index; override only what you need.
 *
 * <pre>{@code
 * OpenOptions options = new OpenOptions().threads(4).verify(false);
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"), options)) {
 *     System.out.println(index.size());
 * }
 * }</pre>
 *
 * <p>Not thread-safe. Opening an index leaves the options as they are.
 */
public final class OpenOptions extends IndexSettings<OpenOptions> {
    /** By default, an index that takes at most this fraction of the free memory, 1 / 4, is loaded. */
    private static final int LOADED_FRACTION = 4;

    boolean verify = true;
    private @Nullable Boolean load;
    int firstPart;
    int lastPart = Integer.MAX_VALUE;

    /**
     * Sets whether opening compares every byte with its checksum, and checks that keys have unit norm; true
     * by default. The header, ids, labels and
     * scales are always checked. Without verification, a query that sums over a key with a NaN throws IllegalStateException, with
     * every engine and at every theta; the nearest keys leave such a key out, and throw it if fewer than k others are left. Keys
     * that are infinite or not of unit norm give wrong scores.
     */
    public OpenOptions verify(boolean value) {
        verify = value;
        return this;
    }

    /**
     * Reads keys into memory, or maps their files.
     *
     * <p>Keys in memory, in huge pages, are independent of the files. Mapped keys are read when they are needed and share their
     * memory with other processes; their files may be replaced or deleted, but must not be written to: that changes the keys,
     * and shortening a file, as {@code cp} over it does, ends the process (SIGBUS).
     *
     * <p>By default keys are read into memory if every byte is verified, which reads them anyway, and they take at most a quarter
     * of the memory that {@link MemoryUse#limit} leaves; otherwise they are mapped. So a service is independent of its files unless its index is large or unverified, and a second index fits beside the first
     * while it replaces it.
     *
     * @param value true takes the memory, and opening throws {@link NotEnoughMemoryException} if it is refused; false maps keys
     *     if the native library is available
     */
    public OpenOptions load(boolean value) {
        load = value;
        return this;
    }

    /** Returns the maximum bytes of files that are loaded; larger indexes are mapped. */
    long maxLoadedBytes() {
        if (load == null) {
            return verify ? MemoryUse.free() / LOADED_FRACTION : 0;
        }
        return load ? Long.MAX_VALUE : 0;
    }

    /**
     * Opens only some parts of an index, so that several processes share its keys; all by default. {@link
     * io.github.afterimage.answer.PartialAnswer} merges their answers.
     *
     * @param first the first part, counted from 0
     * @param last the part after the last one; if it equals {@code first}, the index opens without keys
     * @throws IllegalArgumentException if first is negative or greater than last; opening throws it if the index has fewer
     *     parts
     */
    public OpenOptions parts(int first, int last) {
        if (first < 0 || first > last) {
            throw new IllegalArgumentException("parts " + first + " to " + last + ": expected 0 <= first <= last");
        }
        firstPart = first;
        lastPart = last;
        return this;
    }

    /** @throws IllegalArgumentException if settings exclude each other */
    void check() {
        if (log != null && (firstPart != 0 || lastPart != Integer.MAX_VALUE)) {
            throw new IllegalArgumentException("log with parts " + firstPart + " to " + lastPart
                    + ": expected one or the other, because a log follows all keys of an index");
        }
    }

    @Override
    OpenOptions self() {
        return this;
    }

    @Override
    public String toString() {
        return "OpenOptions[engine " + engine + ", threads " + threads + ", verify " + verify
                + (load == null ? "" : ", load " + load)
                + (log == null ? "" : ", log forced " + log)
                + (lastPart == Integer.MAX_VALUE && firstPart == 0 ? "" : ", parts " + firstPart + " to " + lastPart)
                + "]";
    }
}
