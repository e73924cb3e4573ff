package io.github.afterimage.log;

import io.github.afterimage.platform.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Files beside another file that differ in a number: a stem, a number of at least four digits and a suffix. */
public class NumberedFiles {
    private final Path beside;
    private final String stem;
    private final String suffix;

    /** @param beside a file that is not a symbolic link */
    protected NumberedFiles(Path beside, String stem, String suffix) {
        this.beside = beside;
        this.stem = stem;
        this.suffix = suffix;
    }

    /** Returns the name of a file without its folders. */
    public static String name(Path file) {
        return file.toAbsolutePath().getFileName().toString();
    }

    private String name(int number) {
        return stem + String.format(".%04d", number) + suffix;
    }

    /** Returns the path of the file with a number, 1 or greater. */
    public Path path(int number) {
        return beside.resolveSibling(name(number));
    }

    /** Returns the number of a file with such a name; 0 for any other name. */
    public int number(Path file) {
        return number(name(file));
    }

    /** Returns the number in such a name; 0 for any other name. */
    public int number(String name) {
        int from = stem.length() + 1;
        int to = name.length() - suffix.length();
        String digits = from < to ? name.substring(from, to) : "";
        return digits.matches("[0-9]{4,9}") && name(Integer.parseInt(digits)).equals(name)
                ? Integer.parseInt(digits)
                : 0;
    }

    /** Returns the existing files by number. */
    public SortedMap<Integer, Path> files() throws IOException {
        SortedMap<Integer, Path> files = new TreeMap<>();
        for (Path path : AtomicFile.siblings(beside)) {
            if (number(path) > 0) {
                files.put(number(path), path(number(path)));
            }
        }
        return files;
    }

    /** Returns a number greater than those of all existing files and of others. */
    public int free(Collection<Path> others) throws IOException {
        return 1
                + Stream.concat(files().values().stream(), others.stream())
                        .mapToInt(this::number)
                        .max()
                        .orElse(0);
    }
}
