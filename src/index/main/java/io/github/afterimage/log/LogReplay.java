package io.github.afterimage.log;

import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.KnownRequest;
import io.github.afterimage.keys.NewKeys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.SectionCheck;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.keys.WeightChanges;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.NativeMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the changes of a log in a store. Rows are taken over bit by bit. */
public final class LogReplay implements LogReader.Visitor {
    private final KeyStore store;
    private final KeyFormat format;
    private final boolean verify;
    private final boolean add;
    private ByteBuffer chunk = ByteBuffer.allocateDirect(0);

    /**
     * @param verify true to check every row
     * @param add false to take over removals only, for a store that does not hold the last keys of the index
     */
    public LogReplay(KeyStore store, boolean verify, boolean add) {
        this.store = store;
        format = store.format();
        this.verify = verify;
        this.add = add;
    }

    @Override
    public void change(LogRecord record, InputFile file, long position) throws IOException {
        try {
            Body body = new Body(record, file, position);
            store.replay(body.removed, body.weights, add ? body.added() : NewKeys.NONE, record.nextId(), body.request);
        } catch (IllegalArgumentException e) {
            throw new CorruptIndexException(file.path, "change " + record.number() + ": " + e.getMessage());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Reads the bytes of a record behind its header. */
    private final class Body {
        private final LogRecord record;
        private final InputFile file;
        private final long rowsAt;
        private final long valuesAt;
        final @Nullable KnownRequest request;
        final long[] removed;
        final WeightChanges weights;
        private final long[] ids;
        private final int[] labels;
        private final float[] scales;
        private final Map<Detail, byte[][]> details = new EnumMap<>(Detail.class);

        Body(LogRecord record, InputFile file, long position) throws IOException {
            this.record = record;
            this.file = file;
            rowsAt = position + record.rowsAt(format);
            valuesAt = position + record.valuesAt(format);
            ByteBuffer bytes = read(position + record.headerBytes(), record.rowsAt(format) - record.headerBytes());
            request = request(bytes);
            removed = longs(checked(Section.REMOVED, bytes, record.removed(), Long.BYTES));
            weights = new WeightChanges(
                    longs(checked(Section.WEIGHTED_IDS, bytes, record.weighted(), Long.BYTES)),
                    new float[record.weighted()]);
            checked(Section.WEIGHTS, bytes, record.weighted(), Float.BYTES)
                    .asFloatBuffer()
                    .get(weights.weights());
            ids = longs(checked(Section.IDS, bytes, record.added(), Long.BYTES));
            labels = new int[record.added()];
            checked(Section.LABELS, bytes, labels.length, Integer.BYTES)
                    .asIntBuffer()
                    .get(labels);
            scales = new float[format.type().scaled() ? record.added() : 0];
            checked(Section.SCALES, bytes, scales.length, Float.BYTES)
                    .asFloatBuffer()
                    .get(scales);
            for (Detail detail : Detail.values()) {
                if (record.details().has(detail)) {
                    details.put(detail, details(detail, bytes));
                }
            }
            requireIds();
            if (verify) {
                requireRows(Section.KEYS, rowsAt, record.rowBytes(format));
                if (format.values().present()) {
                    requireRows(Section.VALUES, valuesAt, record.valueBytes(format));
                }
            }
        }

        private ByteBuffer read(long position, long length) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(length)).order(ByteOrder.LITTLE_ENDIAN);
            file.read(bytes, position);
            return bytes.flip();
        }

        private @Nullable KnownRequest request(ByteBuffer bytes) {
            if (record.requestBytes() == 0) {
                return null;
            }
            int end = bytes.position() + record.requestBytes();
            KnownRequest taken = KnownRequest.take(bytes);
            if (bytes.position() != end) {
                throw new IllegalArgumentException(
                        "requests: one of " + taken.bytes() + " bytes, expected " + record.requestBytes());
            }
            return taken;
        }

        /** Takes elements off the front of the bytes and checks them. */
        private ByteBuffer checked(Section section, ByteBuffer bytes, int count, int elementBytes) throws IOException {
            ByteBuffer elements =
                    bytes.slice(bytes.position(), count * elementBytes).order(ByteOrder.LITTLE_ENDIAN);
            bytes.position(bytes.position() + count * elementBytes);
            require(section, elements.duplicate().order(ByteOrder.LITTLE_ENDIAN));
            return elements;
        }

        private void require(Section section, ByteBuffer elements) throws IOException {
            SectionCheck check = check(section);
            check.accept(elements);
            require(check);
        }

        private SectionCheck check(Section section) {
            return new SectionCheck(section, format, 0, (first, count) -> FloatBuffer.wrap(scales, (int) first, count));
        }

        private void require(SectionCheck check) {
            String finding = check.finding();
            if (finding != null) {
                throw new IllegalArgumentException(finding);
            }
        }

        private long[] longs(ByteBuffer bytes) {
            long[] values = new long[bytes.remaining() / Long.BYTES];
            bytes.asLongBuffer().get(values);
            return values;
        }

        /** Takes a detail of the added keys off the front of the bytes and checks it. */
        private byte[][] details(Detail detail, ByteBuffer bytes) {
            int[] lengths = new int[record.added()];
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = bytes.getShort() & 0xffff;
            }
            int end = bytes.position() + Math.toIntExact(record.details().of(detail));
            byte[][] values = new byte[lengths.length][];
            for (int i = 0; i < lengths.length; i++) {
                if (lengths[i] > Math.min(detail.maxBytes, end - bytes.position())) {
                    throw new IllegalArgumentException(detail.bytes.tensor + ": " + lengths[i] + " bytes at row " + i
                            + ", expected at most " + Math.min(detail.maxBytes, end - bytes.position()));
                }
                values[i] = new byte[lengths[i]];
                bytes.get(values[i]);
                String problem = detail.problem(ByteBuffer.wrap(values[i]));
                if (problem != null) {
                    throw new IllegalArgumentException(detail.bytes.tensor + ": the one at row " + i + " " + problem);
                }
            }
            bytes.position(end);
            return values;
        }

