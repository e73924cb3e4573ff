package io.github.afterimage.engine;

import io.github.afterimage.keys.Snapshot;

/** Tells when so many keys were added or removed that measurements of them are old. For one thread at a time. */
final class KeyTurnover {
    /** More than one key in so many. */
    private static final int CHANGED = 4;

    private long keys;
    private long last;

    /**
     * Returns true at the first call, and when many keys have changed since it last returned true. Returns false for a snapshot
     * that is older than the one of that time.
     */
    boolean isGreat(Snapshot snapshot) {
        if (snapshot.lastId() < last) {
            return false;
        }
        long allowed = keys / CHANGED;
        if (snapshot.lastId() - last <= allowed && keys - snapshot.size() <= allowed) {
            return false;
        }
        keys = snapshot.size();
        last = snapshot.lastId();
        return true;
    }
}
