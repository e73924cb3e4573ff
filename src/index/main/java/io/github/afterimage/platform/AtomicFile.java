package io.github.afterimage.platform;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
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
import java.util.stream.Stream;

/**
 * Writes a file that appears under its name only when it is complete.
 *
 * <p>Guarantees: the name keeps its old file until {@link #complete}, and then has the new file, which is on the disk when
 * the call returns. Closing an incomplete file removes it. If the name is a symbolic link, its target is replaced. A file that
 * replaces another has its permissions.
 *
 * <p>Threads: for one thread.
 */
public final class AtomicFile implements AutoCloseable {
    private static final String SUFFIX = ".partial";
    /** Maximum number of symbolic links to follow, as in Linux. */
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
     * Creates a temporary file beside the file that it will replace.
     *
     * @throws NoSuchFileException if the folder does not exist
     * @throws FileSystemException if {@code file} exists and is not a regular file
     */
    public static AtomicFile create(Path file) throws IOException {
        return create(Disk.SYSTEM, file, file);
    }

    /**
     * Does the same as {@link #create(Path)}, on the given disk.
     *
     * @param like whose permissions the file gets, if it exists
     */
    public static AtomicFile create(Disk disk, Path name, Path like) throws IOException {
        Path file = target(name);
        Path folder = folder(file);
        removeAbandoned(disk, file);
        Path temporary = temporary(file, SUFFIX);
        return Resources.guarded(
                () -> ended(temporary),
                () -> new AtomicFile(disk, file, folder, temporary, disk.create(temporary, like)));
    }

    /**
     * Returns the folder of {@code file}.
     *
     * @throws NoSuchFileException if the folder does not exist
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
     * Returns the file that is replaced when {@code name} is written. This is {@code name} itself, or the target of a
     * symbolic link, which need not exist.
     *
     * @throws FileSystemException if that is a folder, a device or anything else that is not a regular file
     */
    public static Path target(Path name) throws IOException {
        if (Files.exists(name) && !Files.isRegularFile(name)) {
            String kind = Files.isDirectory(name) ? "a folder" : "not a regular file";
            throw Disk.refused(name, "is " + kind + "; expected the name of a file to write");
        }
        Path file = name;
        for (int links = 0; Files.isSymbolicLink(file); links++) {
            if (links == MAX_LINKS) {
                throw Disk.refused(name, "is a symbolic link that leads nowhere; expected the name of a file to write");
            }
            file = file.resolveSibling(Files.readSymbolicLink(file));
        }
        return file;
    }

    /** Returns a unique name for a temporary file beside {@code file}, and marks it as in use until {@link #ended}. */
    public static Path temporary(Path file, String suffix) {
        // createTempFile would make a file that only its owner can read.
        String unique = ProcessHandle.current().pid() + "-" + UUID.randomUUID();
        Path temporary = file.toAbsolutePath().resolveSibling("." + file.getFileName() + "." + unique + suffix);
        ACTIVE.add(temporary);
        return temporary;
    }

    /** Marks a temporary file as no longer in use. */
    public static void ended(Path temporary) {
        ACTIVE.remove(temporary);
    }

    /** Deletes the temporary files for {@code file} that ended processes left. */
    public static void removeAbandoned(Disk disk, Path file) throws IOException {
        for (Path path : abandoned(file, SUFFIX)) {
            disk.delete(path);
        }
    }

    /** Finds the temporary files for {@code file} that ended processes left. */
    public static List<Path> abandoned(Path file, String suffix) throws IOException {
        Pattern name = Pattern.compile(
                Pattern.quote("." + file.getFileName() + ".") + "([0-9]{1,18})-[-0-9a-f]{36}" + Pattern.quote(suffix));
        List<Path> abandoned = new ArrayList<>();
        for (Path path : siblings(file)) {
            Matcher matcher = name.matcher(path.getFileName().toString());
            if (matcher.matches() && !isInUse(path, Long.parseLong(matcher.group(1)))) {
                abandoned.add(path);
            }
        }
        return abandoned;
    }

    /** Returns what is in the folder of {@code file}. */
    public static List<Path> siblings(Path file) throws IOException {
        try (Stream<Path> folder = Files.list(file.toAbsolutePath().getParent())) {
            return folder.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isInUse(Path temporary, long pid) {
        // In a container, a new process can have the number of an ended one, and thus of this one.
        return pid == ProcessHandle.current().pid()
                ? ACTIVE.contains(temporary)
                : ProcessHandle.of(pid).isPresent();
    }

    /** Writes all remaining bytes of a buffer. */
    public static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Returns the channel for the content, which is open until this file is completed or closed. */
    public FileChannel channel() {
        return channel;
    }

    /** Returns a stream into the channel. If the disk is full, the exception names the file. */
    public OutputStream stream() {
        OutputStream plain = Channels.newOutputStream(channel);
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                try {
                    plain.write(bytes, from, count);
                } catch (ClosedChannelException e) { // such as by the interruption of the thread
                    throw e;
                } catch (IOException e) {
                    throw (FileSystemException) Disk.refused(file, "cannot be written: " + e.getMessage())
                            .initCause(e);
                }
            }
        };
    }

    /**
     * Forces the content to the disk and gives the file its name.
     *
     * @throws IOException if that fails. The name then has its old file, or the new file if only forcing the folder failed.
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
