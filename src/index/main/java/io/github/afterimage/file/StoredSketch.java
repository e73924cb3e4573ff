package io.github.afterimage.file;

import io.github.afterimage.codes.Components;
import io.github.afterimage.codes.SketchedKeys;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The sketch of the keys in the files of an index. Each file holds that of its own keys: its version and the number of
 * components, int32; their deviations, 4 float32; the components {@code (count, dim)}, float32; the codes {@code (size, count /
 * 4)} and the scales {@code (size)}, float16; and, if answers were estimated before, the {@linkplain Components#calibration
 * calibration} of the index when the file was written.
 */
public final class StoredSketch implements BiPredicate<Segment, SketchedKeys> {
    private static final System.Logger LOG = System.getLogger(StoredSketch.class.getName());

    /** The version of the codes, those of {@code sketch_codes.cpp}; other ones are ignored. */
    private static final int VERSION = 1;

    private static final int HEAD_BYTES = 2 * Integer.BYTES + Components.QUARTERS * Float.BYTES;
    /** Components that were learned from a smaller share of the keys are learned again. */
    private static final double LEAST_SHARE = 0.75;
    /** A longer calibration is ignored. */
    private static final long MAX_CALIBRATION_BYTES = 1 << 26;

    private final SavedIndex saved;
    private final int count;
    private final int dim;
    /** The bytes before the codes, the same in every file whose codes fit. */
    private final ByteBuffer head;
    /** The calibration in the newest file that was read. */
    private ByteBuffer calibration = ByteBuffer.allocate(0);

    private StoredSketch(SavedIndex saved, int count, int dim, ByteBuffer head) {
        this.saved = saved;
        this.count = count;
        this.dim = dim;
        this.head = head;
    }

    private static boolean isSketched(List<Keys> keys) {
        return !keys.isEmpty() && keys.stream().allMatch(part -> part.sketched() != null);
    }

    /** Returns the present calibration of the sketch of some keys; empty if there is none. */
    static byte[] calibration(List<Keys> keys) {
        return isSketched(keys) ? components(keys).calibration() : new byte[0];
    }

    /** Returns the bytes of the sketch of some keys in a file with a calibration; 0 if they have none. */
    static long bytes(List<Keys> keys, byte[] calibration) {
        return isSketched(keys)
                ? bytes(Keys.count(keys), components(keys).count(), keys.get(0).dim()) + calibration.length
                : 0;
    }

    private static long bytes(long size, int count, int dim) {
        return headBytes(count, dim) + Math.multiplyExact(size, SketchedKeys.rowBytes(count) + Short.BYTES);
    }

    private static int headBytes(int count, int dim) {
        return Math.addExact(HEAD_BYTES, Math.multiplyExact(count, Math.multiplyExact(dim, Float.BYTES)));
    }

    private static Components components(List<Keys> keys) {
        return sketched(keys.get(0)).components();
    }

    private static SketchedKeys sketched(Keys part) {
        return Objects.requireNonNull(part.sketched());
    }

    /** Passes the sketch of keys that have one to a receiver. */
    static void write(List<Keys> keys, byte[] calibration, InputFile.Receiver receiver) throws IOException {
        Components components = components(keys);
        ByteBuffer head = ByteBuffer.allocate(
                        headBytes(components.count(), keys.get(0).dim()))
                .order(ByteOrder.LITTLE_ENDIAN);
        head.putInt(VERSION).putInt(components.count());
        for (float deviation : components.deviations()) {
            head.putFloat(deviation);
        }
        head.asFloatBuffer().put(components.rows());
        receiver.accept(head.rewind());
        for (boolean codes : new boolean[] {true, false}) {
            for (Keys part : keys) {
                forEachChunk(sketched(part), codes, part.segmentRow(), part.count(), receiver);
            }
        }
        receiver.accept(ByteBuffer.wrap(calibration));
    }

    /** Passes the memory of the codes of some rows, or that of their scales, to a receiver. */
    private static void forEachChunk(
            SketchedKeys sketch, boolean codes, long first, long count, InputFile.Receiver receiver)
            throws IOException {
        int step = Math.max(
                1,
                InputFile.CHUNK_BYTES
                        / SketchedKeys.rowBytes(sketch.components().count()));
        for (long row = 0; row < count; row += step) {
            int rows = (int) Math.min(step, count - row);
            receiver.accept(codes ? sketch.codes(first + row, rows) : sketch.scales(first + row, rows));
        }
    }

