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
import org.jspecify.annotations.Nullable;

/**
 * Lays out one change in a log. All numbers are little-endian; a record begins and ends at a multiple of 8 bytes.
 *
 * <pre>
 * magic int32, CRC-32C int32 of everything behind it, bytes int64, number int64, forced int64, next id int64,
 * bytes of names int64, count of removed keys int32, count of added keys int32, bytes of thumbnails int64 (only if a key
 * has a thumbnail, a new weight or a request; the magic number says so), count of new weights int64 (only if there are some, or a
 * request), bytes of the request int64 (only if there is one)
 * the request, see {@link KnownRequest};
 * ids of removed keys int64; ids of weighted keys, which may be among those added, int64; weights float32; then of added keys: ids int64, labels int32, scales float32 (int8 keys only),
 * lengths of names uint16 and names UTF-8 (only if a key has a name), lengths of thumbnails uint16 and thumbnails (only
 * if a key has one)
 * padding; rows in the element type of the index; padding
 * rows of values in their type; padding (only if the keys of the index have values)
 * </pre>
 *
 * @param number number of the change; the records of a log have consecutive numbers
 * @param forced all changes with smaller numbers were on the disk before this record was written
 * @param nextId greater than every id that the index has had after the change
 * @param details bytes of the names and thumbnails of the added keys
 * @param removed number of keys that the change removes
 * @param weighted number of keys that get another weight, or are added with another one than 1
 * @param added number of keys that it adds
 * @param requestBytes bytes of the request that made the change; 0 for none
 */
public record LogRecord(
        long number,
        long forced,
        long nextId,
        DetailBytes details,
        int removed,
        int weighted,
        int added,
        int requestBytes) {
    public static final int HEADER_BYTES = 56;

    private static final int THUMBNAIL_HEADER_BYTES = HEADER_BYTES + Long.BYTES;
    private static final int WEIGHT_HEADER_BYTES = THUMBNAIL_HEADER_BYTES + Long.BYTES;
    /** Bytes of the header of a record with a request. */
    public static final int LONGEST_HEADER_BYTES = WEIGHT_HEADER_BYTES + Long.BYTES;

    /** The checksum covers the bytes from here on. */
    public static final int CHECKED_FROM = 8;

    static final int ALIGNMENT = 8;
    private static final int MAGIC = 0x474f4c41; // "ALOG"
    private static final int MAGIC_OF_THUMBNAILS = 0x544f4c41; // "ALOT"
    private static final int MAGIC_OF_WEIGHTS = 0x574f4c41; // "ALOW"
    private static final int MAGIC_OF_REQUESTS = 0x524f4c41; // "ALOR"

    /** Returns whether a record may begin with this number. */
    static boolean isMagic(int value) {
        return value == MAGIC
                || value == MAGIC_OF_THUMBNAILS
                || value == MAGIC_OF_WEIGHTS
                || value == MAGIC_OF_REQUESTS;
    }

    private int magic() {
        if (requestBytes > 0) {
            return MAGIC_OF_REQUESTS;
        }
        if (weighted > 0) {
            return MAGIC_OF_WEIGHTS;
        }
        return details.has(Detail.THUMBNAIL) ? MAGIC_OF_THUMBNAILS : MAGIC;
    }

    /** Returns this record after all changes before {@code first} were forced to the disk. */
    LogRecord forced(long first) {
        return new LogRecord(number, first, nextId, details, removed, weighted, added, requestBytes);
    }

    int headerBytes() {
        return headerBytes(magic());
    }

    private static int headerBytes(int magic) {
        return switch (magic) {
            case MAGIC_OF_REQUESTS -> LONGEST_HEADER_BYTES;
            case MAGIC_OF_WEIGHTS -> WEIGHT_HEADER_BYTES;
            case MAGIC_OF_THUMBNAILS -> THUMBNAIL_HEADER_BYTES;
            default -> HEADER_BYTES;
        };
    }

    /** @throws ArithmeticException if the result exceeds 2^63 - 1 */
    long bytes(KeyFormat format) {
        return Math.addExact(valuesAt(format), aligned(valueBytes(format)));
    }

    long rowBytes(KeyFormat format) {
        return Segment.rowBytes(format.type(), format.dim(), added);
    }

    long valueBytes(KeyFormat format) {
        return format.values().bytes(added);
    }

    /** Returns the offset of the values in the record. */
    long valuesAt(KeyFormat format) {
        return Math.addExact(rowsAt(format), aligned(rowBytes(format)));
    }

    /** Returns the offset of the rows in the record. */
    long rowsAt(KeyFormat format) {
        int keyBytes = Long.BYTES + Integer.BYTES + (format.type().scaled() ? Float.BYTES : 0);
        long bytes = headerBytes()
                + requestBytes
                + (long) removed * Long.BYTES
                + (long) weighted * (Long.BYTES + Float.BYTES)
                + (long) added * keyBytes;
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
                .putInt(magic())
                .putInt(0)
                .putLong(bytes(format))
                .putLong(number)
                .putLong(forced)
                .putLong(nextId)
                .putLong(details.names())
                .putInt(removed)
                .putInt(added);
        if (headerBytes() > HEADER_BYTES) {
            target.putLong(details.thumbnails());
        }
        if (headerBytes() > THUMBNAIL_HEADER_BYTES) {
            target.putLong(weighted);
        }
        if (requestBytes > 0) {
            target.putLong(requestBytes);
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
        int magic = source.getInt();
        if (!isMagic(magic) || source.limit() < headerBytes(magic)) {
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
        long thumbnails = magic == MAGIC ? 0 : source.getLong();
        long weighted = headerBytes(magic) > THUMBNAIL_HEADER_BYTES ? source.getLong() : 0;
        long requestBytes = magic == MAGIC_OF_REQUESTS ? source.getLong() : 0;
        LogRecord record = new LogRecord(
                number, forced, nextId, new DetailBytes(names, thumbnails), removed, (int) weighted, added, (int)
                        requestBytes);
        boolean sameMagic =
                magic == record.magic() && weighted == record.weighted && requestBytes == record.requestBytes;
        return sameMagic && bytes <= remaining && record.isPlausible() && record.fits(format, bytes) ? record : null;
    }

    private boolean isPlausible() {
        return number >= 0
                && forced >= 0
                && forced <= number
                && nextId >= 0
                && nextId <= KeyStore.MAX_ID
                && removed >= 0
                && weighted >= 0
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
