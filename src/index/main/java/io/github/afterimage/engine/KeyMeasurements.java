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
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<K, V> measurements = new HashMap<>(); // guarded by lock
    private final KeyTurnover turnover = new KeyTurnover(); // guarded by lock

    /** @throws java.util.concurrent.CancellationException if the caller is interrupted while it waits */
    V of(Snapshot snapshot, K setting, Supplier<V> measure) {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            throw Workers.interrupted();
        }
        try {
            if (turnover.isGreat(snapshot)) {
                measurements.clear();
            }
            return measurements.computeIfAbsent(setting, unknown -> measure.get());
        } finally {
            lock.unlock();
        }
    }
}
