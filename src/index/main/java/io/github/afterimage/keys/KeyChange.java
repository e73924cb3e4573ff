package io.github.afterimage.keys;

import org.jspecify.annotations.Nullable;

/**
 * A change of the keys of a store, as a log holds it.
 *
 * @param removedIds ids of keys to remove; those without a key are ignored
 * @param added keys to add
 * @param nextId greater than every id after the change
 * @param request the request that makes the change, which is remembered; null for none
 */
public record KeyChange(
        long[] removedIds,
        NewKeys added,
        long nextId,
        @Nullable KnownRequest request) {
    private static final long[] NO_IDS = {};

    /** Returns a change that only removes keys. */
    public static KeyChange removing(long[] ids, long nextId) {
        return new KeyChange(ids, NewKeys.NONE, nextId, null);
    }

    /** Returns a change that only tells the next id. */
    public static KeyChange none(long nextId) {
        return removing(NO_IDS, nextId);
    }

    /** Returns a change that adds keys with ids of their own. */
    public static KeyChange adding(NewKeys keys) {
        return new KeyChange(NO_IDS, keys, keys.ids()[keys.count() - 1] + 1, null);
    }

    /** Returns the smallest id that the change may have given. */
    public long firstId() {
        return added.count() > 0 ? added.ids()[0] : nextId;
    }

    /** Returns the bytes of the request; 0 for none. */
    public int requestBytes() {
        return request == null ? 0 : request.bytes();
    }
}
