package io.github.afterimage.store;

import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.platform.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.LongBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds the names of a segment's keys as consecutive UTF-8 and the end of each name. A key without a name has an empty
 * one.
 *
 * <p>Threads: only {@link KeyStore} writes, behind the published rows; any number of threads read the published names.
 */
final class KeyNames implements AutoCloseable {
    /** Maximum bytes of a name, enough for a path. It bounds the memory that one key adds to an index. */
    static final int MAX_BYTES = 1024;

    private static final long SMALLEST_BLOCK = 1L << 12;
    private static final long LARGEST_BLOCK = 1L << 26;
    private static final int CHECKED_ROWS = 4096; // at most 4 MiB of names
    private static final String EXPECTED = ": expected at most 1,024 bytes of UTF-8 without control characters";

    /** Holds the end of each name, one int64 per row. */
    final NativeMemory ends;
    /** Holds the names. Written bytes never move: when a block is full, another one is added. */
    private volatile NativeMemory[] blocks;

    private KeyNames(NativeMemory ends, NativeMemory... blocks) {
        this.ends = ends;
        this.blocks = blocks;
    }

    /** Creates room for {@code capacity} rows, all without a name. */
    static KeyNames create(long capacity) {
        return new KeyNames(NativeMemory.allocate(Math.multiplyExact(capacity, Long.BYTES)));
    }

    /** Creates room for {@code capacity} rows and for at least one byte of names, which lie in one {@link #block}. */
    static KeyNames create(long capacity, long bytes) {
        KeyNames names = create(capacity);
        try {
            names.reserve(bytes);
            return names;
        } catch (RuntimeException e) {
            names.close();
            throw e;
        }
    }

    /** Returns the first block of names: all names if {@link #create(long, long)} made the room. */
    NativeMemory block() {
        return blocks[0];
    }

    /**
     * Encodes names as they are stored.
     *
     * @return null if all names are empty
     * @throws IllegalArgumentException if a name is too long or has a forbidden character
     */
    static byte @Nullable [][] encode(List<String> names) {
        if (names.stream().allMatch(""::equals)) {
            return null;
        }
        byte[][] encoded = new byte[names.size()][];
        for (int row = 0; row < encoded.length; row++) {
            encoded[row] = encode(names.get(row), row);
        }
        return encoded;
    }

    private static byte[] encode(String name, int row) {
        if (name == null) {
            throw new IllegalArgumentException("the name at row " + row + " is null: expected \"\" for no name");
        }
        String problem = name.codePoints().anyMatch(Character::isISOControl) ? "has a control character" : null;
        byte[] bytes = {};
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
            bytes = Arrays.copyOf(encoded.array(), encoded.limit());
        } catch (CharacterCodingException e) {
            problem = "has half of a surrogate pair";
        }
        if (bytes.length > MAX_BYTES) {
            problem = "has " + bytes.length + " bytes";
        }
        if (problem != null) {
            throw new IllegalArgumentException("the name at row " + row + " " + problem + EXPECTED);
        }
        return bytes;
    }

    /** Returns the position at which the name of a row begins. */
    long start(long row) {
        return row == 0 ? 0 : end(row - 1);
    }

    /** Returns the position after the name of a row. */
    long end(long row) {
        return ends.getLong(row * Long.BYTES);
    }

    String name(long row) {
        return StandardCharsets.UTF_8
                .decode(bytes(start(row), (int) (end(row) - start(row))))
                .toString();
    }

    /** Copies {@code length} bytes of the names, starting at byte {@code position}. */
    ByteBuffer bytes(long position, int length) {
        ByteBuffer copy = ByteBuffer.allocate(length);
        while (copy.hasRemaining()) {
            copy.put(view(position + copy.position(), copy.remaining()));
        }
        return copy.flip();
    }

    /**
     * Writes names behind all published names.
     *
     * @param row row of the first name
     * @param names names of a batch; null if all are empty
     * @throws NotEnoughMemoryException if memory is refused; earlier names are unchanged then
     */
    void write(long row, byte @Nullable [][] names, int first, int count) {
        long start = start(row);
        long end = start;
        for (int i = 0; names != null && i < count; i++) {
            end += names[first + i].length;
        }
        reserve(end);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(end - start));
        for (int i = 0; i < count; i++) {
            if (names != null) {
                bytes.put(names[first + i]);
            }
            ends.putLong((row + i) * Long.BYTES, start + bytes.position());
        }
        put(start, bytes.flip());
    }

    /**
     * Copies names of another segment.
     *
     * @param source null if that segment has no names
     * @throws NotEnoughMemoryException if memory is refused
     */
    void copy(@Nullable KeyNames source, long from, long count, long row) {
        for (long done = 0; done < count; done += CHECKED_ROWS) {
            int rows = (int) Math.min(CHECKED_ROWS, count - done);
            byte @Nullable [][] names = source == null ? null : source.stored(from + done, rows);
            write(row + done, names, 0, rows);
        }
    }

    private byte[][] stored(long row, int count) {
        byte[][] names = new byte[count][];
        ByteBuffer bytes = bytes(start(row), (int) (end(row + count - 1) - start(row)));
        for (int i = 0; i < count; i++) {
            names[i] = new byte[(int) (end(row + i) - start(row + i))];
            bytes.get(names[i]);
        }
        return names;
    }

    /**
     * Checks names that were read from a file.
     *
     * @param size number of names
     * @param bytes expected total bytes
     * @return the first problem, or null
     */
    @Nullable
    String problem(long size, long bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        long before = 0;
        for (long first = 0; first < size; first += CHECKED_ROWS) {
            int rows = (int) Math.min(CHECKED_ROWS, size - first);
            LongBuffer rowEnds =
                    ends.buffer(first * Long.BYTES, rows * Long.BYTES).asLongBuffer();
            long start = before;
            for (int i = 0; i < rows; i++) {
                long end = rowEnds.get(i);
                long most = Math.min(bytes, before + MAX_BYTES);
                if (end < before || end > most) {
                    return "name_ends: " + end + " at row " + (first + i) + " is outside " + before + ".." + most;
                }
                before = end;
            }
            ByteBuffer names = bytes(start, (int) (before - start));
            for (int i = 0; i < rows; i++) {
                names.limit((int) (rowEnds.get(i) - start));
                String problem = problem(decoder, names);
                if (problem != null) {
                    return "names: the one at row " + (first + i) + " " + problem;
                }
            }
        }
        return before == bytes ? null : "name_ends: the last is " + before + ", expected " + bytes;
    }

    private static @Nullable String problem(CharsetDecoder decoder, ByteBuffer name) {
        try {
            boolean control = decoder.decode(name).chars().anyMatch(Character::isISOControl);
            return control ? "has a control character" : null;
        } catch (CharacterCodingException e) {
            return "is not UTF-8";
        }
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
        throw new IndexOutOfBoundsException("byte " + position + " of names");
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
