package io.github.afterimage.cli;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** A text file that appears under its name when it is complete, and not at all if it never is. */
final class OutputFile implements AutoCloseable {
    private final Path file;
    private final Path temporary;
    private final Writer writer;

    private OutputFile(Path file, Path temporary, Writer writer) {
        this.file = file;
        this.temporary = temporary;
        this.writer = writer;
    }

    static OutputFile create(Path file) throws IOException {
        checkWritable(file);
        // Not createTempFile, whose files only their owner may read.
        Path temporary = folder(file).resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".partial");
        Writer writer = Files.newBufferedWriter(temporary, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
        return new OutputFile(file, temporary, writer);
    }

    Writer writer() {
        return writer;
    }

    /** Gives the file its name; without this, closing removes it. */
    void complete() throws IOException {
        writer.close();
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() throws IOException {
        try {
            writer.close();
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Fails if {@code file} cannot be created: asked before long work, not after it. */
    static void checkWritable(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a folder; expected the name of a file to write");
        }
        Path folder = folder(file);
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    folder.toString(), null, "no such folder to write " + file.getFileName() + " in");
        }
        if (!Files.isWritable(folder)) {
            throw new FileSystemException(folder.toString(), null, "cannot write in this folder");
        }
    }

    /** Fails if the disk that {@code file} is to be on has no room for it. */
    static void checkRoom(Path file, long bytes) throws IOException {
        long usable = Files.getFileStore(folder(file)).getUsableSpace();
        if (usable < bytes) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    "needs " + Format.bytes(bytes) + " and the disk has " + Format.bytes(usable) + " free");
        }
    }

    private static Path folder(Path file) {
        return file.toAbsolutePath().getParent();
    }
}
