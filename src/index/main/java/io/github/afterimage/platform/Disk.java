package io.github.afterimage.platform;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The operations of a file system that saving needs. Tests replace it to make operations fail, and to find what a crash
 * leaves.
 */
public interface Disk {
    /** The file system of the operating system. */
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

    /** Creates a new file and opens it for writing. */
    FileChannel create(Path file) throws IOException;

    /** Renames a file atomically; replaces the file {@code to}. */
    void rename(Path from, Path to) throws IOException;

    /** Gives a file a second name, which must not exist yet. */
    void link(Path name, Path file) throws IOException;

    /** Deletes a file if it exists. */
    void delete(Path file) throws IOException;

    /** Forces the names in a folder to the disk. */
    void force(Path folder) throws IOException;
}
