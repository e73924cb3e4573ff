package io.github.afterimage;

import io.github.afterimage.engine.CertifiedScan;
import io.github.afterimage.engine.QueryMemory;
import io.github.afterimage.engine.Scan;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.Lifetime;
import io.github.afterimage.store.SavedFiles;
import io.github.afterimage.store.Snapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What all views of an index share: the keys, the threads, and the lifetime that ends when running calls have ended. */
final class SharedIndex implements AutoCloseable {
    final KeyStore keys;
    final Map<String, String> attributes;
    final Scan scan;
    final CertifiedScan certifiedScan;
    /** How the keys were reduced, or null; a view may take queries that are reduced already, and has none of its own. */
    final Reducer reducer;

    private final QueryMemory memory;
    final Workers workers;
    final SavedFiles files;
    private final Lifetime lifetime = new Lifetime("the index");
    private final LongAdder queries = new LongAdder();
    final QueryListeners listeners = new QueryListeners();

    /**
     * Takes over what it is given.
     *
     * @param files what the keys were opened from
     */
    SharedIndex(KeyStore keys, Reducer reducer, Map<String, String> attributes, int threads, SavedFiles files) {
        this.files = files;
        this.keys = keys;
        this.reducer = reducer;
        this.attributes = Map.copyOf(attributes);
        memory = new QueryMemory(keys.dim(), keys.classes(), threads, StoredReduction.scratchBytes(reducer));
        try {
            workers = new Workers(threads);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
        scan = new Scan(workers);
        certifiedScan = new CertifiedScan(workers, scan);
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

    /**
     * Saves the keys of this moment.
     *
     * @param changes whether keys that {@code file} is known to hold may stay where they are
     */
    Void save(Path file, Map<String, String> otherAttributes, boolean changes) throws IOException {
        files.save(file, keys, withReduction(otherAttributes), StoredReduction.projection(reducer), changes);
        return null;
    }

    /** Saves all keys with the ids of others. */
    Void saveNumbered(Path file, KeyStore numbered) throws IOException {
        files.saveNumbered(file, keys, numbered, withReduction(attributes), StoredReduction.projection(reducer));
        return null;
    }

    private Map<String, String> withReduction(Map<String, String> others) {
        Map<String, String> all = new LinkedHashMap<>(others);
        all.putAll(StoredReduction.attributes(reducer));
        String finding = StoredAttributes.finding(all, keys.classes());
        if (finding != null) {
            throw new IllegalArgumentException("attributes: " + finding);
        }
        return all;
    }

    /**
     * Answers a batch from the keys of one moment, of which there is at least one.
     *
     * @throws IllegalStateException if the index is closed or empty
     */
    <T, E extends Exception> T answering(int batch, Read<T, E> read) throws E {
        long start = System.nanoTime();
        T answer = reading(snapshot -> {
            if (snapshot.size() == 0) {
                throw new IllegalStateException("the index has no keys: add some before it is queried");
            }
            return read.run(snapshot);
        });
        queries.add(batch);
        long nanos = System.nanoTime() - start;
        listeners.answered(batch, nanos);
        return answer;
    }

    long queries() {
        return queries.sum();
    }

    @Override
    public void close() {
        lifetime.close(() -> {
            workers.close();
            memory.close();
            keys.close();
            if (reducer != null) {
                reducer.close();
            }
            files.close();
        });
    }
}