        private void requireIds() {
            long least = store.nextId();
            long greatest = ids.length == 0 ? least - 1 : ids[ids.length - 1];
            if (ids.length > 0 && ids[0] < least || record.nextId() < least || record.nextId() <= greatest) {
                throw new IllegalArgumentException("ids: " + (ids.length == 0 ? "none" : ids[0] + " to " + greatest)
                        + " and then " + record.nextId() + ", expected " + least + " or greater");
            }
        }

        private void requireRows(Section section, long at, long bytes) throws IOException {
            SectionCheck check = check(section);
            int most = (int) Math.min(InputFile.CHUNK_BYTES, bytes);
            if (chunk.capacity() < most) {
                chunk = ByteBuffer.allocateDirect(most).order(ByteOrder.LITTLE_ENDIAN);
            }
            for (long offset = 0; offset < bytes; offset += InputFile.CHUNK_BYTES) {
                chunk.clear().limit((int) Math.min(InputFile.CHUNK_BYTES, bytes - offset));
                file.read(chunk, at + offset);
                check.accept(chunk.flip());
            }
            require(check);
        }

        NewKeys added() {
            return new NewKeys(this::write, labels, details, ids, WeightChanges.NONE, null);
        }

        private void write(Segment segment, int first, int count, long row) {
            try {
                read(Section.KEYS, rowsAt, first, count, segment, row);
                if (segment.values != null) {
                    read(Section.VALUES, valuesAt, first, count, segment, row);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (segment.scales != null) {
                segment.scales
                        .buffer(row * Float.BYTES, count * Float.BYTES)
                        .asFloatBuffer()
                        .put(scales, first, count);
            }
        }

        private void read(Section section, long at, int first, int count, Segment target, long row) throws IOException {
            NativeMemory memory = Objects.requireNonNull(target.memory(section));
            long position = at + format.bytes(section, first);
            long offset = target.offset(section, row);
            long bytes = format.bytes(section, count);
            for (long done = 0; done < bytes; done += InputFile.CHUNK_BYTES) {
                int part = (int) Math.min(InputFile.CHUNK_BYTES, bytes - done);
                file.read(memory.buffer(offset + done, part), position + done);
            }
        }
    }
}
