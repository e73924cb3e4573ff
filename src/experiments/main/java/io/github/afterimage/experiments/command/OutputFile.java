package io.github.afterimage.experiments.command;

import io.github.afterimage.StoredIndex;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.data.ImageFiles;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.platform.AtomicFile;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** A text file that appears under its name when it is complete, and not at all if it never is. */
public final class OutputFile implements AutoCloseable {
    private final AtomicFile file;
    private final Writer writer;

    private OutputFile(AtomicFile file) {
        this.file = file;
        writer = new OutputStreamWriter(file.stream(), StandardCharsets.UTF_8);
    }

    public static OutputFile create(Path file) throws IOException {
        checkWritable(file);
        return new OutputFile(AtomicFile.create(file));
    }

    /** Writes a whole file. */
    public static void write(Path file, String content) throws IOException {
        try (OutputFile output = create(file)) {
            output.writer.write(content);
            output.complete();
        }
    }

    public Writer writer() {
        return writer;
    }

    /** Gives the file its name; without this, closing removes it. */
    public void complete() throws IOException {
        writer.flush();
        file.complete();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** Fails if {@code file} cannot be created: asked before long work, not after it. */
    public static void checkWritable(Path file) throws IOException {
        Path folder = folder(file);
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    folder.toString(), null, "no such folder to write " + file.getFileName() + " in");
        }
        if (!Files.isWritable(folder)) {
            throw new FileSystemException(
                    folder.toString(),
                    null,
                    "cannot write " + file.getFileName() + " in this folder: name a file in another one");
        }
    }

    /** Fails if an index cannot be saved where it is; an index that does not exist is for others to name. */
    public static void checkSaves(Path index) throws IOException {
        if (Files.isRegularFile(index)) {
            checkWritable(index);
            checkRoom(index, StoredIndex.bytes(index));
        }
    }

    /** Fails if the name belongs to another format than safetensors, the only one that is written. */
    public static void checkNamesSafetensors(Path file) {
        String name = file.getFileName().toString();
        if (name.matches(".*\\.(npz|npy)")) {
            throw new IllegalArgumentException("--out " + file + ": the format that is written is safetensors: name it "
                    + name.replaceAll("\\w+$", "safetensors"));
        }
    }

    /** Fails if the name of a page belongs to another format than HTML. */
    public static void checkNamesPage(Path file) {
        if (!file.getFileName().toString().matches("(?i).*\\.html?")) {
            throw new IllegalArgumentException(
                    "--page " + file + ": expected a name that ends in .html, the format that is written");
        }
    }

    /** Fails if writing {@code file} would replace {@code input}, or a picture in that folder, which the command reads. */
    public static void checkIsNot(Path file, Path input) throws IOException {
        if (!Files.exists(file) || !Files.exists(input)) {
            return;
        }
        boolean same = Files.isSameFile(file, input);
        if (same || ImageFiles.isImage(file) && isIn(file, input)) {
            String place = file.equals(input) ? "" : (same ? " as " : " in ") + input;
            throw new IllegalArgumentException(
                    file + " is read by this command" + place + ": expected the name of another file to write");
        }
    }

    private static boolean isIn(Path file, Path folder) throws IOException {
        for (Path parent = file.toAbsolutePath().getParent(); parent != null; parent = parent.getParent()) {
            if (Files.isSameFile(parent, folder)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Fails if a command reads a file: one that is the value of another option or argument, a part of an index, or examples.
     *
     * @throws IllegalArgumentException if it does
     */
    public static void checkIsNoInput(CommandSpec command, Path file) throws IOException {
        for (ArgSpec argument : command.args()) {
            Object value = argument.getValue();
            for (Object each : value instanceof Collection<?> all ? all : Collections.singletonList(value)) {
                if (each != file) {
                    for (Path input : inputs(each)) {
                        checkIsNot(file, input);
                    }
                }
            }
        }
    }

    private static List<Path> inputs(@Nullable Object value) {
        try {
            return value instanceof Path path
                    ? StoredIndex.files(path)
                    : value instanceof String text ? List.of(ImageSets.path(text)) : List.of();
        } catch (IOException | IllegalArgumentException e) { // no index, or a text that names no examples
            return value instanceof Path path ? List.of(path) : List.of();
        }
    }

    /** Fails if the disk that {@code file} is to be on has no room for it. */
    public static void checkRoom(Path file, long bytes) throws IOException {
        long usable = Files.getFileStore(folder(file)).getUsableSpace();
        if (usable < bytes) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    "needs " + Format.bytes(bytes) + " and the disk has " + Format.bytes(usable) + " free");
        }
    }

    private static Path folder(Path file) throws IOException {
        Path folder = AtomicFile.target(file).toAbsolutePath().getParent();
        return folder == null ? file.toAbsolutePath() : folder; // the root has no parent
    }
}
