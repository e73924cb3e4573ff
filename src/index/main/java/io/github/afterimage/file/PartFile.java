package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Names a file that holds part of the keys of an index.
 *
 * @param file name of the file, in the folder of the index
 * @param bytes length of the file
 * @param checksum checksum of the file's header, which holds all other checksums
 */
record PartFile(String file, long bytes, int checksum) {
    /** Returns the line that names this part in the header. */
    String text() {
        return bytes + " " + Checksums.hex(checksum) + " " + file;
    }

    /** @throws IllegalArgumentException if {@code line} does not name a part in the same folder */
    static PartFile parse(String line) {
        String[] words = line.split(" ", 3);
        if (words.length != 3 || !isPlainName(words[2])) {
            throw new IllegalArgumentException("\"" + line + "\", expected bytes, checksum and a file name");
        }
        long bytes = Long.parseLong(words[0]);
        return new PartFile(words[2], bytes, Checksums.parse(words[1]));
    }

    /**
     * Returns whether a name can be that of a part. A path is refused, so no file outside the folder is ever touched.
     */
    static boolean isPlainName(String name) {
        return !name.isEmpty()
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ');
    }

    /** Returns the path of the part: beside {@code index}, or beside the target if {@code index} is a symbolic link. */
    Path beside(Path index) {
        Path beside = index.resolveSibling(file);
        if (!Files.isSymbolicLink(index) || Files.exists(beside)) {
            return beside;
        }
        try {
            return index.toRealPath().resolveSibling(file);
        } catch (IOException e) {
            return beside; // opening it reports the problem
        }
    }

    /**
     * Identifies the content of a file by its length and its header's checksum; null if there is no file. An interrupt does not
     * end the reading.
     */
    static @Nullable PartFile held(Path file) throws IOException {
        return Files.isRegularFile(file) ? Threads.uninterrupted(() -> read(file)) : null;
    }

    private static PartFile read(Path file) throws IOException {
        try (InputFile input = InputFile.read(file)) {
            return new PartFile(IndexFile.name(file), input.bytes, Checksums.ofHeader(HeaderReader.bytes(input)));
        } catch (CorruptIndexException e) {
            return new PartFile(IndexFile.name(file), -1, 0);
        }
    }
}
