package io.github.afterimage;

import io.github.afterimage.engine.Scan;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.Lifetime;
import io.github.afterimage.store.Snapshot;
import java.util.Map;

/** What all views of an index share: the keys, the threads, and the lifetime at whose end closing waits for running calls. */
final class SharedIndex implements AutoCloseable {
    final KeyStore keys;
    final Map<String, String> attributes;
    final Scan scan;
    /** How the keys were reduced, or null; a view may take queries that are reduced already, and has none of its own. */
    final Reducer reducer;

    final Workers workers;
    private final Lifetime lifetime = new Lifetime("the index");

    /** @param reducer closed with the keys */
    SharedIndex(KeyStore keys, Reducer reducer, Map<String, String> attributes, int threads) {
        this.keys = keys;
        this.reducer = reducer;
        this.attributes = Map.copyOf(attributes);
        workers = new Workers(threads);
        scan = new Scan(workers);
    }

    /** Something that needs the index open. */
    interface Call<T, E extends Exception> {
        T run() throws E;
    }

    /** Something that reads the keys of one moment. */
    interface Read<T, E extends Exception> {
        T run(Snapshot snapshot) throws E;
    }

    /** @throws IllegalStateException if the index is closed */
    <T, E extends Exception> T running(Call<T, E> call) throws E {
        lifetime.enter();
        try {
            return call.run();
        } finally {
            lifetime.exit();
        }
    }

    /** @throws IllegalStateException if the index is closed */
    <T, E extends Exception> T reading(Read<T, E> read) throws E {
        lifetime.enter();
        try (Snapshot snapshot = keys.snapshot()) {
            return read.run(snapshot);
        } finally {
            lifetime.exit();
        }
    }

    @Override
    public void close() {
        lifetime.close(() -> {
            workers.close();
            keys.close();
            if (reducer != null) {
                reducer.close();
            }
        });
    }
}
