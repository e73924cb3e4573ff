package io.github.afterimage.keys;

import java.util.function.ToLongFunction;

/**
 * Counts the bytes of the details of some keys.
 *
 * @param names total bytes of the names; 0 if no key has a name
 * @param thumbnails total bytes of the thumbnails; 0 if no key has one
 */
public record DetailBytes(long names, long thumbnails) {
    public static DetailBytes of(ToLongFunction<Detail> bytes) {
        return new DetailBytes(bytes.applyAsLong(Detail.NAME), bytes.applyAsLong(Detail.THUMBNAIL));
    }

    public long of(Detail detail) {
        return detail == Detail.NAME ? names : thumbnails;
    }
}
