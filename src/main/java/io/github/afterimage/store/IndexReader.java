package io.github.afterimage.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** One open index file: a whole index, a part of one, or what names its parts. */
final class IndexReader implements AutoCloseable {
    static final int CHUNK_BYTES = 1 << 22;
    // Far above any count of keys, far below what could overflow.
    static final long GREATEST_ID = 1L << 62;

    final Path file;
    final byte[] headerBytes;
    final IndexHeader header;

    private final FileChannel channel;
    private final long fileBytes;

    private IndexReader(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        fileBytes = channel.size();
        headerBytes = headerBytes(file, channel);
        header = HeaderReader.read(file, headerBytes, fileBytes);
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws NoSuchFileException if there is none
     */
    static IndexReader open(Path file) throws IOException {
        requireFile(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return new IndexReader(file, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    static void requireFile(Path file) throws FileSystemException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a directory: expected the file of an index");
        }
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such index; make one with build");
        }
    }

    /** Opens a part of {@code index}, which must be the one that its header means. */
    static IndexReader open(Path index, IndexHeader whole, IndexPart part) throws IOException {
        Path file = part.beside(index);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                    file.toString(),
                    null,
                    "this part of " + index.getFileName() + " is missing; an index is moved with all of its files");
        }
        IndexReader reader = open(file);
        IndexHeader header = reader.header;
        if (!reader.is(part)
                || !header.parts().isEmpty()
                || header.dim() != whole.dim()
                || header.classes() != whole.classes()
                || header.type() != whole.type()) {
            reader.close();
            throw new CorruptIndexException(
                    file, "header: not the part that " + index.getFileName() + " names; the index is damaged");
        }
        return reader;
    }

    private boolean is(IndexPart part) {
        return fileBytes == part.bytes() && Checksums.ofHeader(headerBytes) == part.checksum();
    }

    /** The first bytes of an index file, as long as they say; what they say is not checked. */
    static byte[] headerBytes(Path file, FileChannel channel) throws IOException {
        long fileBytes = channel.size();
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(Long.BYTES, fileBytes));
        read(file, channel, start, 0);
        ByteBuffer header = ByteBuffer.allocate(HeaderReader.length(file, start.flip(), fileBytes));
        read(file, channel, header, 0);
        return header.array();
    }

    long fileBytes() {
        return fileBytes;
    }

    /** This file as a part named {@code name}. */
    IndexPart part(String name) {
        return new IndexPart(name, fileBytes, Checksums.ofHeader(headerBytes));
    }

    /**
     * The keys, mapped where the native library is there, with copies of their labels, ids and scales.
     *
     * @param verify whether every byte is compared with its checksum
     * @param keep whether mapped keys that were verified may stay in memory
     */
    Segment segment(boolean verify, boolean keep) throws IOException {
        long dataStart = headerBytes.length;
        boolean mapped = NativeLibrary.available() && dataStart % Float.BYTES == 0;
        Segment segment = mapped
                ? new Segment(header.type(), header.dim(), header.size(), Memory.map(file, fileBytes), dataStart)
                : new Segment(header.type(), header.dim(), header.size());
        try {
            if (header.nameBytes() > 0) {
                segment.names(KeyNames.create(header.size(), header.nameBytes()));
            }
            for (Section section : header.sections()) {
                Memory memory = memory(segment, section);
                if (memory != null) {
                    fill(segment, section, memory, mapped && section == Section.KEYS, verify, keep);
                }
            }
            requireLabelsAndIds(segment);
            requireNames(segment);
            return segment;
        } catch (IOException | RuntimeException e) {
            segment.close();
            throw e;
        }
    }

    private void fill(Segment segment, Section section, Memory memory, boolean there, boolean verify, boolean keep)
            throws IOException {
        CRC32C crc = new CRC32C();
        long base = section == Section.KEYS ? segment.rowsOffset : 0;
        for (long offset = 0; offset < header.bytes(section); offset += CHUNK_BYTES) {
            int length = (int) Math.min(CHUNK_BYTES, header.bytes(section) - offset);
            if (!there) {
                read(section, offset, memory.buffer(base + offset, length));
            }
            if (verify) {
                crc.update(memory.buffer(base + offset, length));
            }
            if (there && verify && !keep) {
                memory.drop(base + offset, length);
            }
        }
        if (verify) {
            compare(section, crc);
        }
    }

    private static Memory memory(Segment segment, Section section) {
        return switch (section) {
            case KEYS -> segment.rows;
            case IDS -> segment.ids;
            case LABELS -> segment.labels;
            case SCALES -> segment.scales;
            case NAME_ENDS -> segment.names().ends;
            case NAMES -> segment.names().block();
            case PROJECTION, REMOVED -> null;
        };
    }

    private void requireLabelsAndIds(Segment segment) throws CorruptIndexException {
        Keys all = new Keys(segment, 0, header.size(), 0, 0, false);
        int step = CHUNK_BYTES / Long.BYTES;
        long before = -1;
        for (long first = 0; first < header.size(); first += step) {
            int count = (int) Math.min(step, header.size() - first);
            IntBuffer labels = all.labelBytes(first, count).asIntBuffer();
            LongBuffer ids = all.idBytes(first, count).asLongBuffer();
            for (int i = 0; i < count; i++) {
                int label = labels.get(i);
                if (label < 0 || label >= header.classes()) {
                    throw new CorruptIndexException(
                            file,
                            "labels: " + label + " at row " + (first + i) + " is outside 0.." + (header.classes() - 1));
                }
                before = requireId(Section.IDS, first + i, ids.get(i), before);
            }
        }
    }

    private void requireNames(Segment segment) throws CorruptIndexException {
        String problem = header.nameBytes() == 0 ? null : segment.names().problem(header.size(), header.nameBytes());
        if (problem != null) {
            throw new CorruptIndexException(file, problem);
        }
    }

    private long requireId(Section section, long row, long id, long before) throws CorruptIndexException {
        if (isBadId(id, before)) {
            throw new CorruptIndexException(file, badId(section, row, id, before));
        }
        return id;
    }

    static boolean isBadId(long id, long before) {
        return id <= before || id >= GREATEST_ID;
    }

    static String badId(Section section, long row, long id, long before) {
        return section.tensor + ": " + id + " at row " + row + ", expected more than " + before
                + " and less than 2^62, because ids ascend";
    }

    /** {@code (dim, projectedDim)} row-major; empty where there is none. */
    float[] projection(boolean verify) throws IOException {
        if (header.projectedDim() == 0) {
            return new float[0];
        }
        ByteBuffer bytes = heap(Section.PROJECTION, verify);
        float[] projection = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(projection);
        return projection;
    }

    /** The ids of keys in the parts that are not there any more, ascending. */
    long[] removed(boolean verify) throws IOException {
        if (header.removed() == 0) {
            return new long[0];
        }
        ByteBuffer bytes = heap(Section.REMOVED, verify);
        long[] removed = new long[bytes.remaining() / Long.BYTES];
        bytes.asLongBuffer().get(removed);
        long before = -1;
        for (int i = 0; i < removed.length; i++) {
            before = requireId(Section.REMOVED, i, removed[i], before);
        }
        return removed;
    }

    /** The ids of {@code count} rows from row {@code first} on. */
    long[] ids(long first, int count) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(count, Long.BYTES)).order(ByteOrder.nativeOrder());
        read(Section.IDS, first * Long.BYTES, bytes);
        long[] ids = new long[count];
        bytes.flip().asLongBuffer().get(ids);
        return ids;
    }

    /** Compares the tensors that this release does not know with their checksums. */
    void verifySkipped() throws IOException {
        for (StoredTensor tensor : header.skipped()) {
            ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, tensor.bytes()));
            CRC32C crc = new CRC32C();
            for (long offset = 0; offset < tensor.bytes(); offset += chunk.capacity()) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), tensor.bytes() - offset));
                read(file, channel, chunk, headerBytes.length + tensor.offset() + offset);
                crc.update(chunk.flip());
            }
            compare(tensor.name(), tensor.checksum(), crc);
        }
    }

    /** A section that is small beside the keys. */
    private ByteBuffer heap(Section section, boolean verify) throws IOException {
        long bytes = header.bytes(section);
        if (bytes > Integer.MAX_VALUE - 8) {
            throw new CorruptIndexException(file, section.tensor + ": " + bytes + " bytes, expected at most 2 GiB");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.nativeOrder());
        read(section, 0, buffer);
        if (verify) {
            CRC32C crc = new CRC32C();
            crc.update(buffer.flip());
            compare(section, crc);
        }
        return buffer.rewind();
    }

    private void compare(Section section, CRC32C crc) throws CorruptIndexException {
        compare(section.tensor, header.checksums().get(section), crc);
    }

    private void compare(String tensor, int checksum, CRC32C crc) throws CorruptIndexException {
        if ((int) crc.getValue() != checksum) {
            throw new CorruptIndexException(
                    file, tensor + ": the checksum does not match; the file is damaged, build it again");
        }
    }

    private void read(Section section, long offset, ByteBuffer target) throws IOException {
        read(file, channel, target, headerBytes.length + header.offset(section) + offset);
    }

    /** Fills what remains of {@code target}. */
    static void read(Path file, FileChannel channel, ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new EOFException(file + ": ends at byte " + at + " while it is read");
            }
            at += read;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
