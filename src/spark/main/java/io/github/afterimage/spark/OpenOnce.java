package io.github.afterimage.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;

/** What a process has open for all tasks that run in it: images, networks and parts of indexes. Thread-safe. */
final class OpenOnce {
    private static final Map<String, Entry> OPEN = new ConcurrentHashMap<>();

    private OpenOnce() {}

    /** Opens something, for which it may get something else from here. */
    interface Opener<T> {
        T open() throws IOException;
    }

    /** Opens outside of the map, which does not allow that one entry is made while another is. */
    private static final class Entry {
        private Object thing; // guarded by this

        synchronized Object get(Opener<?> opener) {
            try {
                thing = thing == null ? opener.open() : thing;
                return thing;
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }

        synchronized void close() {
            if (thing instanceof AutoCloseable closeable) {
                try {
                    closeable.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    /** The thing of a name, opened by whoever asks first. */
    @SuppressWarnings("unchecked")
    static <T> T get(String name, Opener<T> opener) {
        return (T) OPEN.computeIfAbsent(name, key -> new Entry()).get(opener);
    }

    /** Closes what this process has open under names that begin so; executors close by ending. */
    static void close(String prefix) {
        for (String name : List.copyOf(OPEN.keySet())) {
            Entry entry = name.startsWith(prefix) ? OPEN.remove(name) : null;
            if (entry != null) {
                entry.close();
            }
        }
    }

    /** The processors that Spark gives the running task. */
    static int threads() {
        TaskContext task = TaskContext.get();
        return task == null ? 1 : task.cpus();
    }
}
