package io.github.afterimage.store;

import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * The names of the parts that a save makes or does away with, in a file beside the index while the save runs. If it is
 * killed, or fails, it is known by this which files were left behind: others may be named alike and belong to somebody else.
 */
final class SaveJournal implements AutoCloseable {
    private static final String SUFFIX = ".saving";

    private final Disk disk;
    private final Path file;

    private SaveJournal(Disk disk, Path file) {
        this.disk = disk;
        this.file = file;
    }

    /**
     * Begins a save. The names are on the disk when this returns.
     *
     * @param parts that may be left behind; if there are none, nothing is written
     */
    static SaveJournal begin(Disk disk, Path index, Collection<Path> parts) throws IOException {
        if (parts.isEmpty()) {
            return new SaveJournal(disk, null);
        }
        SaveJournal journal = new SaveJournal(disk, AtomicFile.temporary(index, SUFFIX));
        StringBuilder names = new StringBuilder();
        parts.forEach(part -> names.append(IndexFile.name(part)).append('\n'));
        try (FileChannel channel = disk.create(journal.file)) {
            ByteBuffer bytes = ByteBuffer.wrap(names.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
            disk.force(journal.file.getParent());
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw e;
        }
        return journal;
    }

    /**
     * Removes what saves that failed, or whose processes have ended, left behind.
     *
     * @param named the parts that the index has, which stay
     */
    static void removeAbandoned(Disk disk, Path index, Set<Path> named) throws IOException {
        for (Path journal : AtomicFile.abandoned(index, SUFFIX)) {
            try {
                disk.force(journal.getParent()); // else a crash might bring back the index that had the parts
                removeAbandoned(
                        disk, index, named, Files.readString(journal).lines().toList());
                disk.delete(journal);
            } catch (IOException e) {
                // They take space, and the index does without them.
            }
        }
    }

    private static void removeAbandoned(Disk disk, Path index, Set<Path> named, List<String> names) throws IOException {
        PartNames own = new PartNames(index);
        for (String name : names) {
            Path part = index.resolveSibling(name);
            if (own.number(name) > 0) {
                AtomicFile.removeAbandoned(disk, part);
                if (!named.contains(part)) {
                    disk.delete(part);
                }
            }
        }
    }

    /** Ends a save that failed, and leaves what it may have left behind to {@link #removeAbandoned}. */
    void abandon() {
        if (file != null) {
            AtomicFile.ended(file);
        }
    }

    /** Ends the save, after it has removed what it had to. */
    @Override
    public void close() {
        if (file == null) {
            return;
        }
        AtomicFile.ended(file);
        try {
            disk.delete(file);
        } catch (IOException e) {
            // The next save tries again.
        }
    }
}
