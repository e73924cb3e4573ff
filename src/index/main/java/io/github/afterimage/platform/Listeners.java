package io.github.afterimage.platform;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Listeners of an object. A failure of one affects neither the caller nor the others; it is counted, and logged once.
 *
 * <p>Threads: thread-safe.
 */
public final class Listeners<L> {
    private static final System.Logger LOG = System.getLogger(Listeners.class.getName());

    private record Entry<L>(L listener, AtomicBoolean failed) {}

    private final List<Entry<L>> entries = new CopyOnWriteArrayList<>();
    private final LongAdder failures = new LongAdder();

    /** Adds a listener; one that is there already is not added again. */
    public synchronized void add(L listener) {
        if (entries.stream().noneMatch(entry -> entry.listener == listener)) {
            entries.add(new Entry<>(listener, new AtomicBoolean()));
        }
    }

    /** Reports an event to all. */
    public void tell(Consumer<L> event) {
        for (Entry<L> entry : entries) {
            try {
                event.accept(entry.listener);
            } catch (RuntimeException | Error e) {
                failures.increment();
                if (!entry.failed.getAndSet(true)) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            () -> "the listener " + entry.listener
                                    + " failed; the call goes on, later failures are counted only",
                            e);
                }
            }
        }
    }

    /** Returns the number of times that a listener has thrown. */
    public long failures() {
        return failures.sum();
    }
}
