package io.github.afterimage.spark;

import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Fetches the next element while the caller uses the current one. For one thread. */
final class Prefetch<T> implements Iterator<T>, AutoCloseable {
    private final Iterator<T> source;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(SparkThreads::thread);
    private Future<Optional<T>> fetched;

    Prefetch(Iterator<T> source) {
        this.source = source;
        fetch();
    }

    private void fetch() {
        fetched = thread.submit(() -> source.hasNext() ? Optional.of(source.next()) : Optional.empty());
    }

    @Override
    public boolean hasNext() {
        return SparkThreads.get(fetched).isPresent();
    }

    @Override
    public T next() {
        T next = SparkThreads.get(fetched).orElseThrow();
        fetch();
        return next;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
