package io.github.afterimage;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/** The listeners of an index. A failure of one affects neither the caller nor the others; it is counted, and logged once. */
final class QueryListeners {
    private static final System.Logger LOG = System.getLogger(QueryListeners.class.getName());

    private record Entry(QueryListener listener, AtomicBoolean failed) {}

    private final List<Entry> entries = new CopyOnWriteArrayList<>();
    private final LongAdder failures = new LongAdder();

    /** Adds a listener; one that is there already is not added again. */
    synchronized void add(QueryListener listener) {
        if (entries.stream().noneMatch(entry -> entry.listener == listener)) {
            entries.add(new Entry(listener, new AtomicBoolean()));
        }
    }

    void answered(int queries, long nanos) {
        for (Entry entry : entries) {
            try {
                entry.listener.answered(queries, nanos);
            } catch (RuntimeException | Error e) {
                failures.increment();
                if (!entry.failed.getAndSet(true)) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            () -> "the query listener " + entry.listener
                                    + " failed; the query is answered, later failures are counted only",
                            e);
                }
            }
        }
    }

    long failures() {
        return failures.sum();
    }
}
