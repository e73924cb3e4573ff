package io.github.afterimage.model.data;

import io.github.afterimage.CorruptDataException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** The records of one CIFAR file, in memory as bytes. */
final class CifarRecords {
    // 1024 records are 3 MB: a claimed length never causes one large allocation.
    private static final int CHUNK_RECORDS = 1024;

    private final CifarFormat format;
    private final List<byte[]> chunks = new ArrayList<>();
    private int size;

    private CifarRecords(CifarFormat format) {
        this.format = format;
    }

    /**
     * Reads a whole file.
     *
     * @param place the name of the file in messages
     * @param bytes the length of the file; a shorter stream is an error
     */
    static CifarRecords read(CifarFormat format, InputStream stream, String place, long bytes) throws IOException {
        if (bytes == 0 || bytes % format.recordBytes != 0) {
            throw new CorruptDataException(place + " has " + bytes + " bytes: expected a multiple of "
                    + format.recordBytes + " (" + format.title + " records)");
        }
        long records = bytes / format.recordBytes;
        if (records > Integer.MAX_VALUE / 8) {
            throw new CorruptDataException(
                    place + " has " + records + " records: at most " + Integer.MAX_VALUE / 8 + " are read");
        }
        CifarRecords result = new CifarRecords(format);
        for (long left = records; left > 0; left -= CHUNK_RECORDS) {
            byte[] chunk = new byte[(int) Math.min(left, CHUNK_RECORDS) * format.recordBytes];
            long before = (records - left) * format.recordBytes;
            int got = fill(stream, chunk, place, before, bytes);
            if (got < chunk.length) {
                throw endsEarly(place, before + got, bytes, null);
            }
            result.append(chunk, place);
        }
        return result;
    }

    private static int fill(InputStream stream, byte[] chunk, String place, long before, long bytes)
            throws IOException {
        int got = 0;
        try {
            while (got < chunk.length) {
                int read = stream.read(chunk, got, chunk.length - got);
                if (read < 0) {
                    break;
                }
                got += read;
            }
        } catch (IOException e) {
            // Readers of archives report damage with these classes or a plain IOException, as the system reports a disk
            // that fails; other subclasses come from the system.
            if (!(e instanceof EOFException || e instanceof ZipException || e.getClass() == IOException.class)) {
                throw e;
            }
            throw endsEarly(place, before + got, bytes, e);
        }
        return got;
    }

    private static CorruptDataException endsEarly(String place, long got, long bytes, @Nullable Exception cause) {
        return new CorruptDataException(
                place + " ends or is damaged after " + got + " bytes: expected " + bytes + "; fetch it again"
                        + (cause == null || cause.getMessage() == null ? "" : " (" + cause.getMessage() + ")"),
                cause);
    }

    private void append(byte[] chunk, String place) throws CorruptDataException {
        for (int record = 0; record < chunk.length / format.recordBytes; record++) {
            int start = record * format.recordBytes;
            requireLabel(chunk[start + format.labelBytes - 1] & 0xff, format.classes, size + record, place);
            if (format.labelBytes == 2) {
                requireLabel(chunk[start] & 0xff, CifarFormat.COARSE_CLASSES, size + record, place);
            }
        }
        chunks.add(chunk);
        size += chunk.length / format.recordBytes;
    }

    private void requireLabel(int label, int classes, int record, String place) throws CorruptDataException {
        if (label >= classes) {
            throw new CorruptDataException("label " + label + " at record " + record + " of " + place
                    + " is outside 0.." + (classes - 1) + ": is it " + format.title + " in its binary version?");
        }
    }

    int size() {
        return size;
    }

    int label(int record) {
        return chunks.get(record / CHUNK_RECORDS)[start(record) + format.labelBytes - 1] & 0xff;
    }

    Image image(int record) {
        return Image.ofBytes(
                CifarFormat.SIDE,
                CifarFormat.SIDE,
                chunks.get(record / CHUNK_RECORDS),
                start(record) + format.labelBytes);
    }

    private int start(int record) {
        return record % CHUNK_RECORDS * format.recordBytes;
    }
}
