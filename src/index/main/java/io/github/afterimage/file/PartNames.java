package io.github.afterimage.file;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** Names the parts of an index: those of {@code cache.safetensors} are {@code cache.0001.safetensors} and so on. */
final class PartNames {
    private static final String SUFFIX = ".safetensors";

    private final Path index;
    private final String stem;
    private final String suffix;

    PartNames(Path index) {
        this.index = index;
        String name = IndexFile.name(index);
        suffix = name.endsWith(SUFFIX) ? SUFFIX : "";
        stem = name.substring(0, name.length() - suffix.length());
    }

    /** Returns the name of the part with a number, 1 or greater. */
    String name(int number) {
        return stem + String.format(".%04d", number) + suffix;
    }

    /** Returns the path of the part with a number. */
    Path path(int number) {
        return index.resolveSibling(name(number));
    }

    /** Returns the file in which an interrupted build records its parts. */
    Path unfinished() {
        return index.resolveSibling(stem + ".unfinished" + suffix);
    }

    /** Returns the number of a part with a name of this index; 0 for any other name. */
    int number(String part) {
        String digits = part.replaceAll(".*\\.([0-9]{4,9})(\\.safetensors)?$", "$1");
        return digits.matches("[0-9]{4,9}") && name(Integer.parseInt(digits)).equals(part)
                ? Integer.parseInt(digits)
                : 0;
    }

    /** Returns the existing files with such names, even if the index does not name them. */
    Set<Path> files() throws IOException {
        Set<Path> files = new TreeSet<>();
        try (DirectoryStream<Path> folder =
                Files.newDirectoryStream(index.toAbsolutePath().getParent())) {
            for (Path path : folder) {
                String name = path.getFileName().toString();
                if (number(name) > 0) {
                    files.add(index.resolveSibling(name));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return files;
    }
}
