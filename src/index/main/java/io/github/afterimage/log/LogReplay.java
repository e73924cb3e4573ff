package io.github.afterimage.log;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.KeyChange;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.KnownRequest;
import io.github.afterimage.keys.NewKeys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.SectionCheck;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the changes of a log in a store. Rows are taken over bit by bit. */
public final class LogReplay implements LogReader.Visitor {
    private final KeyStore store;
    private final boolean verify;
    private final boolean add;
    private final InputFile.Chunk chunk = new InputFile.Chunk();

    /**
     * @param verify true to check every row
     * @param add false to take over removals only, for a store that does not hold the last keys of the index
     */
    public LogReplay(KeyStore store, boolean verify, boolean add) {
        this.store = store;
        this.verify = verify;
        this.add = add;
    }

    private KeyFormat format() {
        return store.format();
    }

    @Override
    public void change(LogRecord record, InputFile file, long position) throws IOException {
        try {
            make(record, file, position);
        } catch (IllegalArgumentException e) {
            throw new CorruptIndexException(file.path, "change " + record.number() + ": " + e.getMessage());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void make(LogRecord record, InputFile file, long position) throws IOException {
        long rowsAt = position + record.rowsAt(format());
        long headAt = position + LogRecord.HEADER_BYTES;
        ByteBuffer head = ByteBuffer.allocate(Math.toIntExact(rowsAt - headAt)).order(ByteOrder.LITTLE_ENDIAN);
        file.read(head, headAt);
        head.flip();
        KnownRequest request = record.requestBytes() == 0 ? null : request(head, record.requestBytes());
        long[] removed = ids(Section.REMOVED, head, record.removed());
        long[] ids = ids(Section.IDS, head, record.added());
        int[] labels = new int[record.added()];
        checked(Section.LABELS, head, labels.length).asIntBuffer().get(labels);
        FloatBuffer scales = checked(Section.SCALES, head, format().type().scaled() ? record.added() : 0)
                .asFloatBuffer();
        Map<Detail, byte[][]> details = new EnumMap<>(Detail.class);
        for (Detail detail : Detail.values()) {
            byte[][] values = details(detail, head, record);
            if (record.details().of(detail) > 0) {
                details.put(detail, values);
            }
        }
        requireIds(ids, record.nextId());
        require(SectionCheck.problem(ids.length, row -> ids[(int) row], row -> labels[(int) row]));
        if (verify) {
            requireRows(file, rowsAt, record.rowBytes(format()), scales);
        }
        NewKeys.Rows rows = (segment, first, count, row) -> {
            read(file, rowsAt, first, count, segment, row);
            if (segment.scales != null) {
                segment.scales
                        .buffer(row * Float.BYTES, count * Float.BYTES)
                        .asFloatBuffer()
                        .put(scales.slice(first, count));
            }
        };
        NewKeys added = add ? new NewKeys(rows, labels, details, ids) : NewKeys.NONE;
        store.replay(new KeyChange(removed, added, record.nextId(), request));
    }

    private static KnownRequest request(ByteBuffer head, int bytes) {
        int end = head.position() + bytes;
        KnownRequest taken = KnownRequest.take(head);
        if (head.position() != end) {
            throw new IllegalArgumentException("requests: one of " + taken.bytes() + " bytes, expected " + bytes);
        }
        return taken;
    }

    private long[] ids(Section section, ByteBuffer head, int count) throws IOException {
        long[] ids = new long[count];
        checked(section, head, count).asLongBuffer().get(ids);
        return ids;
    }

    /** Takes elements off the front of the bytes and checks them. */
    private ByteBuffer checked(Section section, ByteBuffer head, int count) throws IOException {
        int bytes = count * section.elementBytes;
        ByteBuffer elements = head.slice(head.position(), bytes).order(ByteOrder.LITTLE_ENDIAN);
        head.position(head.position() + bytes);
        SectionCheck check = check(section, FloatBuffer.allocate(0));
        check.accept(elements);
        require(check.finding());
        return elements.rewind();
    }

    private SectionCheck check(Section section, FloatBuffer scales) {
        return new SectionCheck(section, format(), 0, (first, count) -> scales.slice((int) first, count));
    }

    private static void require(@Nullable String finding) {
        if (finding != null) {
            throw new IllegalArgumentException(finding);
        }
    }

    /** Takes a detail of the added keys off the front of the bytes and checks it. */
    private static byte[][] details(Detail detail, ByteBuffer head, LogRecord record) {
        int[] lengths = new int[record.added()];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = head.getShort() & 0xffff;
        }
        int end = head.position() + Math.toIntExact(record.details().of(detail));
        byte[][] values = new byte[lengths.length][];
        for (int i = 0; i < lengths.length; i++) {
            int most = Math.min(detail.maxBytes, end - head.position());
            if (lengths[i] > most) {
                throw new IllegalArgumentException(
                        detail.bytes.tensor + ": " + lengths[i] + " bytes at row " + i + ", expected at most " + most);
            }
            values[i] = new byte[lengths[i]];
            head.get(values[i]);
            String problem = detail.problem(ByteBuffer.wrap(values[i]));
            if (problem != null) {
                throw new IllegalArgumentException(detail.bytes.tensor + ": the one at row " + i + " " + problem);
            }
        }
        head.position(end);
        return values;
    }

    private void requireIds(long[] ids, long next) {
        long least = store.nextId();
        long greatest = ids.length == 0 ? least - 1 : ids[ids.length - 1];
        if (ids.length > 0 && ids[0] < least || next < least || next <= greatest) {
            throw new IllegalArgumentException("ids: " + (ids.length == 0 ? "none" : ids[0] + " to " + greatest)
                    + " and then " + next + ", expected " + least + " or greater");
        }
    }

    private void requireRows(InputFile file, long at, long bytes, FloatBuffer scales) throws IOException {
        SectionCheck check = check(Section.KEYS, scales);
        file.read(at, bytes, chunk, check::accept);
        require(check.finding());
    }

    private void read(InputFile file, long at, int first, int count, Segment target, long row) {
        long position = at + format().bytes(Section.KEYS, first);
        long offset = target.offset(Section.KEYS, row);
        long bytes = format().bytes(Section.KEYS, count);
        try {
            for (long done = 0; done < bytes; done += InputFile.CHUNK_BYTES) {
                int part = (int) Math.min(InputFile.CHUNK_BYTES, bytes - done);
                file.read(target.rows.buffer(offset + done, part), position + done);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
