package io.github.afterimage.file;

import io.github.afterimage.Durability;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the saves of an index, and of the log between them.
 *
 * @param log durability of the log that the first save begins; null for no log
 * @param maxLogBytes bytes of the log from which on the index is saved in the background
 * @param erase true to write parts with removed keys again when the index is saved
 */
public record SaveSettings(@Nullable Durability log, long maxLogBytes, boolean erase) {
    /** No log; removed keys are erased. */
    public static final SaveSettings DEFAULT = new SaveSettings(null, Long.MAX_VALUE, true);
}
