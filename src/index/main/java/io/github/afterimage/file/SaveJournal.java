package io.github.afterimage.file;

import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records the names of the parts that a save creates or deletes, in a file beside the index while the save runs. The
 * journal stays until all of them are deleted; other files with such names may belong to another index.
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
        StringBuilder names = new StringBuilder();
        parts.forEach(part -> names.append(IndexFile.name(part)).append('\n'));
        AutoCloseable undo = () -> {
            AtomicFile.ended(file);
            disk.delete(file);
        };
        return Resources.guarded(undo, () -> {
            try (FileChannel channel = disk.create(file, index)) {
                AtomicFile.write(channel, StandardCharsets.UTF_8.encode(names.toString()));
                channel.force(true);
            }
            disk.force(AtomicFile.folder(file));
            return new SaveJournal(disk, file);
        });
    }

    /**
     * Deletes the files that saves of this index have left and that it does not name: the old parts of a save that has ended, and
     * leftovers of those that failed or whose processes have ended.
     *
     * @throws IOException if one cannot be deleted; its journal stays, and the next call tries again
     */
    static void deleteLeft(Disk disk, Path index) throws IOException {
        List<Path> journals = AtomicFile.abandoned(index, SUFFIX);
        if (journals.isEmpty()) {
            return;
        }
        Set<Path> named = Files.isRegularFile(index) ? Set.copyOf(IndexFile.files(index)) : Set.of();
        PartNames own = new PartNames(index);
        // Otherwise a crash could restore the index that had the parts.
        disk.force(AtomicFile.folder(index));
        List<Path> left = new ArrayList<>();
        for (Path journal : journals) {
            for (String name : Files.readAllLines(journal)) {
                Path part = index.resolveSibling(name);
                if (own.number(name) > 0) {
                    AtomicFile.removeAbandoned(disk, part);
                    if (!named.contains(part)) {
                        left.add(part);
                    }
                }
            }
        }
        disk.deleteForGood(left);
        for (Path journal : journals) {
            disk.delete(journal);
        }
    }

    /** Ends a save, whether it failed or not; {@link #deleteLeft} deletes what it leaves. */
    @Override
    public void close() {
        if (file != null) {
            AtomicFile.ended(file);
        }
    }
}
