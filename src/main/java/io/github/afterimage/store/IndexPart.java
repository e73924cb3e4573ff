package io.github.afterimage.store;

import java.nio.file.Path;

/**
 * A file that holds keys of an index that has several.
 *
 * @param file its name, in the folder of the index
 * @param bytes how long it is
 * @param checksum of its header, which holds the checksums of the rest
 */
record IndexPart(String file, long bytes, int checksum) {
    private static final String SUFFIX = ".safetensors";

    /** The name of a part of the index that is named {@code index}. */
    static String name(String index, int number) {
        return named(index, String.format("%04d", number));
    }

    /** Puts a word before the suffix of a name. */
    static String named(String index, String word) {
        boolean suffixed = index.endsWith(SUFFIX);
        String stem = suffixed ? index.substring(0, index.length() - SUFFIX.length()) : index;
        return stem + "." + word + (suffixed ? SUFFIX : "");
    }

    /** The number of a part that is named after an index, or 0. */
    static int number(String index, String part) {
        String digits = part.replaceAll(".*\\.([0-9]{4,9})(\\.safetensors)?$", "$1");
        return digits.matches("[0-9]{4,9}")
                        && name(index, Integer.parseInt(digits)).equals(part)
                ? Integer.parseInt(digits)
                : 0;
    }

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

    /** Where it is, beside {@code index}. */
    Path beside(Path index) {
        return index.resolveSibling(file);
    }
}
