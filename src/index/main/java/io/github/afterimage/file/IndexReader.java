package io.github.afterimage.file;

import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.DetailColumn;
import io.github.afterimage.keys.KnownRequests;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.SectionCheck;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.keys.WeightChanges;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads one open index file: a whole index, a part, or the file that names parts. */
public final class IndexReader implements AutoCloseable {

    final Path file;
    final byte[] headerBytes;
    public final IndexHeader header;

    private final InputFile input;

    private IndexReader(InputFile input) throws IOException {
        this.input = input;
        file = input.path;
        headerBytes = HeaderReader.bytes(input);
        header = HeaderReader.read(file, headerBytes, input.bytes);
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws NoSuchFileException if the file does not exist
     */
    public static IndexReader open(Path file) throws IOException {
        return open(InputFile.read(file));
    }

    /**
     * Opens a file to read its keys, and checks its header.
     *
     * @param mapped true to map keys if the native library is available; false to read them into memory
     */
    public static IndexReader open(Path file, boolean mapped) throws IOException {
        return open(mapped && NativeLibrary.available() ? InputFile.map(file) : InputFile.read(file));
    }

    private static IndexReader open(InputFile input) throws IOException {
        try {
            return new IndexReader(input);
        } catch (IOException | RuntimeException | Error e) {
            input.close();
            throw e;
        }
    }

    /** Opens a part of {@code index} and checks that it is the part that the index header names. */
    public static IndexReader open(Path index, IndexHeader whole, PartFile part, boolean mapped) throws IOException {
        Path file = part.beside(index);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                    file.toString(),
                    null,
                    "this part of " + index.getFileName() + " is missing; an index is moved with all of its files");
        }
        IndexReader reader = open(file, mapped);
        IndexHeader header = reader.header;
        if (!reader.is(part) || !header.parts().isEmpty() || !header.format().equals(whole.format())) {
            reader.close();
            throw new CorruptIndexException(
                    file, "header: not the part that " + index.getFileName() + " names; the index is damaged");
        }
        return reader;
    }

    private boolean is(PartFile part) {
        return input.bytes == part.bytes() && Checksums.ofHeader(headerBytes) == part.checksum();
    }

    /**
     * Returns whether the name still belongs to the open file, or to one with the same header and so the same content.
     */
    boolean isStillNamed() throws IOException {
        try (InputFile now = InputFile.read(file)) {
            return Arrays.equals(headerBytes, HeaderReader.bytes(now));
        }
    }

    long fileBytes() {
        return input.bytes;
    }

    /** Returns this file as a part named {@code name}. */
    PartFile part(String name) {
        return new PartFile(name, input.bytes, Checksums.ofHeader(headerBytes));
    }

    /**
     * Reads the keys with all that belongs to them. Keys of a mapped file stay mapped; everything else, values too, is copied.
     *
     * @param verify true to compare every byte with its checksum
     * @param keep true if mapped keys may stay in memory after verification
     */
    Segment segment(boolean verify, boolean keep) throws IOException {
        long dataStart = headerBytes.length;
        NativeMemory mapping = dataStart % Float.BYTES == 0 ? input.takeMapping() : null;
        Segment segment = mapping == null
                ? new Segment(header.format(), header.size())
                : new Segment(header.format(), header.size(), mapping, dataStart);
        try {
            for (Detail detail : Detail.values()) {
                if (header.counts().details().has(detail)) {
                    segment.details.put(detail, DetailColumn.create(header.size(), header.bytes(detail.bytes)));
                }
            }
            for (Section section : header.sections()) {
                NativeMemory memory = memory(segment, section);
                if (memory != null) {
                    fill(segment, section, memory, mapping != null && section == Section.KEYS, verify, keep);
                }
            }
            requireDetails(segment);
            return segment;
        } catch (IOException | RuntimeException | Error e) {
            segment.close();
            throw e;
        }
    }

    private void fill(
            Segment segment, Section section, NativeMemory memory, boolean there, boolean verify, boolean keep)
            throws IOException {
        CRC32C crc = new CRC32C();
        SectionCheck check = check(section);
        boolean look = verify || section != Section.KEYS && section != Section.VALUES;
        long base = section == Section.KEYS ? segment.rowsOffset : 0;
        for (long offset = 0; offset < header.bytes(section); offset += InputFile.CHUNK_BYTES) {
            int length = (int) Math.min(InputFile.CHUNK_BYTES, header.bytes(section) - offset);
            ByteBuffer chunk = memory.buffer(base + offset, length);
            if (!there) {
                read(section, offset, chunk);
            }
            if (verify) {
                crc.update(chunk.rewind());
            }
            if (look) {
                check.accept(chunk.rewind());
            }
            if (there && verify && !keep) {
                memory.drop(base + offset, length);
            }
        }
        if (verify) {
            compare(section, crc);
        }
        refuse(check);
    }

    private SectionCheck check(Section section) {
        return new SectionCheck(section, header.format(), header.counts().projectedDim(), (first, count) -> {
            ByteBuffer scales = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.nativeOrder());
            read(Section.SCALES, first * Float.BYTES, scales);
            return scales.flip().asFloatBuffer();
        });
    }

    private void refuse(SectionCheck check) throws CorruptIndexException {
        if (check.finding() != null) {
            throw new CorruptIndexException(file, check.finding());
        }
    }

    private static @Nullable NativeMemory memory(Segment segment, Section section) {
        return switch (section) {
            case KEYS -> segment.rows;
            case IDS -> segment.ids;
            case LABELS -> segment.labels;
            case SCALES -> segment.scales;
            case VALUES -> segment.values;
            case NAME_ENDS -> segment.details.require(Detail.NAME).ends;
            case NAMES -> segment.details.require(Detail.NAME).block();
            case THUMBNAIL_ENDS -> segment.details.require(Detail.THUMBNAIL).ends;
            case THUMBNAILS -> segment.details.require(Detail.THUMBNAIL).block();
            case PROJECTION, WHITENING, OFFSET, REMOVED, WEIGHTED_IDS, WEIGHTS, REQUESTS -> null;
        };
    }

    private void requireDetails(Segment segment) throws CorruptIndexException {
        for (Detail detail : Detail.values()) {
            DetailColumn column = segment.details.get(detail);
            String problem = column == null ? null : column.problem(detail, header.size(), header.bytes(detail.bytes));
            if (problem != null) {
                throw new CorruptIndexException(file, problem);
            }
        }
    }

    /** Returns the tensors of the map that reduced the keys. */
    MapTensors map(boolean verify) throws IOException {
        return new MapTensors(
                floats(Section.PROJECTION, verify), floats(Section.WHITENING, verify), floats(Section.OFFSET, verify));
    }

    /** Returns the numbers of a section; none if the file does not have it. */
    private float[] floats(Section section, boolean verify) throws IOException {
        if (!header.sections().contains(section)) {
            return new float[0];
        }
        ByteBuffer bytes = heap(section, verify);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    /** Returns the ids of keys that were removed from the parts, ascending. */
    long[] removed(boolean verify) throws IOException {
        if (header.counts().removed() == 0) {
            return new long[0];
        }
        return longs(heap(Section.REMOVED, verify));
    }

    /** Returns the keys whose weight is not 1. */
    WeightChanges weights(boolean verify) throws IOException {
        if (header.counts().weighted() == 0) {
            return WeightChanges.NONE;
        }
        long[] ids = longs(heap(Section.WEIGHTED_IDS, verify));
        return new WeightChanges(ids, floats(Section.WEIGHTS, verify));
    }

    /** Reads the requests that are remembered into a store. */
    void requests(KnownRequests target, boolean verify) throws IOException {
        if (header.counts().requests() > 0) {
            if (header.counts().requests() > KnownRequests.LARGEST_FILE_BYTES) {
                throw new CorruptIndexException(
                        file,
                        "requests: " + header.counts().requests() + " bytes, expected at most "
                                + KnownRequests.LARGEST_FILE_BYTES);
            }
            try {
                target.addAll(heap(Section.REQUESTS, verify));
            } catch (IllegalArgumentException e) {
                throw new CorruptIndexException(file, String.valueOf(e.getMessage()));
            }
        }
    }

    private static long[] longs(ByteBuffer bytes) {
        long[] values = new long[bytes.remaining() / Long.BYTES];
        bytes.asLongBuffer().get(values);
        return values;
    }

    /** Returns the ids of {@code count} rows, starting at row {@code first}. */
    long[] ids(long first, int count) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(count, Long.BYTES)).order(ByteOrder.nativeOrder());
        read(Section.IDS, first * Long.BYTES, bytes);
        long[] ids = new long[count];
        bytes.flip().asLongBuffer().get(ids);
        return ids;
    }

    /** Compares tensors that this release does not know with their checksums. */
    void verifySkipped() throws IOException {
        for (StoredTensor tensor : header.skipped()) {
            ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(InputFile.CHUNK_BYTES, tensor.bytes()));
            CRC32C crc = new CRC32C();
            for (long offset = 0; offset < tensor.bytes(); offset += chunk.capacity()) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), tensor.bytes() - offset));
                input.read(chunk, headerBytes.length + tensor.offset() + offset);
                crc.update(chunk.flip());
            }
            compare(tensor.name(), tensor.checksum(), crc);
        }
    }

    /** Reads a section that is small compared with the keys. */
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
        SectionCheck check = check(section);
        check.accept(buffer.rewind());
        refuse(check);
        return buffer.rewind();
    }

    private void compare(Section section, CRC32C crc) throws CorruptIndexException {
        compare(section.tensor, header.checksum(section), crc);
    }

    private void compare(String tensor, int checksum, CRC32C crc) throws CorruptIndexException {
        if ((int) crc.getValue() != checksum) {
            throw new CorruptIndexException(
                    file, tensor + ": the checksum does not match; the file is damaged, build it again");
        }
    }

    private void read(Section section, long offset, ByteBuffer target) throws IOException {
        input.read(target, headerBytes.length + header.offset(section) + offset);
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
