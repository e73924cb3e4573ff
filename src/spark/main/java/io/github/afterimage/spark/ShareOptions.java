package io.github.afterimage.spark;

import java.io.Serializable;

/**
 * Options for the parts of an index that an executor opens.
 *
 * @param engine a name that {@link io.github.afterimage.Engines#named} accepts; {@code auto} is the fastest engine of
 *     each executor
 * @param verify whether executors compare every byte with its checksum
 */
public record ShareOptions(String engine, boolean verify) implements Serializable {
    /** The fastest engine, verified. */
    public static final ShareOptions DEFAULTS = new ShareOptions("auto", true);
}
