package io.github.afterimage;

import io.github.afterimage.engine.CertifiedScan;
import io.github.afterimage.engine.Scan;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.store.KeyStore;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** What all views of an index share: the keys, the threads, and the lock at which closing waits for running calls. */
final class SharedIndex implements AutoCloseable {
    final KeyStore keys;
    final Map<String, String> attributes;
    final Scan scan;
    final CertifiedScan certifiedScan;
    /** How the keys were reduced, or null; a view may take queries that are reduced already, and has none of its own. */
    final Reducer reducer;

    private final Workers workers;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    /** @param reducer closed with the keys */
    SharedIndex(KeyStore keys, Reducer reducer, Map<String, String> attributes, int threads) {
        this.keys = keys;
        this.reducer = reducer;
        this.attributes = Map.copyOf(attributes);
        workers = new Workers(threads);
        scan = new Scan(workers);
        certifiedScan = new CertifiedScan(workers, scan);
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
