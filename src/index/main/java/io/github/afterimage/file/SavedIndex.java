package io.github.afterimage.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Describes the index file that a store was opened from or last saved to, so the next save writes only changes. */
public final class SavedIndex {

    /**
     * Describes keys on the disk.
     *
     * @param part their file; the index file itself if it has no parts
     * @param size number of keys, including those removed since
     * @param lastId greatest of their ids; all earlier files have smaller ids
     */
    record Stored(PartFile part, long size, long lastId) {}

    final Path file;
    /** The real path of the file, the same for every path and link to it. */
    final Path target;
    /** Identifies the content of the file. */
    final PartFile identity;

    final IndexHeader header;
    /** Keys in the order of ids; empty if there are none. */
    final List<Stored> stored;

    SavedIndex(IndexReader reader, List<Stored> stored) throws IOException {
        file = reader.file.toAbsolutePath().normalize();
        target = SaveLock.canonical(reader.file);
        identity = reader.part(IndexFile.name(target));
        header = reader.header;
        this.stored = List.copyOf(stored);
    }

    boolean whole() {
        return header.parts().isEmpty();
    }

    /**
     * Returns whether {@code other} is this file and nobody has replaced it. Comparing the headers
     * suffices because they hold all checksums.
     */
    boolean isStill(Path other) {
        if (!other.toAbsolutePath().normalize().equals(file) || Files.isSymbolicLink(file)) {
            return false;
        }
        try {
            for (Stored part : whole() ? List.<Stored>of() : stored) {
                IndexReader.open(file, header, part.part(), false).close();
            }
            return identity.equals(PartFile.held(file));
        } catch (IOException e) {
            return false; // the save writes it as a whole
        }
    }
}
