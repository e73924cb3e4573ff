package io.github.afterimage.log;

import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.DetailBytes;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KnownRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lays out one change in a log. All numbers are little-endian; a record begins and ends at a multiple of 8 bytes.
 *
 * <pre>
 * magic int32, CRC-32C int32 of everything behind it, bytes int64, number int64, forced int64, next id int64,
 * count of removed keys int32, count of added keys int32, bytes of the request int64, of names int64 and of thumbnails int64
 * the request, see {@link KnownRequest};
 * ids of removed keys int64; then of added keys: ids int64, labels int32, scales float32 (int8 keys only),
 * lengths of names uint16, names UTF-8, lengths of thumbnails uint16, thumbnails
 * padding; rows in the element type of the index; padding
 * </pre>
 *
 * @param number number of the change; the records of a log have consecutive numbers
 * @param forced all changes with smaller numbers were on the disk before this record was written
 * @param nextId greater than every id that the index has had after the change
 * @param details bytes of the names and thumbnails of the added keys
 * @param removed number of keys that the change removes
 * @param added number of keys that it adds
 * @param requestBytes bytes of the request that made the change; 0 for none
 */
public record LogRecord(
        long number, long forced, long nextId, DetailBytes details, int removed, int added, int requestBytes) {
    public static final int HEADER_BYTES = 72;

    /** "ALOG". */
    static final int MAGIC = 0x474f4c41;

    /** The checksum covers the bytes from here on. */
    public static final int CHECKED_FROM = 8;

    static final int ALIGNMENT = 8;

    /** Returns this record after all changes before {@code first} were forced to the disk. */
    LogRecord forced(long first) {
        return new LogRecord(number, first, nextId, details, removed, added, requestBytes);
    }

    /** @throws ArithmeticException if the result exceeds 2^63 - 1 */
    long bytes(KeyFormat format) {
        return Math.addExact(rowsAt(format), aligned(rowBytes(format)));
    }

    long rowBytes(KeyFormat format) {
        return format.rowBytes(added);
    }

    /** Returns the offset of the rows in the record. */
    long rowsAt(KeyFormat format) {
        int keyBytes = Long.BYTES
                + Integer.BYTES
                + (format.type().scaled() ? Float.BYTES : 0)
                + Detail.values().length * Short.BYTES;
        return aligned(HEADER_BYTES
                + requestBytes
                + (long) removed * Long.BYTES
                + (long) added * keyBytes
                + details.names()
                + details.thumbnails());
    }

    static long aligned(long bytes) {
        return Math.addExact(bytes, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Writes the header without its checksum. */
    public void put(ByteBuffer target, KeyFormat format) {
        target.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGIC)
                .putInt(0)
                .putLong(bytes(format))
                .putLong(number)
                .putLong(forced)
                .putLong(nextId)
                .putInt(removed)
                .putInt(added)
                .putLong(requestBytes)
                .putLong(details.names())
                .putLong(details.thumbnails());
    }

    /**
     * Reads a header; returns null if it is none that {@link #put} writes. Its checksum is not compared.
     *
     * @param remaining bytes of the file from the header on; the record is not longer
     */
    public static @Nullable LogRecord parse(ByteBuffer source, KeyFormat format, long remaining) {
        source.order(ByteOrder.LITTLE_ENDIAN);
        if (source.remaining() < HEADER_BYTES || source.getInt() != MAGIC) {
            return null;
        }
        source.getInt(); // the checksum
        long bytes = source.getLong();
        long number = source.getLong();
        long forced = source.getLong();
        long nextId = source.getLong();
        int removed = source.getInt();
        int added = source.getInt();
        long requestBytes = source.getLong();
        DetailBytes details = new DetailBytes(source.getLong(), source.getLong());
        LogRecord record = new LogRecord(number, forced, nextId, details, removed, added, (int) requestBytes);
        return requestBytes == record.requestBytes
                        && bytes <= remaining
                        && record.isPlausible()
                        && record.fits(format, bytes)
                ? record
                : null;
    }

    private boolean isPlausible() {
        return number >= 0
                && forced >= 0
                && forced <= number
                && nextId >= 0
                && nextId <= KeyFormat.MAX_ID
                && removed >= 0
                && added >= 0
                && (requestBytes == 0
                        || requestBytes >= KnownRequest.LEAST_BYTES && requestBytes <= KnownRequest.MOST_BYTES)
                && Arrays.stream(Detail.values()).allMatch(this::isPlausible);
    }

    private boolean isPlausible(Detail detail) {
        return details.of(detail) >= 0 && details.of(detail) <= (long) added * detail.maxBytes;
    }

    private boolean fits(KeyFormat format, long bytes) {
        try {
            return bytes(format) == bytes;
        } catch (ArithmeticException e) {
            return false;
        }
    }
}
