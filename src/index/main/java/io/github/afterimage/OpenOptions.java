package io.github.afterimage;

import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.store.IndexFile;
import java.util.Objects;

/** How an index is opened; change what is not to be as it is by default. */
public final class OpenOptions {
    private static final int MAX_THREADS = 4096;
    /** An index is loaded by default where it takes at most one in so many of the bytes that are left. */
    private static final int LOADED_SHARE = 4;

    Engine engine = Engines.auto();
    int threads = Runtime.getRuntime().availableProcessors();
    private boolean verify = true;
    Capacity capacity = Capacity.keepAll();
    boolean screen;
    private Boolean load;
    long residentBytes = Long.MAX_VALUE;
    private int firstPart;
    private int lastPart = Integer.MAX_VALUE;

    /** The engine that answers queries; the fastest by default. */
    public OpenOptions engine(Engine value) {
        engine = Objects.requireNonNull(value, "engine");
        return this;
    }

    /**
     * How many threads all queries together use; as many as there are processors by default.
     *
     * @throws IllegalArgumentException if it is not positive, or more than 4,096
     */
    public OpenOptions threads(int value) {
        if (value <= 0) {
            throw new IllegalArgumentException("threads " + value + ": expected a positive number");
        }
        if (value > MAX_THREADS) {
            throw new IllegalArgumentException("threads " + value + ": expected at most " + MAX_THREADS);
        }
        threads = value;
        return this;
    }

    /**
     * Whether every byte is compared with its checksum and every key is checked to be of unit norm; true by default. The
     * header, ids, labels and scales are always checked. Queries of keys that were not checked and are not finite numbers throw
     * IllegalStateException; of keys that are not of unit norm they give wrong scores.
     */
    public OpenOptions verify(boolean value) {
        verify = value;
        return this;
    }

    /**
     * Whether keys are read into memory, or mapped from their files.
     *
     * <p>Keys in memory, in huge pages, do not depend on the files any more. Keys that are mapped are read when they are needed
     * and share their memory with other processes; their files may be replaced by others or deleted, but must not be written
     * to: that changes the keys, and a file that is made shorter ends the process (SIGBUS), as copying over it with
     * {@code cp} does.
     *
     * <p>By default keys are read into memory where every byte is verified, which reads them anyway, no {@link #residentBytes}
     * are set, and they take at most a quarter of what {@link io.github.afterimage.MemoryUse#limit} leaves; else they are
     * mapped. So a service does not depend on its files unless its index is large or unverified, and a second index fits
     * beside the first while one takes the place of the other.
     *
     * @param value true needs the memory, or opening throws {@link io.github.afterimage.NotEnoughMemoryException}; false
     *     maps keys where the native library is there
     */
    public OpenOptions load(boolean value) {
        load = value;
        return this;
    }

    IndexFile.Reading reading() {
        boolean keep = residentBytes == Long.MAX_VALUE;
        return new IndexFile.Reading(verify, maxLoadedBytes(), keep, firstPart, lastPart);
    }

    /** Maximum bytes of files that are loaded; larger indexes are mapped. */
    private long maxLoadedBytes() {
        boolean limited = residentBytes != Long.MAX_VALUE;
        if (load == null) {
            return verify && !limited ? MemoryUse.free() / LOADED_SHARE : 0;
        }
        if (load && limited) {
            throw new IllegalArgumentException(
                    "load(true) with resident bytes " + residentBytes + ": expected one or the other");
        }
        return load ? Long.MAX_VALUE : 0;
    }

    /**
     * How many bytes of keys that are mapped may be in memory at once; all by default. Where keys are more, each query reads
     * them from the disk in their order, ahead of use, and what does not fit is given back to the system behind it: so ask
     * for many queries in one call, which read the keys together. Labels, ids and scales, 12 to 16 bytes a key, and what
     * queries need come on top. For indexes that are read: a change that compacts keys, and a screen, are in memory.
     *
     * @throws IllegalArgumentException if it is not positive; opening throws it if it is less than some megabytes a thread
     */
    public OpenOptions residentBytes(long value) {
        if (value <= 0) {
            throw new IllegalArgumentException("resident bytes " + value + ": expected a positive number");
        }
        residentBytes = value;
        return this;
    }

    /**
     * Opens only some of the parts that an index consists of, so that several processes share its keys; all by default.
     * Their answers are merged by {@link PartialDistributions}.
     *
     * @param first the first part, counted from 0
     * @param last the part after the last one; with {@code first} itself, the index is open without keys
     * @throws IllegalArgumentException if first is negative or greater than last; opening throws it if there are not so many
     */
    public OpenOptions parts(int first, int last) {
        if (first < 0 || first > last) {
            throw new IllegalArgumentException("parts " + first + " to " + last + ": expected 0 <= first <= last");
        }
        firstPart = first;
        lastPart = last;
        return this;
    }

    /** Which keys stay as others come; all by default. What a file holds beyond it is not there once it is opened. */
    public OpenOptions capacity(Capacity value) {
        capacity = value;
        return this;
    }

    /**
     * Whether keys, which must not be int8, get an int8 screen, which {@link CacheIndex#certified} reads; false by default. It
     * is in memory, made from the keys, one byte and about 3 % for each value, and is not saved.
     */
    public OpenOptions screen(boolean value) {
        screen = value;
        return this;
    }

    @Override
    public String toString() {
        return "OpenOptions[engine " + engine + ", threads " + threads + ", verify " + verify + ", screen " + screen
                + ", " + capacity + (load == null ? "" : ", load " + load)
                + (residentBytes == Long.MAX_VALUE ? "" : ", resident bytes " + residentBytes)
                + (lastPart == Integer.MAX_VALUE && firstPart == 0 ? "" : ", parts " + firstPart + " to " + lastPart)
                + "]";
    }
}
