package io.github.afterimage.log;

import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.platform.InputFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads single records of the files of a log, which a process may write meanwhile. */
final class RecordReader {
    static final int CHUNK_BYTES = 1 << 20;

    private final KeyFormat format;
    private ByteBuffer chunk = ByteBuffer.allocate(0);

    RecordReader(KeyFormat format) {
        this.format = format;
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
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(remaining, LogRecord.LONGEST_HEADER_BYTES));
        return fill(input, bytes, position) ? LogRecord.parse(bytes.flip(), format, remaining) : null;
    }

    /** Returns whether the bytes of a record are those that its checksum was made from. */
    boolean isComplete(InputFile input, long position, LogRecord record) throws IOException {
        CRC32C crc = new CRC32C();
        long end = position + record.bytes(format);
        int most = (int) Math.min(CHUNK_BYTES, end - position);
        if (chunk.capacity() < most) {
            chunk = ByteBuffer.allocate(most).order(ByteOrder.LITTLE_ENDIAN);
        }
        int checksum = 0;
        for (long at = position; at < end; at += CHUNK_BYTES) {
            chunk.clear().limit((int) Math.min(CHUNK_BYTES, end - at));
            if (!fill(input, chunk, at)) {
                return false;
            }
            chunk.flip();
            if (at == position) {
                checksum = chunk.getInt(LogRecord.CHECKED_FROM - Integer.BYTES);
                chunk.position(LogRecord.CHECKED_FROM);
            }
            crc.update(chunk);
        }
        return checksum == (int) crc.getValue();
    }

    /** Fills a buffer; returns false if a process that ends its log has shortened the file meanwhile. */
    static boolean fill(InputFile input, ByteBuffer target, long position) throws IOException {
        try {
            input.read(target, position);
            return true;
        } catch (EOFException e) {
            return false;
        }
    }
}
