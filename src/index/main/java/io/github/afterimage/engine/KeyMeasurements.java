package io.github.afterimage.engine;

import io.github.afterimage.keys.Snapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Measurements of keys, made at the first query of a setting, and again when many keys were added or removed.
 *
 * <p>Threads: thread-safe. One measurement is made at a time; callers wait for it and can be interrupted.
 *
 * @param <K> a setting
 * @param <V> a measurement
 */
final class KeyMeasurements<K, V> {
    /** Measurements are old when more than one key in so many was added or removed. */
    private static final int CHANGED = 4;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<K, V> measurements = new HashMap<>(); // guarded by lock
    private long keys; // those of the measurements; guarded by lock
    private long lastId; // guarded by lock

    /** @throws java.util.concurrent.CancellationException if the caller is interrupted while it waits */
    V of(Snapshot snapshot, K setting, Supplier<V> measure) {
        return Workers.holding(lock, () -> {
            long allowed = keys / CHANGED;
            // A snapshot from before the measurements changes nothing.
            if (snapshot.lastId() >= lastId
                    && (snapshot.lastId() - lastId > allowed || keys - snapshot.size() > allowed)) {
                measurements.clear();
                keys = snapshot.size();
                lastId = snapshot.lastId();
            }
            return measurements.computeIfAbsent(setting, unknown -> measure.get());
        });
    }
}
