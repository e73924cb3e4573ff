package io.github.afterimage.keys;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Holds one detail of a segment's keys: consecutive bytes, and the end of those of each key. A key without the detail has no
 * bytes.
 *
 * <p>Threads: only {@link KeyStore} writes, behind the published rows; any number of threads read the published names.
 */
public final class DetailColumn implements AutoCloseable {
    private static final long SMALLEST_BLOCK = 1L << 12;
    private static final long LARGEST_BLOCK = 1L << 26;
    private static final int CHECKED_ROWS = 1024; // at most 4 MiB of thumbnails

    /** Holds the end of the bytes of each row, one int64 per row. */
    public final NativeMemory ends;
    /** Holds the bytes. Written bytes never move: when a block is full, another one is added. */
    private volatile NativeMemory[] blocks;

    private volatile Longest longest = new Longest(0, 0);

    private DetailColumn(NativeMemory ends, NativeMemory... blocks) {
        this.ends = ends;
        this.blocks = blocks;
    }

    /** Creates room for {@code capacity} rows, all without bytes. */
    public static DetailColumn create(long capacity) {
        return new DetailColumn(NativeMemory.allocate(Math.multiplyExact(capacity, Long.BYTES)));
    }

    /** Creates room for {@code capacity} rows and for at least one byte, all of which lie in one {@link #block}. */
    public static DetailColumn create(long capacity, long bytes) {
        return Resources.filled(create(capacity), column -> {
            column.reserve(bytes);
        });
    }

    /** Returns the first block: all bytes if {@link #create(long, long)} made the room. */
    public NativeMemory block() {
        return blocks[0];
    }

    /** Returns the position at which the bytes of a row begin. */
    long start(long row) {
        return row == 0 ? 0 : end(row - 1);
    }

    /** Returns the position after the bytes of a row. */
    long end(long row) {
        return ends.getLong(row * Long.BYTES);
    }

    /** Returns the most bytes of one of the first rows. Reads each row once, however often it is asked. */
    int longest(long rows) {
        Longest known = longest;
        int most = known.bytes;
        for (long row = known.rows; row < rows; row++) {
            most = Math.max(most, (int) (end(row) - start(row)));
        }
        if (rows > known.rows) {
            longest = new Longest(rows, most);
        }
        return most;
    }

    private record Longest(long rows, int bytes) {}

    /** Copies the bytes of a row. */
    byte[] value(long row) {
        return bytes(start(row), (int) (end(row) - start(row))).array();
    }

    /** Copies {@code length} bytes, starting at byte {@code position}. */
    ByteBuffer bytes(long position, int length) {
        ByteBuffer copy = ByteBuffer.allocate(length);
        while (copy.hasRemaining()) {
            copy.put(view(position + copy.position(), copy.remaining()));
        }
        return copy.flip();
    }

    /**
     * Writes the bytes of rows behind all published ones.
     *
     * @param row the first row
     * @param values bytes of each key of a batch; null if all are empty
     * @throws NotEnoughMemoryException if memory is refused; earlier rows are unchanged then
     */
    void write(long row, byte @Nullable [][] values, int first, int count) {
        long start = start(row);
        long end = start;
        for (int i = 0; values != null && i < count; i++) {
            end += values[first + i].length;
        }
        reserve(end);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(end - start));
        for (int i = 0; i < count; i++) {
            if (values != null) {
                bytes.put(values[first + i]);
            }
            ends.putLong((row + i) * Long.BYTES, start + bytes.position());
        }
        put(start, bytes.flip());
    }

    /**
     * Copies rows of another segment.
     *
     * @param source null if no key of that segment has the detail
     * @throws NotEnoughMemoryException if memory is refused
     */
    void copy(@Nullable DetailColumn source, long from, long count, long row) {
        for (long done = 0; done < count; done += CHECKED_ROWS) {
            int rows = (int) Math.min(CHECKED_ROWS, count - done);
            byte @Nullable [][] values = source == null ? null : source.values(from + done, rows);
            write(row + done, values, 0, rows);
        }
    }

    private byte[][] values(long row, int count) {
        byte[][] values = new byte[count][];
        ByteBuffer bytes = bytes(start(row), (int) (end(row + count - 1) - start(row)));
        for (int i = 0; i < count; i++) {
            values[i] = new byte[(int) (end(row + i) - start(row + i))];
            bytes.get(values[i]);
        }
        return values;
    }

    /**
     * Checks rows that were read from a file.
     *
     * @param size number of rows
     * @param bytes expected total bytes
     * @return the first problem, or null
     */
    @Nullable
    public String problem(Detail detail, long size, long bytes) {
        long before = 0;
        for (long first = 0; first < size; first += CHECKED_ROWS) {
            int rows = (int) Math.min(CHECKED_ROWS, size - first);
            LongBuffer rowEnds =
                    ends.buffer(first * Long.BYTES, rows * Long.BYTES).asLongBuffer();
            long start = before;
            for (int i = 0; i < rows; i++) {
                long end = rowEnds.get(i);
                long most = Math.min(bytes, before + detail.maxBytes);
                if (end < before || end > most) {
                    return detail.ends.tensor + ": " + end + " at row " + (first + i) + " is outside " + before + ".."
                            + most;
                }
                before = end;
            }
            ByteBuffer values = bytes(start, (int) (before - start));
            for (int i = 0; i < rows; i++) {
                int end = (int) (rowEnds.get(i) - start);
                String problem = detail.problem(values.slice(values.position(), end - values.position()));
                if (problem != null) {
                    return detail.bytes.tensor + ": the one at row " + (first + i) + " " + problem;
                }
                values.position(end);
            }
        }
        return before == bytes ? null : detail.ends.tensor + ": the last is " + before + ", expected " + bytes;
    }

    private void put(long position, ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            ByteBuffer target = view(position + bytes.position(), bytes.remaining());
            int length = target.remaining();
            target.put(bytes.slice(bytes.position(), length));
            bytes.position(bytes.position() + length);
        }
    }

    /** Returns at most {@code length} bytes, starting at {@code position}, from the block that holds it. */
    private ByteBuffer view(long position, int length) {
        long offset = position;
        for (NativeMemory block : blocks) {
            if (offset < block.bytes()) {
                return block.buffer(offset, (int) Math.min(length, block.bytes() - offset));
            }
            offset -= block.bytes();
        }
        throw new IndexOutOfBoundsException("byte " + position + " of the column");
    }

    private void reserve(long bytes) {
        long room = Arrays.stream(blocks).mapToLong(NativeMemory::bytes).sum();
        if (bytes > room) {
            long doubled = Math.max(SMALLEST_BLOCK, Math.min(LARGEST_BLOCK, room));
            NativeMemory[] more = Arrays.copyOf(blocks, blocks.length + 1);
            more[blocks.length] = NativeMemory.allocate(Math.max(bytes - room, room == 0 ? bytes : doubled));
            blocks = more;
        }
    }

    @Override
    public void close() {
        ends.close();
        Arrays.stream(blocks).forEach(NativeMemory::close);
    }
}
