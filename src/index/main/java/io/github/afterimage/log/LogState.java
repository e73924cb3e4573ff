package io.github.afterimage.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Describes the log of an index.
 *
 * @param end the position behind the last change; null if the index has never had a log
 * @param files number of files that belong to the index
 * @param changes number of changes that the index file does not include
 * @param bytes length of the files, up to their last records
 * @param ignoredBytes bytes behind the last record of a file: of records that were cut off and never acknowledged
 * @param foreign files that do not belong to the index, although they have names of its log
 */
public record LogState(
        @Nullable LogPosition end, int files, long changes, long bytes, long ignoredBytes, List<String> foreign) {
    /** Returns the state of a log that begins. */
    public static LogState begin() {
        return new LogState(LogPosition.begin(), 0, 0, 0, 0, List.of());
    }
}
