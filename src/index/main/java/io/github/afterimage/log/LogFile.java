package io.github.afterimage.log;

import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.platform.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes one file of a log: a header of {@value #HEADER_BYTES} bytes, then records.
 *
 * <p>Threads: one thread writes at a time; others may force the file meanwhile. Interrupting a caller closes the channel of
 * the file, as Java has it; the operation is then repeated on another one, and the thread stays interrupted.
 */
public final class LogFile implements AutoCloseable {
    public static final int HEADER_BYTES = 64;

    private static final byte[] MAGIC = "AFTERLOG".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 1;

    private final Disk disk;
    private final Path path;
    private FileChannel channel;
    private boolean closed;

    private LogFile(Disk disk, Path path, FileChannel channel) {
        this.disk = disk;
        this.path = path;
        this.channel = channel;
    }

    /**
     * Creates a file; its header and its name are on the disk when this method returns.
     *
     * @param index whose permissions it gets
     * @param first number of the first change that it will hold
     */
    static LogFile create(Disk disk, Path path, Path index, LogPosition first) throws IOException {
        LogFile file = new LogFile(disk, path, disk.create(path, index));
        AutoCloseable undo = () -> {
            file.channel.close();
            disk.delete(path);
        };
        return Resources.guarded(undo, () -> {
            file.write(0, List.of(header(first)));
            file.force();
            file.uninterrupted(open ->
                    disk.force(Objects.requireNonNull(path.toAbsolutePath().getParent())));
            return file;
        });
    }

    public static ByteBuffer header(LogPosition first) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).putInt(VERSION).putInt(0);
        header.put(first.lineage().getBytes(StandardCharsets.US_ASCII)).putLong(first.next());
        header.position(HEADER_BYTES - Integer.BYTES);
        return header.putInt(checksum(header)).flip();
    }

    private static int checksum(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.duplicate().position(0).limit(HEADER_BYTES - Integer.BYTES));
        return (int) crc.getValue();
    }

    /** Returns whether the bytes are a header of any version. */
    static boolean isSound(ByteBuffer header) {
        header.order(ByteOrder.LITTLE_ENDIAN);
        return header.remaining() >= HEADER_BYTES && header.getInt(HEADER_BYTES - Integer.BYTES) == checksum(header);
    }

    /**
     * Reads a header.
     *
     * @return the lineage and the number of the first change; null if the header is damaged, or of another version
     */
    static @Nullable LogPosition parse(ByteBuffer header) {
        if (!isSound(header) || header.getInt(MAGIC.length) != VERSION) {
            return null;
        }
        byte[] text = new byte[32];
        header.position(MAGIC.length + Long.BYTES).get(text);
        try {
            return LogPosition.parse(new String(text, StandardCharsets.ISO_8859_1) + " " + header.getLong());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    Path path() {
        return path;
    }

    /** Reserves room for bytes of the file; see {@link Disk#reserve}. */
    void reserve(long from, long bytes) throws IOException {
        disk.reserve(path, from, bytes);
    }

    /** Writes buffers, from position to limit, one behind the other; they stay as they are. */
    void write(long position, List<ByteBuffer> buffers) throws IOException {
        uninterrupted(open -> {
            long at = position;
            for (ByteBuffer buffer : buffers) {
                ByteBuffer rest = buffer.duplicate();
                while (rest.hasRemaining()) {
                    at += open.write(rest, at);
                }
            }
        });
    }

    /** Waits until everything written is on the disk. */
    void force() throws IOException {
        uninterrupted(open -> open.force(false));
    }

    /** Drops the room behind the last record. */
    void truncate(long bytes) throws IOException {
        uninterrupted(open -> open.truncate(bytes));
    }

    private interface Operation {
        void run(FileChannel open) throws IOException;
    }

    private void uninterrupted(Operation operation) throws IOException {
        LogFile unused = Threads.uninterrupted(() -> {
            operation.run(open());
            return this;
        });
    }

    /** Returns the channel; a new one if an interrupt has closed it. */
    private synchronized FileChannel open() throws IOException {
        if (closed) {
            throw new IOException(path + ": closed");
        }
        if (!channel.isOpen()) {
            channel = disk.open(path);
        }
        return channel;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        channel.close();
    }
}
