package io.github.afterimage.log;

import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.KeyChange;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.KnownRequest;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A change that is visible and waits to be written to the log. It holds its snapshot, and so the rows of its keys. */
final class LoggedChange implements AutoCloseable {
    private final Snapshot snapshot;
    private final List<Keys> added;
    private final long[] removedIds;
    private final @Nullable KnownRequest request;
    private final LogRecord record;
    private final KeyFormat format;

    /**
     * Describes the change that led to a snapshot.
     *
     * @param snapshot held until this object is closed
     * @param number number of the change
     */
    LoggedChange(Snapshot snapshot, KeyFormat format, long number, KeyChange change) {
        this.snapshot = snapshot;
        this.format = format;
        removedIds = change.removedIds();
        request = change.request();
        added = new ArrayList<>();
        long from = snapshot.rowFrom(change.firstId());
        for (Keys keys : snapshot.range(from, snapshot.rows())) {
            keys.addContiguous(added);
        }
        record = new LogRecord(
                number,
                0,
                change.nextId(),
                Keys.detailBytes(added),
                removedIds.length,
                Math.toIntExact(Keys.count(added)),
                change.requestBytes());
        if (!snapshot.retain()) {
            throw new IllegalStateException("the snapshot of a change is closed before the change is logged");
        }
    }

    long number() {
        return record.number();
    }

    long bytes() {
        return record.bytes(format);
    }

    /**
     * Writes the record.
     *
     * @param forced number of the first change that is not on the disk yet
     */
    void write(LogFile file, long position, long forced) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(Math.toIntExact(record.rowsAt(format)));
        record.forced(forced).put(head, format);
        putKeys(head);
        List<ByteBuffer> rows = rows();
        CRC32C crc = new CRC32C();
        crc.update(head.clear().position(LogRecord.CHECKED_FROM));
        rows.forEach(chunk -> crc.update(chunk.duplicate()));
        head.putInt(LogRecord.CHECKED_FROM - Integer.BYTES, (int) crc.getValue());
        rows.add(0, head.clear());
        file.write(position, rows);
    }

    private void putKeys(ByteBuffer head) {
        if (request != null) {
            request.put(head);
        }
        for (long id : removedIds) {
            head.putLong(id);
        }
        added.forEach(keys -> head.put(keys.bytes(Section.IDS, 0, (int) keys.count())));
        added.forEach(keys -> head.put(keys.bytes(Section.LABELS, 0, (int) keys.count())));
        if (format.type().scaled()) {
            added.forEach(keys -> head.put(keys.bytes(Section.SCALES, 0, (int) keys.count())));
        }
        for (Detail detail : Detail.values()) {
            putDetail(head, detail);
        }
    }

    private void putDetail(ByteBuffer head, Detail detail) {
        for (Keys keys : added) {
            ByteBuffer ends = keys.bytes(detail.ends, 0, (int) keys.count());
            for (long before = 0; ends.hasRemaining(); ) {
                long end = ends.getLong();
                head.putShort((short) (end - before));
                before = end;
            }
        }
        for (Keys keys : added) {
            int bytes = Math.toIntExact(keys.detailBytes(detail));
            if (bytes > 0) {
                head.put(keys.bytes(detail.bytes, 0, bytes));
            }
        }
    }

    /** Returns views of the rows of keys, with the padding behind them. */
    private List<ByteBuffer> rows() {
        List<ByteBuffer> rows = new ArrayList<>();
        long rowBytes = format.bytes(Section.KEYS, 1);
        int step = (int) Math.max(1, InputFile.CHUNK_BYTES / rowBytes);
        for (Keys keys : added) {
            for (long first = 0; first < keys.count(); first += step) {
                rows.add(keys.bytes(Section.KEYS, first, (int) Math.min(step, keys.count() - first)));
            }
        }
        long bytes = record.added() * rowBytes;
        int padding = (int) (LogRecord.aligned(bytes) - bytes);
        if (padding > 0) {
            rows.add(ByteBuffer.allocate(padding).order(ByteOrder.LITTLE_ENDIAN));
        }
        return rows;
    }

    /** Releases the snapshot. */
    @Override
    public void close() {
        snapshot.close();
    }
}
