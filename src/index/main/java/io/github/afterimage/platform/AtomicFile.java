package io.github.afterimage.platform;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file that appears under its name when it is complete, and not at all if it never is.
 *
 * <p>Guarantees: until {@link #complete} returns, the name holds what it held before; after it, the new file, on the disk.
 * Closing without it leaves nothing behind. Where the name is a symbolic link, the file that it points at is replaced.
 *
 * <p>Threads: for one thread.
 */
public final class AtomicFile implements AutoCloseable {
    private static final String SUFFIX = ".partial";
    /** As many as Linux follows. */
    private static final int MAX_LINKS = 40;

    /** Temporary files of this process that are in use. */
    private static final Set<Path> ACTIVE = ConcurrentHashMap.newKeySet();

    private final Disk disk;
    private final Path file;
    private final Path folder;
    private final Path temporary;
    private final FileChannel channel;

    private AtomicFile(Disk disk, Path file, Path folder, Path temporary, FileChannel channel) {
        this.disk = disk;
        this.file = file;
        this.folder = folder;
        this.temporary = temporary;
        this.channel = channel;
    }

    /**
     * Begins a file beside the one that it is to replace.
     *
     * @throws NoSuchFileException if there is no such folder
     * @throws FileSystemException if what is there is not a regular file
     */
    public static AtomicFile create(Path file) throws IOException {
        return create(Disk.SYSTEM, file);
    }

    public static AtomicFile create(Disk disk, Path name) throws IOException {
        Path file = target(name);
        Path folder = folder(file);
        removeAbandoned(disk, file);
        Path temporary = temporary(file, SUFFIX);
        try {
            return new AtomicFile(disk, file, folder, temporary, disk.create(temporary));
        } catch (IOException e) {
            ended(temporary);
            throw e;
        }
    }

    /**
     * The folder that {@code file} is written in.
     *
     * @throws NoSuchFileException if there is none
     */
    public static Path folder(Path file) throws NoSuchFileException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    String.valueOf(folder), null, "no such folder to write " + file.getFileName() + " in");
        }
        return folder;
    }

    /**
     * The file that is replaced when {@code name} is written: itself, or where it is a symbolic link, what that points at,
     * whether that exists or not.
     *
     * @throws FileSystemException if that is a folder, a device or anything else that cannot be replaced by a file
     */
    public static Path target(Path name) throws IOException {
        if (Files.exists(name) && !Files.isRegularFile(name)) {
            String kind = Files.isDirectory(name) ? "a folder" : "not a regular file";
            throw new FileSystemException(
                    name.toString(), null, "is " + kind + "; expected the name of a file to write");
        }
        Path file = name;
        for (int links = 0; Files.isSymbolicLink(file); links++) {
            if (links == MAX_LINKS) {
                throw new FileSystemException(
                        name.toString(),
                        null,
                        "is a symbolic link that leads nowhere; expected the name of a file to write");
            }
            file = file.resolveSibling(Files.readSymbolicLink(file));
        }
        return file;
    }

    /** A name for a file that is needed while {@code file} is written; it is in use until {@link #ended}. */
    public static Path temporary(Path file, String suffix) {
        // Not createTempFile, whose files only their owner may read.
        String unique = ProcessHandle.current().pid() + "-" + UUID.randomUUID();
        Path temporary = file.toAbsolutePath().resolveSibling("." + file.getFileName() + "." + unique + suffix);
        ACTIVE.add(temporary);
        return temporary;
    }

    /** Says that a temporary file is in use no more. */
    public static void ended(Path temporary) {
        ACTIVE.remove(temporary);
    }

    /** Removes what processes that have ended left when they were to write the same file. */
    public static void removeAbandoned(Disk disk, Path file) throws IOException {
        for (Path path : abandoned(file, SUFFIX)) {
            disk.delete(path);
        }
    }

    /** The temporary files for {@code file} that nobody uses any more: those of processes that have ended. */
    public static List<Path> abandoned(Path file, String suffix) throws IOException {
        Pattern name = Pattern.compile(
                Pattern.quote("." + file.getFileName() + ".") + "([0-9]{1,18})-[-0-9a-f]{36}" + Pattern.quote(suffix));
        List<Path> abandoned = new ArrayList<>();
        try (DirectoryStream<Path> folder =
                Files.newDirectoryStream(file.toAbsolutePath().getParent())) {
            for (Path path : folder) {
                Matcher matcher = name.matcher(path.getFileName().toString());
                if (matcher.matches() && !isInUse(path, Long.parseLong(matcher.group(1)))) {
                    abandoned.add(path);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return abandoned;
    }

    private static boolean isInUse(Path temporary, long pid) {
        // In a container every process may have the number of the one before.
        return pid == ProcessHandle.current().pid()
                ? ACTIVE.contains(temporary)
                : ProcessHandle.of(pid).isPresent();
    }

    /** Where the content is written; open until this file is completed or closed. */
    public FileChannel channel() {
        return channel;
    }

    /**
     * Forces the content to the disk and gives the file its name.
     *
     * @throws IOException if that fails; the name holds what it held, or the new file if only waiting for the folder failed
     */
    public void complete() throws IOException {
        channel.force(true);
        channel.close();
        disk.rename(temporary, file);
        ended(temporary);
        disk.force(folder);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            ended(temporary);
            disk.delete(temporary);
        }
    }
}
