package io.github.afterimage.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that holds keys of an index that has several.
 *
 * @param file its name, in the folder of the index
 * @param bytes how long it is
 * @param checksum of its header, which holds the checksums of the rest
 */
record IndexPart(String file, long bytes, int checksum) {
    /** A line of the header. */
    String text() {
        return bytes + " " + Checksums.hex(checksum) + " " + file;
    }

    /** @throws IllegalArgumentException if {@code line} is not a part in the same folder */
    static IndexPart parse(String line) {
        String[] words = line.split(" ", 3);
        if (words.length != 3 || !isPlainName(words[2])) {
            throw new IllegalArgumentException("\"" + line + "\", expected bytes, checksum and the name of a file");
        }
        long bytes = Long.parseLong(words[0]);
        return new IndexPart(words[2], bytes, Checksums.parse(words[1]));
    }

    /** Whether a name can be that of a part: nothing but a name, so that no file outside the folder is ever touched. */
    static boolean isPlainName(String name) {
        return !name.isEmpty()
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ');
    }

    /** Where it is: beside {@code index}, or beside the file that {@code index} is a symbolic link to. */
    Path beside(Path index) {
        Path beside = index.resolveSibling(file);
        if (!Files.isSymbolicLink(index) || Files.exists(beside)) {
            return beside;
        }
        try {
            return index.toRealPath().resolveSibling(file);
        } catch (IOException e) {
            return beside; // opening it says what is wrong
        }
    }
}
