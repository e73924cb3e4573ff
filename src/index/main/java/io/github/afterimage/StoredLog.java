package io.github.afterimage;

import java.util.List;

/**
 * Describes the log beside an index file; see {@link OpenOptions#log}.
 *
 * <pre>{@code
 * StoredLog log = StoredIndex.log(Path.of("cache.safetensors"));
 * System.out.println(log.changes() + " changes are not in the index file yet");
 * }</pre>
 *
 * @param files number of its files
 * @param changes number of changes that the index file does not include
 * @param bytes length of the files, up to their last changes
 * @param ignoredBytes bytes behind the last changes: of changes that were not acknowledged when a process or the system failed
 * @param foreignFiles files with names of the log that belong to another index, which had the name before
 */
public record StoredLog(int files, long changes, long bytes, long ignoredBytes, List<String> foreignFiles) {
    /** Copies the list. */
    public StoredLog {
        foreignFiles = List.copyOf(foreignFiles);
    }
}
