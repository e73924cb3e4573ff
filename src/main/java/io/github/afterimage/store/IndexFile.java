package io.github.afterimage.store;

import io.github.afterimage.store.IndexHeader.Section;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Reads and writes index files: safetensors with the tensors {@code keys} (size, dim), {@code ids} (size) int64,
 * {@code labels} (size) int32 and, for int8 keys, {@code scales} (size) float32.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>Opening verifies a checksum of every byte, unless the caller trusts the file; a file that was changed, cut or
 *       extended is refused before anything is allocated for it, or, for changed data, before a query can see it.
 *   <li>Saving writes beside the file, forces the data to the disk and renames: whatever happens, the name holds the old
 *       index or the new one.
 *   <li>Keys are mapped, not read, where the native library is there; labels and ids are copied.
 * </ol>
 */
public final class IndexFile {
    private static final int CHUNK_BYTES = 1 << 22;

    private IndexFile() {}

    /**
     * What a file holds.
     *
     * @param keys the caller closes them
     * @param attributes what else was saved
     * @param projection {@code (dim, projectedDim)} float32 row-major, the matrix that reduced the keys; empty where none
     *     was saved
     */
    public record Contents(KeyStore keys, Map<String, String> attributes, float[] projection) {}

    /**
     * Opens an index.
     *
     * @param verify whether every byte is read and compared with its checksum
     * @throws NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or is damaged
     */
    public static Contents open(Path file, boolean verify) throws IOException {
        requireFile(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long fileBytes = channel.size();
            byte[] headerBytes = readHeader(file, channel, fileBytes);
            IndexHeader header = IndexHeader.decode(file, headerBytes, fileBytes);
            float[] projection = projection(file, channel, header, fileBytes, verify);
            if (header.size() == 0) {
                KeyStore empty = new KeyStore(header.dim(), header.classes(), header.type(), 0);
                empty.nextId(header.nextId());
                return new Contents(empty, header.attributes(), projection);
            }
            Segment segment = segment(file, channel, header, headerBytes.length, fileBytes);
            try {
                return new Contents(
                        fill(file, channel, header, headerBytes.length, segment, verify),
                        header.attributes(),
                        projection);
            } catch (IOException | RuntimeException e) {
                segment.close();
                throw e;
            }
        }
    }

