package io.github.afterimage.spark;

import java.io.Serializable;

/**
 * Options for the parts of an index that an executor opens.
 *
 * @param engine a name that {@link io.github.afterimage.Engines#named} accepts; {@code auto} is the fastest engine of
 *     each executor
 * @param verify whether executors compare every byte with its checksum
 * @param residentBytes maximum bytes of keys in memory for each task that runs at once, see
 *     {@link io.github.afterimage.OpenOptions#residentBytes}; Long.MAX_VALUE for all keys
 */
public record ShareOptions(String engine, boolean verify, long residentBytes) implements Serializable {
    /** The fastest engine, verified, with all keys in memory. */
    public static final ShareOptions DEFAULTS = new ShareOptions("auto", true, Long.MAX_VALUE);
}
