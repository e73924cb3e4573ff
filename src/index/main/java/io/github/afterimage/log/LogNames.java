package io.github.afterimage.log;

import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/** Names the files of the log of an index: those of {@code cache.safetensors} are {@code cache.safetensors.0001.log} etc. */
public final class LogNames {
    private static final String SUFFIX = ".log";

    private final Path index;

    /** @param index the index file, not a symbolic link; the log lies beside it */
    public LogNames(Path index) {
        this.index = index;
    }

    public Path path(int number) {
        return index.resolveSibling(name(index) + String.format(".%04d", number) + SUFFIX);
    }

    public static String name(Path file) {
        return file.toAbsolutePath().getFileName().toString();
    }

    private int number(String name) {
        String prefix = name(index) + ".";
        if (!name.startsWith(prefix) || !name.endsWith(SUFFIX) || name.length() < prefix.length() + SUFFIX.length()) {
            return 0;
        }
        String digits = name.substring(prefix.length(), name.length() - SUFFIX.length());
        return digits.matches("[0-9]{4,9}")
                        && name(path(Integer.parseInt(digits))).equals(name)
                ? Integer.parseInt(digits)
                : 0;
    }

    /** Returns the existing files by number. */
    public SortedMap<Integer, Path> files() throws IOException {
        SortedMap<Integer, Path> files = new TreeMap<>();
        Path folder = index.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return files;
        }
        try (DirectoryStream<Path> names = Files.newDirectoryStream(folder)) {
            for (Path path : names) {
                int number = number(name(path));
                if (number > 0) {
                    files.put(number, path(number));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return files;
    }

    /** Returns a number greater than those of all existing files. */
    int free() throws IOException {
        SortedMap<Integer, Path> files = files();
        return files.isEmpty() ? 1 : files.lastKey() + 1;
    }

    /**
     * Deletes the files with this number and greater ones. The last is gone for good before the one before it, so that a loss of
     * power leaves a log without a gap.
     */
    void deleteFrom(Disk disk, int number) throws IOException {
        for (Path path : new TreeMap<>(files().tailMap(number)).descendingMap().values()) {
            disk.delete(path);
            disk.force(AtomicFile.folder(path));
        }
    }

    /** Forces all existing files to the disk. */
    void force(Disk disk) throws IOException {
        for (Path path : files().values()) {
            try (FileChannel channel = disk.open(path)) {
                channel.force(true);
            }
        }
    }

    /** Deletes the files with smaller numbers than {@code number}; one that cannot be deleted is obsolete and stays. */
    public void deleteBefore(Disk disk, int number) throws IOException {
        for (Path path : files().headMap(number).values()) {
            try {
                disk.delete(path);
            } catch (IOException e) {
                // No index needs the file: the next save deletes it.
            }
        }
    }
}
