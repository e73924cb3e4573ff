package io.github.afterimage.file;

import io.github.afterimage.log.LogPosition;
import io.github.afterimage.log.LogReader;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What each file held when the index was last read from it or saved to it, by which another process is noticed that has replaced
 * the file.
 *
 * <p>Threads: for one at a time, but for {@link #requireOwn}.
 */
final class KnownFiles {
    private final Map<Path, Known> files = new ConcurrentHashMap<>();

    /**
     * The content of a file.
     *
     * @param end position behind the changes of its log; null if it has none
     * @param stamp of the file when it was last seen to have this content; empty if nobody has looked since it was saved
     */
    private record Known(PartFile identity, @Nullable LogPosition end, String stamp) {}

    /** Returns the number, size and time of a file, which are others after it was replaced or written, without reading it. */
    private static String stamp(Path file) throws IOException {
        if (!Files.exists(file)) {
            return "none";
        }
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        return now.fileKey() + " " + now.size() + " " + now.lastModifiedTime();
    }

    /** @param end position behind the changes of its log; null if it has none */
    void put(SavedIndex index, @Nullable LogPosition end) {
        files.put(index.target, new Known(index.identity, end, ""));
    }

    /** Takes over what a file holds after a save has failed, which alone can have changed it, in its last step. */
    void refresh(Path target) {
        files.computeIfPresent(target, (path, before) -> {
            try {
                PartFile now = PartFile.held(target);
                return now == null ? null : new Known(now, before.end, "");
            } catch (IOException e) {
                return before;
            }
        });
    }

    /** Returns the position behind the changes of the log of a file; null if it has none. */
    @Nullable
    LogPosition end(Path target) {
        Known known = files.get(target);
        return known == null ? null : known.end;
    }

    /** Returns whether a file was neither read nor saved after an index. */
    boolean isLast(SavedIndex index) {
        Known known = files.get(index.target);
        return known != null && known.identity.equals(index.identity);
    }

    /** Returns whether a file is known, and holds what it held. */
    boolean isCurrent(Path target) throws IOException {
        Known known = files.get(target);
        return known != null && known.identity.equals(PartFile.held(target));
    }

    /**
     * Checks that an open finds the log of a file.
     *
     * @param save is held by a save, which may have replaced the file just now
     * @throws IOException if it is known, and holds something else
     */
    void requireOwn(Path target, Object save) throws IOException {
        Known seen = files.get(target);
        if (seen != null && seen.stamp.equals(stamp(target))) {
            return;
        }
        synchronized (save) {
            Known known = files.get(target);
            String now = stamp(target); // before the file is read, which may be replaced then
            PartFile found = PartFile.held(target);
            if (known != null && !known.identity.equals(found)) {
                throw new IOException((found == null ? "another process has removed" : "another process has replaced")
                        + " the file, and opening it would ignore the log of the former one; save this index to another"
                        + " name, or open the file again");
            }
            files.computeIfPresent(target, (path, same) -> new Known(same.identity, same.end, now));
        }
    }

    /**
     * Checks that saving to a file loses nothing that another process saved there.
     *
     * @param logged whether this index writes the log of the file, which has changes behind the known ones then
     * @throws FileSystemException if it is known, and holds something else
     */
    void requireUnchanged(Path name, Path target, boolean logged) throws IOException {
        Known known = files.get(target);
        PartFile now = PartFile.held(target);
        if (known != null && now != null && (!now.equals(known.identity) || !logged && !isEnd(target, known.end))) {
            throw Disk.refused(
                    name,
                    "has changed since this index was opened from it or saved to it, and saving would lose what another"
                            + " process saved; save to another name, or open it again");
        }
    }

    private static boolean isEnd(Path target, @Nullable LogPosition end) throws IOException {
        if (end == null) {
            return true;
        }
        try (IndexReader reader = IndexReader.open(target)) {
            return end.equals(LogReader.read(target, reader.header.log(), reader.header.format())
                    .end());
        }
    }
}
