package io.github.afterimage.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;

/** The images, networks and parts of indexes that all tasks of a process share. Thread-safe. */
final class SharedResources {
    private static final Map<String, Entry> OPEN = new ConcurrentHashMap<>();

    private SharedResources() {}

    /** Opens a resource; may get another one from this class. */
    interface Opener<T> {
        T open() throws IOException;
    }

    /** Opens outside the map, because the map does not allow one entry to be made while another one is. */
    private static final class Entry {
        private @Nullable Object resource; // guarded by this

        synchronized Object get(Opener<?> opener) {
            try {
                resource = resource == null ? opener.open() : resource;
                return resource;
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }

        synchronized void close() {
            if (resource instanceof AutoCloseable closeable) {
                try {
                    closeable.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    /** {@return the resource of a name; the first caller opens it} */
    @SuppressWarnings("unchecked")
    static <T> T get(String name, Opener<T> opener) {
        return (T) OPEN.computeIfAbsent(name, key -> new Entry()).get(opener);
    }

    /** Closes the resources of this process whose names begin with a prefix; executors never close theirs before they exit. */
    static void close(String prefix) {
        for (String name : List.copyOf(OPEN.keySet())) {
            Entry entry = name.startsWith(prefix) ? OPEN.remove(name) : null;
            if (entry != null) {
                entry.close();
            }
        }
    }

    /** {@return the number of processors that Spark gives the running task} */
    static int threads() {
        TaskContext task = TaskContext.get();
        return task == null ? 1 : task.cpus();
    }
}
