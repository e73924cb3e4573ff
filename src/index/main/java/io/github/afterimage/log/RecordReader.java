package io.github.afterimage.log;

import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.platform.InputFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads single records of the files of a log, which a process may write meanwhile. */
final class RecordReader {
    private final KeyFormat format;
    private final InputFile.Chunk chunk = new InputFile.Chunk();

    RecordReader(KeyFormat format) {
        this.format = format;
    }

    /** Returns what the header of a file says; null if it says nothing. */
    static @Nullable LogPosition first(Path file) throws IOException {
        try (InputFile input = InputFile.read(file)) {
            return first(input);
        }
    }

    /** Returns what the header of a file says; null if it says nothing. */
    static @Nullable LogPosition first(InputFile input) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(input.bytes, LogFile.HEADER_BYTES));
        input.read(bytes, 0);
        return LogFile.parse(bytes.flip());
    }

    /** Returns the complete record at a position, or null. */
    @Nullable
    LogRecord complete(InputFile input, long position) throws IOException {
        LogRecord record = parse(input, position);
        return record != null && isComplete(input, position, record) ? record : null;
    }

    /** Returns what the header of a record at a position says; null if it is none. */
    @Nullable
    LogRecord parse(InputFile input, long position) throws IOException {
        long remaining = input.bytes - position;
        if (remaining < LogRecord.HEADER_BYTES) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.allocate(LogRecord.HEADER_BYTES);
        try {
            input.read(bytes, position);
        } catch (EOFException e) {
            return null; // as below
        }
        return LogRecord.parse(bytes.flip(), format, remaining);
    }

    /** Returns whether the bytes of a record are those that its checksum was made from. */
    boolean isComplete(InputFile input, long position, LogRecord record) throws IOException {
        long from = position + LogRecord.CHECKED_FROM;
        ByteBuffer checksum = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        CRC32C crc = new CRC32C();
        try {
            input.read(checksum, from - Integer.BYTES);
            input.read(from, position + record.bytes(format) - from, chunk, crc::update);
        } catch (EOFException e) {
            return false; // a process that ends its log has shortened the file meanwhile
        }
        return checksum.getInt(0) == (int) crc.getValue();
    }

    /** Looks at what lies behind a complete record of a file. */
    Rest rest(InputFile input, long from) throws IOException {
        return new Rest(input, from, chunk);
    }

    /** The bytes behind a complete record of a file, read up to the end or to one begin more than {@link LogReader#MAX_CANDIDATES}. */
    static final class Rest {
        /** Where records may begin: multiples of 8 bytes with the magic number. */
        final List<Long> begins = new ArrayList<>();
        /** The position behind the last byte that is not zero. */
        long end;

        private long at;

        private Rest(InputFile input, long from, InputFile.Chunk chunk) throws IOException {
            at = from;
            end = from;
            try {
                while (at < input.bytes && isWhole()) {
                    long count = Math.min(InputFile.CHUNK_BYTES, input.bytes - at);
                    input.read(at, count, chunk, bytes -> add(bytes, from));
                }
            } catch (EOFException e) {
                // A process that ends its log has shortened the file meanwhile.
            }
        }

        /** Returns whether these are all begins up to the end of the file. */
        boolean isWhole() {
            return begins.size() <= LogReader.MAX_CANDIDATES;
        }

        private void add(ByteBuffer bytes, long from) {
            for (; bytes.remaining() >= Long.BYTES; at += Long.BYTES) {
                long word = bytes.getLong();
                if (word == 0) {
                    continue;
                }
                end = at + Long.BYTES - Long.numberOfLeadingZeros(word) / Byte.SIZE;
                if ((int) word == LogRecord.MAGIC && at > from && isWhole()) {
                    begins.add(at);
                }
            }
            for (; bytes.hasRemaining(); at++) {
                end = bytes.get() == 0 ? end : at + 1;
            }
        }
    }
}