    static void requireFile(Path file) throws NoSuchFileException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such index; make one with build");
        }
    }

    static byte[] readHeader(Path file, FileChannel channel, long fileBytes) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(Long.BYTES, fileBytes));
        readFully(file, channel, start, 0);
        ByteBuffer header = ByteBuffer.allocate(IndexHeader.length(file, start.flip(), fileBytes));
        readFully(file, channel, header, 0);
        return header.array();
    }

    private static Segment segment(Path file, FileChannel channel, IndexHeader header, long dataStart, long fileBytes)
            throws IOException {
        if (NativeLibrary.available() && dataStart % Float.BYTES == 0) {
            Memory mapped = Memory.map(file, fileBytes);
            return new Segment(header.type(), header.dim(), header.size(), mapped, dataStart);
        }
        Segment segment = new Segment(header.type(), header.dim(), header.size());
        try {
            long bytes = header.bytes(Section.KEYS);
            for (long offset = 0; offset < bytes; offset += CHUNK_BYTES) {
                int length = (int) Math.min(CHUNK_BYTES, bytes - offset);
                readFully(file, channel, segment.rows.buffer(offset, length), dataStart + offset);
            }
            return segment;
        } catch (IOException | RuntimeException e) {
            segment.close();
            throw e;
        }
    }

    /** The last section; it is read to the heap, being small beside the keys. */
    private static float[] projection(
            Path file, FileChannel channel, IndexHeader header, long fileBytes, boolean verify) throws IOException {
        if (header.projectedDim() == 0) {
            return new float[0];
        }
        long bytes = header.bytes(Section.PROJECTION);
        if (bytes > Integer.MAX_VALUE) {
            throw new CorruptIndexException(file, "projection: " + bytes + " bytes, expected at most 2 GiB");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.nativeOrder());
        readFully(file, channel, buffer, fileBytes - bytes);
        if (verify) {
            CRC32C crc = new CRC32C();
            crc.update(buffer.flip());
            compare(file, header, Section.PROJECTION, crc);
        }
        float[] projection = new float[(int) (bytes / Float.BYTES)];
        buffer.rewind().asFloatBuffer().get(projection);
        return projection;
    }

    private static KeyStore fill(
            Path file, FileChannel channel, IndexHeader header, long dataStart, Segment segment, boolean verify)
            throws IOException {
        long start = dataStart + header.bytes(Section.KEYS);
        for (Section section : header.sections()) {
            if (section == Section.PROJECTION) {
                continue;
            }
            if (section != Section.KEYS) {
                Memory memory = memory(segment, section);
                for (long offset = 0; offset < header.bytes(section); offset += CHUNK_BYTES) {
                    int length = (int) Math.min(CHUNK_BYTES, header.bytes(section) - offset);
                    readFully(file, channel, memory.buffer(offset, length), start + offset);
                }
                start += header.bytes(section);
            }
            if (verify) {
                verify(file, header, segment, section);
            }
        }
        long nextId = 0;
        for (long row = 0; row < header.size(); row++) {
            int label = segment.label(row);
            if (label < 0 || label >= header.classes()) {
                throw new CorruptIndexException(
                        file, "labels: " + label + " at row " + row + " is outside 0.." + (header.classes() - 1));
            }
            long id = segment.id(row);
            if (id < nextId || id == Long.MAX_VALUE) {
                throw new CorruptIndexException(
                        file,
                        "ids: " + id + " at row " + row + " follows " + (nextId - 1) + ", expected them to ascend");
            }
            nextId = id + 1;
        }
        return new KeyStore(header.classes(), segment, Math.max(nextId, header.nextId()));
    }

    private static void verify(Path file, IndexHeader header, Segment segment, Section section) throws IOException {
        CRC32C crc = new CRC32C();
        long base = section == Section.KEYS ? segment.rowsOffset : 0;
        for (long offset = 0; offset < header.bytes(section); offset += CHUNK_BYTES) {
            int length = (int) Math.min(CHUNK_BYTES, header.bytes(section) - offset);
            crc.update(memory(segment, section).buffer(base + offset, length));
        }
        compare(file, header, section, crc);
    }

    private static void compare(Path file, IndexHeader header, Section section, CRC32C crc)
            throws CorruptIndexException {
        if ((int) crc.getValue() != header.checksums().get(section)) {
            throw new CorruptIndexException(
                    file, section.tensor + ": the checksum does not match; the file is damaged, build it again");
        }
    }

    private static Memory memory(Segment segment, Section section) {
        return switch (section) {
            case KEYS -> segment.rows;
            case IDS -> segment.ids;
            case LABELS -> segment.labels;
            case SCALES -> segment.scales;
            case PROJECTION -> throw new AssertionError("the projection is not part of a segment");
        };
    }

    /**
     * Saves the keys of a snapshot, replacing what {@code file} names only when all is on the disk.
     *
     * @param attributes kept in the file's metadata; no key begins with {@code "afterimage."}
     * @param projection the matrix that reduced the keys, {@code (dim, projectedDim)} float32 row-major; empty if none is
     *     to be saved
     */
    public static void save(
            Path file, KeyStore store, Snapshot snapshot, Map<String, String> attributes, float[] projection)
            throws IOException {
        try (AtomicFile target = AtomicFile.create(file)) {
            write(target.channel(), store, snapshot, attributes, projection);
            target.complete();
        }
    }

    private static void write(
            FileChannel channel, KeyStore store, Snapshot snapshot, Map<String, String> attributes, float[] projection)
            throws IOException {
        Map<Section, Integer> checksums = new EnumMap<>(Section.class);
        IndexHeader header = new IndexHeader(
                snapshot.size(),
                store.dim(),
                store.classes(),
                store.type(),
                projection.length / store.dim(),
                nextId(store, snapshot),
                attributes,
                checksums);
        // The header has the same length with any checksums, which are known only when the data are written.
        channel.position(header.encode().remaining());
        for (Section section : header.sections()) {
            CRC32C crc = new CRC32C();
            if (section == Section.PROJECTION) {
                ByteBuffer bytes = bytes(projection);
                crc.update(bytes.duplicate());
                writeFully(channel, bytes);
                checksums.put(section, (int) crc.getValue());
                continue;
            }
            for (Keys part : snapshot.parts()) {
                long rowBytes = header.bytes(section) / snapshot.size();
                int step = (int) Math.max(1, CHUNK_BYTES / rowBytes);
                for (long row = 0; row < part.count(); row += step) {
                    ByteBuffer bytes = bytes(part, section, row, (int) Math.min(step, part.count() - row));
                    crc.update(bytes.duplicate());
                    writeFully(channel, bytes);
                }
            }
            checksums.put(section, (int) crc.getValue());
        }
        channel.position(0);
        writeFully(channel, header.encode());
    }

    /** Above every id; 0 where it is the one after the last key's. */
    private static long nextId(KeyStore store, Snapshot snapshot) {
        long nextId = store.nextId();
        return snapshot.row(nextId - 1) >= 0 ? 0 : nextId;
    }

    private static ByteBuffer bytes(Keys keys, Section section, long row, int count) {
        return switch (section) {
            case KEYS -> keys.rowBytes(row, count);
            case IDS -> keys.idBytes(row, count);
            case LABELS -> keys.labelBytes(row, count);
            case SCALES -> keys.scaleBytes(row, count);
            case PROJECTION -> throw new AssertionError("the projection is not part of the keys");
        };
    }

    private static ByteBuffer bytes(float[] projection) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(projection.length, Float.BYTES))
                .order(ByteOrder.nativeOrder());
        bytes.asFloatBuffer().put(projection);
        return bytes;
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    static void readFully(Path file, FileChannel channel, ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new EOFException(file + ": ends at byte " + at + " while it is read");
            }
            at += read;
        }
    }

    static {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException("index files are little-endian and this processor is not");
        }
    }
}
