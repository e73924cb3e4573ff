package io.github.afterimage.platform;

import java.util.concurrent.atomic.AtomicInteger;

/** A resource with several holders. The last one that releases it closes it. */
public abstract class Shared implements AutoCloseable {
    private final AtomicInteger holders = new AtomicInteger();

    /** Adds a holder; called by one, or before there is any. */
    public final void retain() {
        holders.incrementAndGet();
    }

    /** Adds a holder, unless the last one has released it; returns whether it did. */
    public final boolean retainIfHeld() {
        return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    /** Undoes one {@link #retain}. */
    public final void release() {
        if (holders.decrementAndGet() == 0) {
            close();
        }
    }

    @Override
    public abstract void close();
}
