package io.github.afterimage.platform;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** What saving does to files. Tests record it, to see what is left after a crash, and make it fail. */
public interface Disk {
    /** The system's files. */
    Disk SYSTEM = new Disk() {
        @Override
        public FileChannel create(Path file) throws IOException {
            return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            try {
                Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                throw new IOException(to + ": this file system cannot rename atomically; write to another one", e);
            }
        }

        @Override
        public void link(Path name, Path file) throws IOException {
            Files.createLink(name, file);
        }

        @Override
        public void delete(Path file) throws IOException {
            Files.deleteIfExists(file);
        }

        @Override
        public void force(Path folder) throws IOException {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    };

    /** A new file, for writing. */
    FileChannel create(Path file) throws IOException;

    /** Renames atomically, in place of what {@code to} names. */
    void rename(Path from, Path to) throws IOException;

    /** Gives a file a second name, which must be free. */
    void link(Path name, Path file) throws IOException;

    /** Removes a name, if it is there. */
    void delete(Path file) throws IOException;

    /** Waits until the names in a folder are on the disk. */
    void force(Path folder) throws IOException;
}
