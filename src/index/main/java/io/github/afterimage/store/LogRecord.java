package io.github.afterimage.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Lays out one change in a log. All numbers are little-endian; a record begins and ends at a multiple of 8 bytes.
 *
 * <pre>
 * magic int32, CRC-32C int32 of everything behind it, bytes int64, number int64, forced int64, next id int64,
 * bytes of names int64, count of removed keys int32, count of added keys int32
 * ids of removed keys int64; then of added keys: ids int64, labels int32, scales float32 (int8 keys only),
 * lengths of names uint16 and names UTF-8 (only if a key has a name)
 * padding; rows in the element type of the index; padding
 * </pre>
 *
 * @param number number of the change; the records of a log have consecutive numbers
 * @param forced all changes with smaller numbers were on the disk before this record was written
 * @param nextId greater than every id that the index has had after the change
 * @param nameBytes total bytes of the names; 0 if no key has a name
 * @param removed number of keys that the change removes
 * @param added number of keys that it adds
 */
record LogRecord(long number, long forced, long nextId, long nameBytes, int removed, int added) {
    static final int HEADER_BYTES = 56;
    /** The checksum covers the bytes from here on. */
    static final int CHECKED_FROM = 8;

    static final int ALIGNMENT = 8;
    static final int MAGIC = 0x474f4c41; // "ALOG"

    /** @throws ArithmeticException if the result exceeds 2^63 - 1 */
    long bytes(IndexHeader.KeyFormat format) {
        return Math.addExact(rowsAt(format), aligned(rowBytes(format)));
    }

    long rowBytes(IndexHeader.KeyFormat format) {
        return Segment.rowBytes(format.type(), format.dim(), added);
    }

    /** Returns the offset of the rows in the record. */
    long rowsAt(IndexHeader.KeyFormat format) {
        return aligned(namesAt(format) + nameBytes);
    }

    private long namesAt(IndexHeader.KeyFormat format) {
        long scales = format.type().scaled() ? Float.BYTES : 0;
        long lengths = nameBytes > 0 ? Short.BYTES : 0;
        return HEADER_BYTES + (long) removed * Long.BYTES + added * (Long.BYTES + Integer.BYTES + scales + lengths);
    }

    static long aligned(long bytes) {
        return Math.addExact(bytes, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Writes the header without its checksum. */
    void put(ByteBuffer target, IndexHeader.KeyFormat format) {
        target.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGIC)
                .putInt(0)
                .putLong(bytes(format))
                .putLong(number)
                .putLong(forced)
                .putLong(nextId)
                .putLong(nameBytes)
                .putInt(removed)
                .putInt(added);
    }

    /**
     * Reads a header; returns null if it is none that {@link #put} writes. Its checksum is not compared.
     *
     * @param remaining bytes of the file from the header on; the record is not longer
     */
    static @Nullable LogRecord parse(ByteBuffer source, IndexHeader.KeyFormat format, long remaining) {
        source.order(ByteOrder.LITTLE_ENDIAN);
        if (source.remaining() < HEADER_BYTES || source.getInt() != MAGIC) {
            return null;
        }
        source.getInt();
        long bytes = source.getLong();
        LogRecord record = new LogRecord(
                source.getLong(),
                source.getLong(),
                source.getLong(),
                source.getLong(),
                source.getInt(),
                source.getInt());
        return bytes <= remaining && record.isPlausible() && record.fits(format, bytes) ? record : null;
    }

    private boolean isPlausible() {
        return number >= 0
                && forced >= 0
                && forced <= number
                && nextId >= 0
                && nextId <= IndexReader.MAX_ID
                && removed >= 0
                && added >= 0
                && nameBytes >= 0
                && nameBytes <= (long) added * KeyNames.MAX_BYTES;
    }

    private boolean fits(IndexHeader.KeyFormat format, long bytes) {
        try {
            return bytes(format) == bytes;
        } catch (ArithmeticException e) {
            return false;
        }
    }
}
