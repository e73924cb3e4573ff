package io.github.afterimage.log;

import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.DetailBytes;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.KnownRequest;
import io.github.afterimage.keys.Segment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lays out one change in a log. All numbers are little-endian; a record begins and ends at a multiple of 8 bytes.
 *
 * <pre>
 * magic int32, CRC-32C int32 of everything behind it, bytes int64, number int64, forced int64, next id int64,
 * bytes of names int64, count of removed keys int32, count of added keys int32, bytes of thumbnails int64 (only if a key
 * has a thumbnail, or there is a request; the magic number says so), bytes of the request int64 (only if there is one)
 * the request, see {@link KnownRequest};
 * ids of removed keys int64; then of added keys: ids int64, labels int32, scales float32 (int8 keys only),
 * lengths of names uint16 and names UTF-8 (only if a key has a name), lengths of thumbnails uint16 and thumbnails (only
 * if a key has one)
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
    public static final int HEADER_BYTES = 56;

    /** "ALOG", "ALOT" and "ALOR": headers with none, one and two of the numbers that only some records have. */
    private static final List<Integer> MAGICS = List.of(0x474f4c41, 0x544f4c41, 0x524f4c41);

    public static final int LONGEST_HEADER_BYTES = HEADER_BYTES + 2 * Long.BYTES;

    /** The checksum covers the bytes from here on. */
    public static final int CHECKED_FROM = 8;

    static final int ALIGNMENT = 8;

    /** Returns whether a record may begin with this number. */
    static boolean isMagic(int value) {
        return MAGICS.contains(value);
    }

    /** Returns how many of the last two numbers the header has. */
    private int more() {
        return requestBytes > 0 ? 2 : details.has(Detail.THUMBNAIL) ? 1 : 0;
    }

    /** Returns this record after all changes before {@code first} were forced to the disk. */
    LogRecord forced(long first) {
        return new LogRecord(number, first, nextId, details, removed, added, requestBytes);
    }

    int headerBytes() {
        return HEADER_BYTES + more() * Long.BYTES;
    }

    /** @throws ArithmeticException if the result exceeds 2^63 - 1 */
    long bytes(KeyFormat format) {
        return Math.addExact(rowsAt(format), aligned(rowBytes(format)));
    }

    long rowBytes(KeyFormat format) {
        return Segment.rowBytes(format.type(), format.dim(), added);
    }

    /** Returns the offset of the rows in the record. */
    long rowsAt(KeyFormat format) {
        int keyBytes = Long.BYTES + Integer.BYTES + (format.type().scaled() ? Float.BYTES : 0);
        long bytes = headerBytes() + requestBytes + (long) removed * Long.BYTES + (long) added * keyBytes;
        for (Detail detail : Detail.values()) {
            bytes += details.has(detail) ? (long) added * Short.BYTES + details.of(detail) : 0;
        }
        return aligned(bytes);
    }

    static long aligned(long bytes) {
        return Math.addExact(bytes, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Writes the header without its checksum. */
    public void put(ByteBuffer target, KeyFormat format) {
        target.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGICS.get(more()))
                .putInt(0)
                .putLong(bytes(format))
                .putLong(number)
                .putLong(forced)
                .putLong(nextId)
                .putLong(details.names())
                .putInt(removed)
                .putInt(added);
        long[] last = {details.thumbnails(), requestBytes};
        for (int i = 0; i < more(); i++) {
            target.putLong(last[i]);
        }
    }

    /**
     * Reads a header; returns null if it is none that {@link #put} writes. Its checksum is not compared.
     *
     * @param remaining bytes of the file from the header on; the record is not longer
     */
    public static @Nullable LogRecord parse(ByteBuffer source, KeyFormat format, long remaining) {
        source.order(ByteOrder.LITTLE_ENDIAN);
        if (source.remaining() < HEADER_BYTES) {
            return null;
        }
        int more = MAGICS.indexOf(source.getInt());
        if (more < 0 || source.limit() < HEADER_BYTES + more * Long.BYTES) {
            return null;
        }
        source.getInt(); // the checksum
        long bytes = source.getLong();
        long number = source.getLong();
        long forced = source.getLong();
        long nextId = source.getLong();
        long names = source.getLong();
        int removed = source.getInt();
        int added = source.getInt();
        long[] last = new long[2];
        for (int i = 0; i < more; i++) {
            last[i] = source.getLong();
        }
        DetailBytes details = new DetailBytes(names, last[0]);
        LogRecord record = new LogRecord(number, forced, nextId, details, removed, added, (int) last[1]);
        boolean sameNumbers = more == record.more() && last[1] == record.requestBytes;
        return sameNumbers && bytes <= remaining && record.isPlausible() && record.fits(format, bytes) ? record : null;
    }

    private boolean isPlausible() {
        return number >= 0
                && forced >= 0
                && forced <= number
                && nextId >= 0
                && nextId <= KeyStore.MAX_ID
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
