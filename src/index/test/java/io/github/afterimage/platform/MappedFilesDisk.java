package io.github.afterimage.platform;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;

/** A disk as Windows has it while files are mapped: they can be renamed, but neither replaced nor deleted. */
public final class MappedFilesDisk implements Disk {
    private final Set<Object> mapped = new HashSet<>();

    /** Marks a file as mapped, under all its names. */
    public void map(Path file) throws IOException {
        mapped.add(key(file));
    }

    public void unmapAll() {
        mapped.clear();
    }

    private static Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    private void requireUnmapped(Path file) throws IOException {
        if (Files.exists(file) && mapped.contains(key(file))) {
            throw new AccessDeniedException(file.toString());
        }
    }

    @Override
    public FileChannel create(Path file) throws IOException {
        return SYSTEM.create(file);
    }

    @Override
    public FileChannel open(Path file) throws IOException {
        return SYSTEM.open(file);
    }

    @Override
    public void reserve(Path file, long from, long bytes) throws IOException {
        SYSTEM.reserve(file, from, bytes);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        requireUnmapped(to);
        SYSTEM.rename(from, to);
    }

    @Override
    public void link(Path name, Path file) throws IOException {
        SYSTEM.link(name, file);
    }

    @Override
    public void delete(Path file) throws IOException {
        requireUnmapped(file);
        SYSTEM.delete(file);
    }

    @Override
    public void force(Path folder) {}
}
