package io.github.afterimage.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;

/** What a process has open for all tasks that run in it: images, networks and parts of indexes. Thread-safe. */
final class OpenOnce {
    private static final Map<String, Object> OPEN = new ConcurrentHashMap<>();

    private OpenOnce() {}

    interface Opener<T> {
        T open() throws IOException;
    }

    /** The thing of a name, opened by whoever asks first. */
    @SuppressWarnings("unchecked")
    static <T> T get(String name, Opener<T> opener) {
        return (T) OPEN.computeIfAbsent(name, key -> {
            try {
                return opener.open();
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        });
    }

    /** Closes what this process has open under names that begin so; executors close by ending. */
    static void close(String prefix) {
        for (String name : OPEN.keySet()) {
            Object open = name.startsWith(prefix) ? OPEN.remove(name) : null;
            if (open instanceof AutoCloseable closeable) {
                try {
                    closeable.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    /** The processors that Spark gives the running task. */
    static int threads() {
        TaskContext task = TaskContext.get();
        return task == null ? 1 : task.cpus();
    }
}
