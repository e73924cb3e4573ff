package io.github.afterimage.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A file that appears under its name when it is complete, and not at all if it never is.
 *
 * <p>Guarantees: until {@link #complete} returns, the name holds what it held before; after it, the new file, on the disk.
 * Closing without it leaves nothing behind.
 *
 * <p>Threads: for one thread.
 */
public final class AtomicFile implements AutoCloseable {
    private final Path file;
    private final Path temporary;
    private final FileChannel channel;

    private AtomicFile(Path file, Path temporary, FileChannel channel) {
        this.file = file;
        this.temporary = temporary;
        this.channel = channel;
    }

    /**
     * Begins a file beside the one that it is to replace.
     *
     * @throws NoSuchFileException if there is no such folder
     */
    public static AtomicFile create(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    folder.toString(), null, "no such folder to write " + file.getFileName() + " in");
        }
        // Not createTempFile, whose files only their owner may read.
        Path temporary = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".partial");
        return new AtomicFile(
                file, temporary, FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
    }

    /** Where the content is written; open until this file is completed or closed. */
    public FileChannel channel() {
        return channel;
    }

    /**
     * Forces the content to the disk and gives the file its name.
     *
     * @throws IOException if that fails; what the name held is unchanged
     */
    public void complete() throws IOException {
        channel.force(true);
        channel.close();
        try {
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(file + ": this file system cannot rename atomically; write to another one", e);
        }
        try (FileChannel folder = FileChannel.open(temporary.getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
