package io.github.afterimage.file;

import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * Grants the right to save an index under one name to one process at a time. Readers need no lock.
 *
 * <p>It is a system lock on a file {@code .NAME.lock} beside the index. The system releases it when the process ends in
 * any way. Closing deletes the file; a file that a killed process left behind is reused. {@link #take} fails on a file
 * system without locks.
 *
 * <p>Threads: thread-safe. Lifetime: until closed; closing twice is harmless.
 */
public final class SaveLock implements AutoCloseable {
    private static final int ATTEMPTS = 100;
    private static final int LONGEST_TEXT = 40;

    /**
     * Lists the lock files of this process. System locks belong to a process and end when any channel of the file
     * closes.
     */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path file;
    private final FileChannel channel;
    private boolean closed;

    private SaveLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock of a name, or of its target if it is a symbolic link.
     *
     * @throws FileSystemException if another process or another index of this process holds the lock; names the holder
     * @throws NoSuchFileException if the folder does not exist
     * @throws IOException if the lock file cannot be created or locked
     */
    public static SaveLock take(Path name) throws IOException {
        Path file = lockFile(name);
        synchronized (HELD) {
            if (!HELD.add(file)) {
                throw new TakenException(name, "another index of this process", "close it");
            }
            return Resources.guarded(() -> HELD.remove(file), () -> new SaveLock(file, locked(name, file)));
        }
    }

    private static FileChannel locked(Path name, Path file) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                Disk.SYSTEM.create(file, canonical(name)).close();
            } catch (FileAlreadyExistsException e) {
                // Another process holds the lock, or left the file behind.
            } catch (FileSystemException e) {
                throw unmade(name, file, e);
            }
            FileChannel channel = null;
            try {
                Object key = key(file);
                channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                if (channel.tryLock() == null) {
                    throw new TakenException(name, "process " + holder(channel), "end it or wait for it");
                }
                if (Objects.equals(key, key(file))) {
                    nameHolder(channel);
                    return channel;
                }
                channel.close(); // its holder has deleted the file meanwhile
            } catch (NoSuchFileException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            } catch (IOException | RuntimeException | Error e) {
                if (channel != null) {
                    channel.close();
                }
                throw e;
            }
        }
    }

    private static Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** Writes the process id, which others report in their messages. */
    private static void nameHolder(FileChannel channel) {
        String process = Long.toString(ProcessHandle.current().pid());
        try {
            channel.truncate(0).write(ByteBuffer.wrap(process.getBytes(StandardCharsets.UTF_8)), 0);
        } catch (IOException e) {
            // The disk may be full; the save reports that.
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(LONGEST_TEXT);
        channel.read(text, 0);
        return StandardCharsets.UTF_8.decode(text.flip()).toString();
    }

    /** Signals that another holds the lock. */
    public static final class TakenException extends FileSystemException {
        private static final long serialVersionUID = 1;

        private final String holder;

        private TakenException(Path name, String holder, String remedy) {
            super(
                    name.toString(),
                    null,
                    holder + " may save to it and holds its lock: " + remedy + ", or name another file");
            this.holder = holder;
        }

        /** Returns who holds it, such as "process 17". */
        public String holder() {
            return holder;
        }
    }

    private static FileSystemException unmade(Path name, Path file, FileSystemException cause) {
        String reason = cause instanceof AccessDeniedException ? "permission denied" : cause.toString();
        FileSystemException problem = Disk.refused(
                name,
                "its lock file " + file.getFileName() + " cannot be created in " + file.getParent() + " (" + reason
                        + "); save to a folder where this process may create files");
        problem.initCause(cause);
        return problem;
    }

    /** Returns the file that a save to {@code name} replaces; every path to the file gives the same result. */
    static Path canonical(Path name) throws IOException {
        Path file = AtomicFile.target(name).toAbsolutePath();
        return AtomicFile.folder(file).toRealPath().resolve(file.getFileName());
    }

    private static Path lockFile(Path name) throws IOException {
        Path file = canonical(name);
        return file.resolveSibling("." + file.getFileName() + ".lock");
    }

    boolean isOf(Path name) throws IOException {
        return file.equals(lockFile(name));
    }

    @Override
    public String toString() {
        synchronized (HELD) {
            return "SaveLock[" + file + (closed ? ", closed]" : "]");
        }
    }

    @Override
    public void close() {
        synchronized (HELD) {
            if (closed) {
                return;
            }
            closed = true;
            HELD.remove(file);
            try (channel) {
                Files.deleteIfExists(file); // while it is locked; afterwards it may belong to another process
            } catch (IOException e) {
                // The file stays without a lock; the next holder reuses it.
            }
        }
    }
}