    /**
     * Finds a sketch in the files of an index.
     *
     * @param saved the files; null if not all of them are open
     * @param count number of components
     * @param rows number of rows of the index
     * @return null if there is none, or most keys have another one
     */
    public static @Nullable StoredSketch find(@Nullable SavedIndex saved, int count, int dim, long rows) {
        if (saved == null) {
            return null;
        }
        StoredSketch found = null;
        long size = 0;
        for (SavedIndex.Stored part : saved.stored) {
            try (IndexReader reader = open(saved, part)) {
                ByteBuffer head = reader == null ? null : head(reader, count, dim);
                if (head != null) {
                    found = found == null ? new StoredSketch(saved, count, dim, head) : found;
                    size += head.equals(found.head) ? part.size() : 0;
                }
            } catch (IOException e) {
                LOG.log(
                        System.Logger.Level.DEBUG,
                        () -> "the sketch in " + part.part().file() + ": " + e);
            }
        }
        return size >= LEAST_SHARE * rows ? found : null;
    }

    /** Opens a file; returns null if it is another one by now. */
    private static @Nullable IndexReader open(SavedIndex saved, SavedIndex.Stored part) throws IOException {
        Path file = saved.whole() ? saved.file : part.part().beside(saved.file);
        IndexReader reader = IndexReader.open(file);
        if (reader.part(part.part().file()).equals(part.part())) {
            return reader;
        }
        reader.close();
        return null;
    }

    /** Returns the number of components of the sketch in a file; 0 if it has none that this release knows. */
    static int count(IndexReader reader) throws IOException {
        if (reader.header.length(Section.SKETCH) < HEAD_BYTES) {
            return 0;
        }
        ByteBuffer head = reader.bytes(Section.SKETCH, 0, HEAD_BYTES);
        int count = head.getInt(0) == VERSION ? head.getInt(Integer.BYTES) : 0;
        return count > 0
                        && count % Components.STEP == 0
                        && count <= reader.header.format().dim()
                ? count
                : 0;
    }

    /** Returns what comes before the codes; null if the file has no sketch with these components. */
    private static @Nullable ByteBuffer head(IndexReader reader, int count, int dim) throws IOException {
        if (reader.header.format().dim() != dim
                || count(reader) != count
                || reader.header.length(Section.SKETCH) < bytes(reader.header.size(), count, dim)) {
            return null;
        }
        ByteBuffer head = reader.bytes(Section.SKETCH, 0, headBytes(count, dim));
        boolean known = true;
        for (int place = 2 * Integer.BYTES; place < head.capacity() && known; place += Float.BYTES) {
            known = Float.isFinite(head.getFloat(place));
        }
        return known ? head : null;
    }

    /** Returns the deviations of the components, and then the components {@code (count, dim)}. */
    public float[] components() {
        float[] floats = new float[Components.QUARTERS + count * dim];
        head.duplicate()
                .position(2 * Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(floats);
        return floats;
    }

    /** Returns the newest calibration of the files that were read; empty if they have none. */
    public ByteBuffer calibration() {
        return calibration;
    }

    /** Fills the sketch of all rows of a segment; returns false, with undefined codes, if there is no such sketch. */
    @Override
    public boolean test(Segment segment, SketchedKeys target) {
        for (SavedIndex.Stored part : saved.stored) {
            if (part.size() == segment.capacity && part.lastId() == segment.id(segment.capacity - 1)) {
                try (IndexReader reader = open(saved, part)) {
                    return reader != null && read(reader, target);
                } catch (IOException e) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            () -> "the sketch in " + part.part().file() + " cannot be read and is made again: " + e);
                    return false;
                }
            }
        }
        return false; // the keys were added or copied since
    }

    private boolean read(IndexReader reader, SketchedKeys target) throws IOException {
        if (!head.equals(head(reader, count, dim))) {
            return false;
        }
        long[] end = {headBytes(count, dim)};
        for (boolean codes : new boolean[] {true, false}) {
            forEachChunk(target, codes, 0, reader.header.size(), chunk -> {
                int bytes = chunk.remaining();
                reader.read(Section.SKETCH, end[0], chunk);
                end[0] += bytes;
            });
        }
        long left = reader.header.length(Section.SKETCH) - end[0];
        if (!reader.isSound(Section.SKETCH)) {
            return false;
        }
        if (left > 0 && left <= MAX_CALIBRATION_BYTES) {
            calibration = reader.bytes(Section.SKETCH, end[0], (int) left);
        }
        return true;
    }
}
