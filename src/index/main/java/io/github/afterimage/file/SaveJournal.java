package io.github.afterimage.file;

import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records the names of the parts that a save creates or deletes, in a file beside the index while the save runs. After
 * a killed or failed save the journal identifies its leftovers; other files with such names may belong to another
 * index.
 */
record SaveJournal(Disk disk, @Nullable Path file) implements AutoCloseable {
    private static final String SUFFIX = ".saving";

    /**
     * Begins a save. The names are on the disk when this method returns.
     *
     * @param parts parts that may be left behind; if there are none, no journal is written
     */
    static SaveJournal begin(Disk disk, Path index, Collection<Path> parts) throws IOException {
        if (parts.isEmpty()) {
            return new SaveJournal(disk, null);
        }
        Path file = AtomicFile.temporary(index, SUFFIX);
        SaveJournal journal = new SaveJournal(disk, file);
        StringBuilder names = new StringBuilder();
        parts.forEach(part -> names.append(IndexFile.name(part)).append('\n'));
        try (FileChannel channel = disk.create(file)) {
            AtomicFile.write(channel, StandardCharsets.UTF_8.encode(names.toString()));
            channel.force(true);
            disk.force(Objects.requireNonNull(file.getParent()));
        } catch (IOException | RuntimeException | Error e) {
            journal.close();
            throw e;
        }
        return journal;
    }

    /**
     * Removes leftovers of failed saves and of saves whose processes have ended.
     *
     * @param named parts of the index, which stay
     */
    static void removeAbandoned(Disk disk, Path index, Set<Path> named) throws IOException {
        for (Path journal : AtomicFile.abandoned(index, SUFFIX)) {
            try {
                // Otherwise a crash could restore the index that had the parts.
                disk.force(Objects.requireNonNull(journal.getParent()));
                removeAbandoned(
                        disk, index, named, Files.readString(journal).lines().toList());
                disk.delete(journal);
            } catch (IOException e) {
                // The index does not need these files; they only take space.
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

    /** Ends a failed save; {@link #removeAbandoned} removes its leftovers. */
    void abandon() {
        if (file != null) {
            AtomicFile.ended(file);
        }
    }

    /** Ends the save after it has removed its old files. */
    @Override
    public void close() {
        if (file == null) {
            return;
        }
        AtomicFile.ended(file);
        try {
            disk.delete(file);
        } catch (IOException e) {
            // The next save tries to delete the journal again.
        }
    }
}
