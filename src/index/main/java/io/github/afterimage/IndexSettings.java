package io.github.afterimage;

import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.Durability;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an index in use, whether it is opened or built.
 *
 * @param <S> the type that has them
 */
abstract class IndexSettings<S extends IndexSettings<S>> {
    private static final int MAX_THREADS = 4096;
    private static final long LEAST_LOG_BYTES = 1L << 20;

    /** Null for the fastest; found when it is needed, because a GPU is checked at its first use. */
    @Nullable
    Engine engine;

    int threads = Runtime.getRuntime().availableProcessors();

    @Nullable
    Durability log;

    /** An open reads and applies so much in about a second, and a save of so many changes costs as much as writing them did. */
    long maxLogBytes = 256L << 20;

    boolean eraseRemoved = true;
    /** Tests replace it. */
    Disk disk = Disk.SYSTEM;

    abstract S self();

    /** Sets the engine that answers queries; the fastest by default. */
    public S engine(Engine value) {
        engine = Objects.requireNonNull(value, "engine");
        return self();
    }

    /**
     * Sets the number of threads that all queries together use; by default the number of processors.
     *
     * @throws IllegalArgumentException if it is not positive, or more than 4,096
     */
    public S threads(int value) {
        if (value <= 0) {
            throw new IllegalArgumentException("threads " + value + ": expected a positive number");
        }
        if (value > MAX_THREADS) {
            throw new IllegalArgumentException("threads " + value + ": expected at most " + MAX_THREADS);
        }
        threads = value;
        return self();
    }

    /**
     * Keeps every change (add, remove, replace) in a log beside the index, {@code cache.safetensors.0001.log} and so on,
     * so that it outlasts the end of the process; by default, only {@link CacheIndex#save} keeps changes. The {@link Durability}
     * says which changes a loss of power may undo.
     *
     * <p>A save includes the log in the index and deletes its files. Every open before that applies the logged
     * changes, with or without this option. The log belongs to the file that was opened; saving to another file writes a
     * copy of the index there, and the log stays.
     *
     * <p>Opening takes the lock of the file, as a save does, and keeps it until the index is closed. It saves the index if the
     * index has never had a log. Opening fails if another process may save to the file, if a log of another index lies beside
     * it, or together with {@link OpenOptions#parts}. An index that is built begins its log with the first save, and the log belongs
     * to the file of that save.
     *
     * <p>A change whose record finds no room on the disk is refused as a whole with {@link java.io.UncheckedIOException}. If
     * writing or forcing a record fails, which a full disk does not cause, the change is visible but may be missing in the log:
     * {@link UnsavedChangeException} says so, or a message of System.Logger if the record is written in the background. Later
     * changes are refused until a save succeeds, and {@link CacheIndex#close} throws if none does.
     */
    public S log(Durability value) {
        log = Objects.requireNonNull(value, "log");
        return self();
    }

    /**
     * Bounds the log; 256 MiB by default, which an open reads and applies in about a second. When the log is longer, the index
     * is saved in the background. When it is twice as long, because changes come faster, they wait for that save; if it fails,
     * they are refused, and a change after a second, or a minute at most, tries again to save the index. Each file of the log counts as 1 MiB at least.
     *
     * @throws IllegalArgumentException if it is less than 1 MiB, the room that a file of the log takes
     */
    public S maxLogBytes(long value) {
        if (value < LEAST_LOG_BYTES) {
            throw new IllegalArgumentException("maximum log bytes " + value + ": expected at least " + LEAST_LOG_BYTES);
        }
        maxLogBytes = value;
        return self();
    }

    /**
     * Sets whether removed keys and their names are in no file any more after a save; true by default. A save then writes each
     * part again that holds removed keys: removing one key of a part of 10 GB writes 10 GB. With false, a save lists the ids of
     * removed keys, 8 bytes each, and keeps the parts until more keys are removed than are left.
     */
    public S eraseRemoved(boolean value) {
        eraseRemoved = value;
        return self();
    }
}
