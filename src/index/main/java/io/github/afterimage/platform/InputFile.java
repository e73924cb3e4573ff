package io.github.afterimage.platform;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file. All bytes come from the file that had the name when it was opened, even if the name is reused later.
 *
 * <p>Threads: for one thread.
 */
public final class InputFile implements AutoCloseable {
    /** Bytes of a large file that are read at once. */
    public static final int CHUNK_BYTES = 1 << 22;

    public final Path path;
    public final long bytes;

    /** Called before each read; tests let it fail. */
    static volatile Resources.Action<IOException> beforeRead = () -> {};

    /** The open channel; null if the file is mapped. */
    private final @Nullable FileChannel channel;
    /** The mapping; null if the file is read. */
    private final @Nullable NativeMemory mapping;

    private boolean taken;

    private InputFile(Path path, long bytes, @Nullable FileChannel channel, @Nullable NativeMemory mapping) {
        this.path = path;
        this.bytes = bytes;
        this.channel = channel;
        this.mapping = mapping;
    }

    /**
     * Opens a file. Gives a missing one its old content back first if a process ended while it replaced the file.
     *
     * @throws NoSuchFileException if the file does not exist
     * @throws FileSystemException if it is a folder, a device or a pipe
     */
    public static InputFile read(Path path) throws IOException {
        requireFile(path);
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        return Resources.guarded(channel, () -> new InputFile(path, channel.size(), channel, null));
    }

    /** Opens and maps a file, otherwise like {@link #read(Path)}; needs the native library. */
    public static InputFile map(Path path) throws IOException {
        requireFile(path);
        NativeMemory mapping = NativeMemory.map(path);
        return mapping == null ? read(path) : new InputFile(path, mapping.bytes(), null, mapping);
    }

    private static void requireFile(Path path) throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(path.toString(), null, "no such index; make one with build");
        }
        if (!attributes.isRegularFile()) {
            String kind = attributes.isDirectory() ? "is a directory" : "is not a regular file";
            throw Disk.refused(path, kind + ": expected the file of an index");
        }
    }

    /**
     * Fills {@code target} from its position to its limit.
     *
     * @throws EOFException if the file ends before that
     */
    public void read(ByteBuffer target, long position) throws IOException {
        beforeRead.run();
        if (mapping != null) {
            if (target.remaining() > bytes - position) {
                throw new EOFException(path + ": ends at byte " + bytes);
            }
            target.put(mapping.buffer(position, target.remaining()));
            return;
        }
        long at = position;
        while (target.hasRemaining()) {
            int read = Objects.requireNonNull(channel).read(target, at);
            if (read < 0) {
                throw new EOFException(path + ": ends at byte " + at + " during the read; the file was truncated");
            }
            at += read;
        }
    }

    /** Receives bytes in little-endian order, which are there until it returns. */
    public interface Receiver {
        void accept(ByteBuffer bytes) throws IOException;
    }

    /**
     * Memory through which bytes pass, at most {@link #CHUNK_BYTES}. Whoever reads often keeps one for all files; a file keeps
     * none, because many are open at once. For one thread.
     */
    public static final class Chunk {
        private ByteBuffer bytes = ByteBuffer.allocate(0);

        private ByteBuffer ofAtLeast(int count) {
            if (bytes.capacity() < count) {
                int capacity = Math.max(count, Math.min(CHUNK_BYTES, 2 * bytes.capacity()));
                bytes = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
            }
            return bytes;
        }
    }

    /**
     * Reads bytes in order, {@link #CHUNK_BYTES} at once.
     *
     * @param chunk that the receiver does not use for something else
     * @throws EOFException if the file ends before that
     */
    public void read(long from, long count, Chunk chunk, Receiver receiver) throws IOException {
        ByteBuffer bytes = chunk.ofAtLeast((int) Math.min(CHUNK_BYTES, count));
        for (long done = 0; done < count; done += CHUNK_BYTES) {
            bytes.clear().limit((int) Math.min(CHUNK_BYTES, count - done));
            read(bytes, from + done);
            receiver.accept(bytes.flip());
        }
    }

    /**
     * Returns the whole file in memory, or null if it is not mapped. The caller closes the result after this object.
     */
    @Nullable
    public NativeMemory takeMapping() {
        taken = true;
        return mapping;
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        } else if (mapping != null && !taken) {
            mapping.close();
        }
    }
}
