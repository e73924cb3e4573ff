package io.github.afterimage.platform;

import io.github.afterimage.binding.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/**
 * The operations of a file system that saving needs. Tests replace it to make operations fail, and to find what a crash
 * leaves.
 */
public interface Disk {
    /** The file system of the operating system. */
    Disk SYSTEM = new Disk() {};

    /** The system error ENOSPC. */
    int NO_SPACE = 28;

    /**
     * Creates a new file and opens it for writing.
     *
     * @param like whose permissions it gets, and those of its owner to read and write; the usual ones if there is no such file
     */
    default FileChannel create(Path file, Path like) throws IOException {
        Set<OpenOption> options = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        Set<PosixFilePermission> permissions;
        try {
            permissions = EnumSet.copyOf(Files.getPosixFilePermissions(like));
        } catch (NoSuchFileException | UnsupportedOperationException e) {
            return FileChannel.open(file, options);
        }
        permissions.addAll(PosixFilePermissions.fromString("rw-------"));
        FileAttribute<?> attribute = PosixFilePermissions.asFileAttribute(permissions);
        return Resources.filled(FileChannel.open(file, options, attribute), made -> {
            if (!Files.getPosixFilePermissions(file).equals(permissions)) { // the process masks some of them
                Files.setPosixFilePermissions(file, permissions);
            }
        });
    }

    /** Opens an existing file for writing. */
    default FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.WRITE);
    }

    /**
     * Reserves room for bytes of an existing file, which read as zeros until they are written. Writing there does not find the
     * disk full.
     */
    default void reserve(Path file, long from, long bytes) throws IOException {
        int[] error = new int[1];
        boolean reserved = NativeLibrary.available()
                && Native.afterimage_reserve(file.toAbsolutePath().toString(), from, bytes, error)
                        == Native.AFTERIMAGE_OK;
        if (error[0] == NO_SPACE) {
            throw refused(file, "No space left on device");
        }
        if (!reserved) {
            writeZeros(
                    file, from,
                    bytes); // says in the system's words what is wrong, such as a limit of the size of files
        }
    }

    private void writeZeros(Path file, long from, long bytes) throws IOException {
        try (FileChannel channel = open(file)) {
            ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(bytes, 1 << 16));
            for (long at = from; at < from + bytes; ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), from + bytes - at));
                at += channel.write(zeros, at);
            }
        }
    }

    /** Renames a file atomically; replaces the file {@code to}. */
    default void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(to + ": this file system cannot rename atomically; write to another one", e);
        }
    }

    /** Gives a file a second name, which must not exist yet. */
    default void link(Path name, Path file) throws IOException {
        Files.createLink(name, file);
    }

    /** Deletes a file if it exists. */
    default void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    /**
     * Deletes files of one folder that exist, and forces the folder, so that a loss of power does not bring them back.
     *
     * @throws FileSystemException if one cannot be deleted, after the others are; it names the first
     */
    default void deleteForGood(Collection<Path> files) throws IOException {
        FileSystemException failure = null;
        for (Path file : files) {
            try {
                delete(file);
            } catch (IOException e) {
                FileSystemException undeleted = refused(
                        file,
                        "cannot be deleted, and may hold removed keys; the index is saved without them, and its next save"
                                + " tries again: " + e.getMessage());
                undeleted.initCause(e);
                if (failure == null) {
                    failure = undeleted;
                } else {
                    failure.addSuppressed(undeleted);
                }
            }
        }
        if (!files.isEmpty()) {
            force(AtomicFile.folder(files.iterator().next()));
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Forces the names in a folder to the disk. */
    default void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Returns an exception about a file that is not as it must be. */
    static FileSystemException refused(Path file, String reason) {
        return new FileSystemException(file.toString(), null, reason);
    }
}
