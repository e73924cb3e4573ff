package io.github.afterimage.serving;

import java.util.concurrent.atomic.AtomicInteger;

/** Closes a source when its last user has released it. Created with one user. */
final class HeldSource<W> {
    final Source<W> source;
    private final AtomicInteger users = new AtomicInteger(1);

    HeldSource(Source<W> source) {
        this.source = source;
    }

    /** Adds a user; called by one that has not released it. */
    HeldSource<W> retain() {
        users.incrementAndGet();
        return this;
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            source.close();
        }
    }
}
