package io.github.afterimage;

import io.github.afterimage.engine.Scan;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.store.IndexSave;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.SavedIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** What all views of an index share: the keys, the threads, and the lock at which closing waits for running calls. */
final class SharedIndex implements AutoCloseable {
    final KeyStore keys;
    final Map<String, String> attributes;
    final Scan scan;
    /** How the keys were reduced, or null; a view may take queries that are reduced already, and has none of its own. */
    final Reducer reducer;

    private final Workers workers;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final Object saving = new Object();
    private SavedIndex saved; // guarded by saving
    private boolean closed;

    /**
     * Takes over what it is given.
     *
     * @param saved what the keys were opened from, or null
     */
    SharedIndex(KeyStore keys, Reducer reducer, Map<String, String> attributes, int threads, SavedIndex saved) {
        this.saved = saved;
        this.keys = keys;
        this.reducer = reducer;
        this.attributes = Map.copyOf(attributes);
        workers = new Workers(threads);
        scan = new Scan(workers);
    }

    /** Something that needs the keys. */
    interface Call<T, E extends Exception> {
        T run() throws E;
    }

    /** @throws IllegalStateException if the index is closed */
    <T, E extends Exception> T running(Call<T, E> call) throws E {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the index is closed");
            }
            return call.run();
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * Saves the keys of this moment.
     *
     * @param changes whether keys that {@code file} is known to hold may stay where they are
     */
    Void save(Path file, Map<String, String> otherAttributes, boolean changes) throws IOException {
        Map<String, String> all = new LinkedHashMap<>(otherAttributes);
        all.putAll(StoredReduction.attributes(reducer));
        synchronized (saving) {
            saved = IndexSave.save(
                    file, keys, keys.snapshot(), all, StoredReduction.projection(reducer), changes ? saved : null);
        }
        return null;
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                workers.close();
                keys.close();
                if (reducer != null) {
                    reducer.close();
                }
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
