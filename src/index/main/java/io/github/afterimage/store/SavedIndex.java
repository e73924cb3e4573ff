package io.github.afterimage.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What an index file held when a store was opened from it, or last saved to it: what the next save need not write again. */
public final class SavedIndex {

    /**
     * Keys that are on the disk.
     *
     * @param part their file; the index's own where it is whole
     * @param size how many they are, those that were removed since included
     * @param lastId the greatest of their ids, which are also greater than those of the keys before
     */
    record Stored(PartFile part, long size, long lastId) {}

    final Path file;
    /** The same, or what it is a symbolic link to, whichever path led to it. */
    final Path target;
    /** Identifies the content of the file. */
    final PartFile identity;

    final IndexHeader header;
    /** In the order of ids; empty where there are no keys. */
    final List<Stored> stored;

    private final byte[] headerBytes;

    SavedIndex(IndexReader reader, List<Stored> stored) throws IOException {
        file = reader.file.toAbsolutePath().normalize();
        target = SaveLock.canonical(reader.file);
        identity = reader.part(IndexFile.name(target));
        header = reader.header;
        headerBytes = reader.headerBytes;
        this.stored = List.copyOf(stored);
    }

    boolean whole() {
        return header.parts().isEmpty();
    }

    /**
     * Whether {@code other} is this file and nobody has replaced it: the header, which is compared byte by byte, has the
     * checksums of everything.
     */
    boolean isStill(Path other) {
        if (!other.toAbsolutePath().normalize().equals(file) || Files.isSymbolicLink(file)) {
            return false;
        }
        try {
            for (Stored part : whole() ? List.<Stored>of() : stored) {
                IndexReader.open(file, header, part.part(), false).close();
            }
            try (InputFile now = InputFile.read(file)) {
                return Arrays.equals(headerBytes, now.header());
            }
        } catch (IOException e) {
            return false; // then it is written anew
        }
    }
}
