package io.github.afterimage.serve.models;

import io.github.afterimage.serving.Health;
import java.time.Duration;
import java.util.Optional;

/**
 * Tells from looks at a batcher whether it answers: it does not if rows wait, and no batch has ended since the first of several looks
 * that found rows waiting.
 *
 * <p>Threads: thread-safe.
 */
final class StallWatch {
    private final Duration patience;
    private long ended; // guarded by this
    private long since; // guarded by this
    private boolean waiting; // guarded by this

    /** @param patience time without progress after which there is none; a pass over all keys must take less */
    StallWatch(Duration patience) {
        this.patience = patience;
    }

    /**
     * Looks at a batcher.
     *
     * @param nanos the time of the look
     * @return the reason why it does not answer, or empty
     */
    synchronized Optional<String> look(Health health, long nanos) {
        long now = health.requests().answered() + health.requests().failed();
        if (health.queuedRows() == 0 || !waiting || now != ended) {
            ended = now;
            since = nanos;
            waiting = health.queuedRows() > 0;
            return Optional.empty();
        }
        return nanos - since <= patience.toNanos()
                ? Optional.empty()
                : Optional.of("no request has been answered for " + patience.toSeconds() + " s, and "
                        + health.queuedRows() + " rows wait");
    }
}
