package io.github.afterimage.keys;

import io.github.afterimage.platform.MemoryLedger;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Holds the version that removed each key of a segment. Memory is allocated for the first removed key; {@link #claim} reserves it
 * under the limit of {@link MemoryLedger} when the segment is made, so the limit never refuses a removal.
 *
 * <p>Threads: only {@link KeyStore} writes; any number of threads read.
 */
final class Removals implements AutoCloseable {
    private final long bytes;
    private final AtomicBoolean claimed = new AtomicBoolean();
    /** Holds one int64 per key: the version that removed it, or 0; null until a key is removed. */
    private volatile @Nullable NativeMemory versions;

    Removals(long capacity) {
        bytes = Math.multiplyExact(capacity, Long.BYTES);
    }

    /** @throws io.github.afterimage.failure.NotEnoughMemoryException if the limit refuses the memory */
    void claim() {
        MemoryLedger.claim(bytes);
        claimed.set(true);
    }

    /** Returns the versions for native code; null until a key is removed. */
    @Nullable
    NativeMemory versions() {
        return versions;
    }

    boolean isRemoved(long row, long version) {
        NativeMemory written = versions;
        if (written == null) {
            return false;
        }
        long removal = written.getLong(row * Long.BYTES);
        return removal != 0 && removal <= version;
    }

    /** Allocates the memory that {@link #remove} writes to. */
    void prepare() {
        if (versions == null) {
            versions = NativeMemory.allocateClaimed(bytes);
        }
    }

    void remove(long row, long version) {
        Objects.requireNonNull(versions).putLong(row * Long.BYTES, version);
    }

    @Override
    public void close() {
        Resources.closeAll(versions, this::unclaim);
    }

    private void unclaim() {
        if (claimed.getAndSet(false)) {
            MemoryLedger.unclaim(bytes);
        }
    }
}
