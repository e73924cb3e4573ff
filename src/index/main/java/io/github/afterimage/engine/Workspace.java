package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeKeys;
import io.github.afterimage.binding.NativeQueries;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.Companion;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.util.function.Supplier;
import org.bytedeco.javacpp.IntPointer;
import org.jspecify.annotations.Nullable;

/** The memory of one running task: scratch memory that grows to the largest request, and a cancellation flag. */
public final class Workspace implements AutoCloseable {
    /** Maximum rows of a mask. */
    static final int MASKED_ROWS = 1 << 15;

    static final long MASK_BYTES = (long) MASKED_ROWS * Long.BYTES;

    private static final int STRUCT_BYTES = 128;

    /** The cancellation flag, in a cache line of its own, then the structs. */
    private final NativeMemory fixed = NativeMemory.allocate(3L * STRUCT_BYTES);

    private final IntPointer cancelled = fixed.ints(0);
    /** The structs, once an engine needs them that has the native library. */
    private @Nullable NativeKeys keys;

    private @Nullable NativeQueries queries;

    private @Nullable NativeMemory mask;
    private @Nullable NativeMemory scratch;
    /** The resource of the engine that used this workspace last. */
    private final Companion resource = new Companion();

    /** Returns at least {@code bytes} of scratch memory with undefined contents. */
    NativeMemory scratch(long bytes) {
        if (scratch == null || scratch.bytes() < bytes) {
            trimScratch();
            scratch = NativeMemory.allocateScratch(bytes);
        }
        return scratch;
    }

    /** Frees the scratch memory and that of the mask. */
    void trim() {
        if (mask != null) {
            mask.close();
            mask = null;
        }
        trimScratch();
    }

    private void trimScratch() {
        if (scratch != null) {
            scratch.close();
            scratch = null;
        }
    }

    /** Returns the memory for the mask of the keys of a restricted query. */
    NativeMemory mask() {
        if (mask == null) {
            mask = NativeMemory.allocateScratch(MASK_BYTES);
        }
        return mask;
    }

    /** Returns the resource of an engine for this workspace: made at the first call, closed with this. */
    public <T extends AutoCloseable> T resource(Class<T> type, Supplier<T> maker) {
        return resource.get(type, maker);
    }

    /** Returns the struct of keys for native code; valid until the next call. */
    NativeKeys nativeKeys(Keys keys) {
        if (this.keys == null) {
            this.keys = new NativeKeys(fixed.at(STRUCT_BYTES));
        }
        return this.keys
                .rows(keys.rows())
                .scales(keys.scales())
                .labels(keys.labels())
                .count(keys.count())
                .dim(keys.dim())
                .type(keys.type().code())
                .removals(keys.removals())
                .version(keys.version());
    }

    /** Returns the struct of queries for native code; valid until the next call. */
    NativeQueries nativeQueries() {
        if (queries == null) {
            queries = new NativeQueries(fixed.at(2L * STRUCT_BYTES));
        }
        return queries;
    }

    /** Cancels the task that uses this workspace, or resets the flag; called by another thread. */
    void cancel(boolean cancelled) {
        fixed.putInt(0, cancelled ? 1 : 0);
    }

    IntPointer cancelled() {
        return cancelled;
    }

    /** @throws TaskCancelled if this task was cancelled */
    public void checkCancelled() {
        if (fixed.getInt(0) != 0) {
            throw new TaskCancelled();
        }
    }

    /** @throws TaskCancelled if native code stopped because of the flag */
    void check(int status) {
        switch (status) {
            case Native.AFTERIMAGE_OK -> {}
            case Native.AFTERIMAGE_CANCELLED -> throw new TaskCancelled();
            default -> throw new IllegalStateException("native kernel: status " + status);
        }
    }

    @Override
    public void close() {
        Resources.closeAll(resource, fixed, this::trim);
    }

    /** Ends a task that was cancelled. */
    static final class TaskCancelled extends RuntimeException {
        private static final long serialVersionUID = 1;

        TaskCancelled() {
            super("cancelled", null, false, false);
        }
    }
}
