package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeKeys;
import io.github.afterimage.binding.NativeQueries;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Memory;
import java.util.function.Supplier;
import org.bytedeco.javacpp.IntPointer;

/** What one running task needs besides its result: scratch memory that grows to the largest need, and a stop flag. */
final class Workspace implements AutoCloseable {
    private static final int STRUCT_BYTES = 64;

    /** The stop flag, in a cache line of its own, then the structs. */
    private final Memory fixed = Memory.allocate(3L * STRUCT_BYTES);

    private Memory scratch;
    /** What an engine holds for the tasks that run with this, or null. */
    private AutoCloseable resource;

    /** At least {@code bytes} of scratch memory, its contents undefined. */
    Memory scratch(long bytes) {
        if (scratch == null || scratch.bytes() < bytes) {
            trim();
            scratch = Memory.allocateScratch(bytes);
        }
        return scratch;
    }

    /** Gives the scratch memory back. */
    void trim() {
        if (scratch != null) {
            scratch.close();
            scratch = null;
        }
    }

    /** What an engine holds for the tasks that run with this: made at the first call, closed with this. */
    <T extends AutoCloseable> T resource(Class<T> type, Supplier<T> maker) {
        if (!type.isInstance(resource)) {
            closeResource();
            resource = maker.get();
        }
        return type.cast(resource);
    }

    private void closeResource() {
        AutoCloseable closing = resource;
        resource = null;
        if (closing != null) {
            try {
                closing.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Keys as native code takes them; valid until the next call. */
    NativeKeys nativeKeys(Keys keys) {
        return new NativeKeys(fixed.at(STRUCT_BYTES))
                .rows(keys.rows())
                .scales(keys.scales())
                .labels(keys.labels())
                .count(keys.count())
                .dim(keys.dim())
                .type(keys.type().code())
                .removals(keys.removals())
                .version(keys.version());
    }

    /** Queries as native code takes them; valid until the next call. */
    NativeQueries nativeQueries(Queries queries) {
        return new NativeQueries(fixed.at(2L * STRUCT_BYTES))
                .rows(queries.rows())
                .references(queries.references())
                .batch(queries.batch())
                .dim(queries.dim());
    }

    /** Asks the task that uses this workspace to stop; called by another thread. */
    void cancel(boolean cancelled) {
        fixed.buffer(0, Integer.BYTES).putInt(0, cancelled ? 1 : 0);
    }

    IntPointer cancelled() {
        return fixed.ints(0);
    }

    /** @throws TaskCancelled if this task was asked to stop */
    void checkCancelled() {
        if (fixed.getInt(0) != 0) {
            throw new TaskCancelled();
        }
    }

    /** @throws TaskCancelled if native code stopped because it was asked to */
    void check(int status) {
        switch (status) {
            case Native.AFTERIMAGE_OK -> {}
            case Native.AFTERIMAGE_CANCELLED -> throw new TaskCancelled();
            default -> throw new IllegalStateException("native kernel: status " + status);
        }
    }

    @Override
    public void close() {
        closeResource();
        fixed.close();
        trim();
    }

    /** Ends a task whose result nobody wants any more. */
    static final class TaskCancelled extends RuntimeException {
        private static final long serialVersionUID = 1;

        TaskCancelled() {
            super("cancelled", null, false, false);
        }
    }
}
