package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.DetailColumn;
import io.github.afterimage.keys.KnownRequests;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.SectionCheck;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.log.Findings;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads one open index file: a whole index, a part, or the file that names parts. */
public final class IndexReader implements AutoCloseable {

    final Path file;
    final byte[] headerBytes;
    public final IndexHeader header;

    private final InputFile input;
    /** The header as it is in the file, which may be damaged. */
    private final byte[] written;

    private IndexReader(InputFile input, byte[] written, byte[] headerBytes, IndexHeader header) {
        this.input = input;
        this.written = written;
        this.headerBytes = headerBytes;
        this.header = header;
        file = input.path;
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws NoSuchFileException if the file does not exist
     */
    static IndexReader open(Path file) throws IOException {
        return open(file, false);
    }

    /**
     * Opens a file to read its keys, and checks its header.
     *
     * @param mapped true to map keys if the native library is available; false to read them into memory
     */
    static IndexReader open(Path file, boolean mapped) throws IOException {
        InputFile input = mapped && NativeLibrary.available() ? InputFile.map(file) : InputFile.read(file);
        List<String> findings = new ArrayList<>();
        return Resources.filled(open(input, findings), reader -> {
            if (!findings.isEmpty()) {
                throw new CorruptIndexException(file, findings.get(0));
            }
        });
    }

    /** Opens a file of which only the header must be readable; adds its problems to {@code findings}. */
    static IndexReader open(Path file, List<String> findings) throws IOException {
        return open(InputFile.read(file), findings);
    }

    private static IndexReader open(InputFile input, List<String> findings) throws IOException {
        return Resources.guarded(input, () -> {
            byte[] bytes = HeaderReader.bytes(input);
            return new IndexReader(input, bytes, bytes, HeaderReader.read(input.path, bytes, input.bytes, findings));
        });
    }

    /**
     * Opens a damaged file; mends one damaged byte of its header.
     *
     * @param part what the index says about it; null for the index file
     * @throws CorruptIndexException if the header cannot be read, or belongs to another part
     */
    static IndexReader damaged(Path file, @Nullable PartFile part, Findings findings) throws IOException {
        InputFile input = InputFile.read(file);
        return Resources.guarded(input, () -> {
            byte[] written = HeaderRepair.bytes(input);
            byte[] bytes = written.clone();
            HeaderRepair.mend(file, bytes, part, findings);
            List<String> found = new ArrayList<>();
            IndexHeader header = HeaderReader.read(file, bytes, input.bytes, found);
            boolean extended = input.bytes - bytes.length > header.dataBytes();
            found.forEach(finding -> (extended && finding.startsWith(HeaderReader.DATA)
                            ? findings.mended()
                            : findings.losses())
                    .add(file + ": " + finding));
            return new IndexReader(input, written, bytes, header);
        });
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
            return now.bytes >= written.length && Arrays.equals(written, HeaderReader.bytes(now, written.length));
        }
    }

    long fileBytes() {
        return input.bytes;
    }

    /** Returns the bytes of a tensor that the file has. */
    long available(StoredTensor tensor) {
        return Math.max(0, Math.min(tensor.bytes(), input.bytes - headerBytes.length - tensor.offset()));
    }

    long available(Section section) {
        return available(header.tensor(section));
    }

    /**
     * Reads a tensor.
     *
     * @param bytes the first bytes of it
     * @return whether these are all, and their checksum is right
     */
    boolean read(StoredTensor tensor, long bytes, InputFile.Receiver receiver) throws IOException {
        CRC32C crc = new CRC32C();
        input.read(headerBytes.length + tensor.offset(), bytes, new InputFile.Chunk(), chunk -> {
            crc.update(chunk);
            receiver.accept(chunk.rewind());
        });
        return bytes == tensor.bytes() && (int) crc.getValue() == tensor.checksum();
    }

    /** Returns whether all bytes of a section are there and have the right checksum. */
    boolean isSound(Section section) throws IOException {
        return read(header.tensor(section), available(section), bytes -> {});
    }

    /** Reads some bytes of a section that are {@link #available}. */
    ByteBuffer bytes(Section section, long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        read(section, offset, bytes);
        return bytes.flip();
    }

    /** Returns this file as a part named {@code name}. */
    PartFile part(String name) {
        return new PartFile(name, input.bytes, Checksums.ofHeader(headerBytes));
    }

    /**
     * Reads the keys with all that belongs to them. Keys of a mapped file stay mapped; everything else is copied.
     *
     * @param verify true to compare every byte with its checksum
     */
    Segment segment(boolean verify) throws IOException {
        long dataStart = headerBytes.length;
        NativeMemory mapping = dataStart % Float.BYTES == 0 ? input.takeMapping() : null;
        Segment segment = mapping == null
                ? new Segment(header.format(), header.size())
                : new Segment(header.format(), header.size(), mapping, dataStart);
        return Resources.guarded(segment, () -> {
            for (Detail detail : Detail.values()) {
                if (header.has(detail.bytes)) {
                    segment.details.put(detail, DetailColumn.create(header.size(), header.bytes(detail.bytes)));
                }
            }
            for (Section section : header.sections()) {
                NativeMemory memory = segment.memory(section);
                if (memory != null) {
                    fill(segment, section, memory, mapping != null && section == Section.KEYS, verify);
                }
            }
            requireDetails(segment);
            return segment;
        });
    }

    private void fill(Segment segment, Section section, NativeMemory memory, boolean stored, boolean verify)
            throws IOException {
        CRC32C crc = new CRC32C();
        SectionCheck check = check(section);
        boolean look = verify || section != Section.KEYS;
        long base = section == Section.KEYS ? segment.rowsOffset : 0;
        for (long offset = 0; offset < header.bytes(section); offset += InputFile.CHUNK_BYTES) {
            int length = (int) Math.min(InputFile.CHUNK_BYTES, header.bytes(section) - offset);
            ByteBuffer chunk = memory.buffer(base + offset, length);
            if (!stored) {
                read(section, offset, chunk);
            }
            if (verify) {
                crc.update(chunk.rewind());
            }
            if (look) {
                check.accept(chunk.rewind());
            }
        }
        refuse(section, check, verify ? crc : null);
    }

    /** Makes a check of the values of a section; one of keys without scales, because the file ends before them, finds nothing. */
    SectionCheck check(Section section) {
        return new SectionCheck(section, header.format(), (int) header.length(Section.PROJECTION), (first, count) -> {
            float[] scales = new float[count];
            Arrays.fill(scales, Float.NaN);
            long complete = Math.min(count, available(Section.SCALES) / Float.BYTES - first);
            if (complete > 0) {
                bytes(Section.SCALES, first * Float.BYTES, (int) complete * Float.BYTES)
                        .asFloatBuffer()
                        .get(scales, 0, (int) complete);
            }
            return FloatBuffer.wrap(scales);
        });
    }

    private void requireDetails(Segment segment) throws CorruptIndexException {
        require(SectionCheck.problem(segment.capacity, segment::id, segment::label));
        for (Detail detail : Detail.values()) {
            DetailColumn column = segment.details.get(detail);
            require(column == null ? null : column.problem(detail, header.size(), header.bytes(detail.bytes)));
        }
    }

    private void require(@Nullable String problem) throws CorruptIndexException {
        if (problem != null) {
            throw new CorruptIndexException(file, problem);
        }
    }

    /** Returns the tensors that belong to no key. */
    ExtraTensors extra(boolean verify) throws IOException {
        return map(verify).withTuning(tuning(verify));
    }

    /** Returns the tensors of the map that reduced the keys. */
    ExtraTensors map(boolean verify) throws IOException {
        return new ExtraTensors(
                floats(Section.PROJECTION, verify), floats(Section.WHITENING, verify), floats(Section.OFFSET, verify));
    }

    /** Returns the examples that the index was tuned with. */
    TuningTensors tuning(boolean verify) throws IOException {
        int[] labels = new int[(int) header.length(Section.TUNING_LABELS)];
        heap(Section.TUNING_LABELS, verify).asIntBuffer().get(labels);
        return new TuningTensors(
                heap(Section.TUNING_KEYS, verify).array(),
                labels,
                heap(Section.TUNING_NETWORK, verify).array(),
                heap(Section.TUNING_MIRROR, verify).array());
    }

    /** Returns the numbers of a section; none if the file does not have it. */
    private float[] floats(Section section, boolean verify) throws IOException {
        ByteBuffer bytes = heap(section, verify);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    /** Returns the ids of keys that were removed from the parts, one for each key. */
    long[] removed(boolean verify) throws IOException {
        return longs(heap(Section.REMOVED, verify));
    }

    /** Reads the requests that are remembered into a store. */
    void requests(KnownRequests target, boolean verify) throws IOException {
        if (header.length(Section.REQUESTS) > KnownRequests.LARGEST_FILE_BYTES) {
            throw new CorruptIndexException(
                    file,
                    "requests: " + header.length(Section.REQUESTS) + " bytes, expected at most "
                            + KnownRequests.LARGEST_FILE_BYTES);
        }
        try {
            target.addAll(heap(Section.REQUESTS, verify));
        } catch (IllegalArgumentException e) {
            throw new CorruptIndexException(file, String.valueOf(e.getMessage()));
        }
    }

    static long[] longs(ByteBuffer bytes) {
        long[] values = new long[bytes.remaining() / Long.BYTES];
        bytes.asLongBuffer().get(values);
        return values;
    }

    /** Returns the ids of {@code count} rows, starting at row {@code first}. */
    long[] ids(long first, int count) throws IOException {
        return longs(bytes(Section.IDS, first * Long.BYTES, Math.multiplyExact(count, Long.BYTES)));
    }

    /** Compares optional tensors that this program does not know with their checksums. */
    void verifySkipped() throws IOException {
        for (StoredTensor tensor : header.skipped()) {
            if (!read(tensor, tensor.bytes(), bytes -> {})) {
                throw damaged(tensor.name());
            }
        }
    }

    /** Reads a section that is small compared with the keys; returns no bytes if the file does not have it. */
    private ByteBuffer heap(Section section, boolean verify) throws IOException {
        if (!header.has(section)) {
            return ByteBuffer.allocate(0);
        }
        long bytes = header.bytes(section);
        if (bytes > Integer.MAX_VALUE - 8) {
            throw new CorruptIndexException(file, section.tensor + ": " + bytes + " bytes, expected at most 2 GiB");
        }
        ByteBuffer buffer = bytes(section, 0, (int) bytes);
        CRC32C crc = new CRC32C();
        crc.update(buffer.duplicate());
        SectionCheck check = check(section);
        check.accept(buffer);
        refuse(section, check, verify ? crc : null);
        return buffer.rewind();
    }

    private void refuse(Section section, SectionCheck check, @Nullable CRC32C crc) throws CorruptIndexException {
        if (crc != null && (int) crc.getValue() != header.checksum(section)) {
            throw damaged(section.tensor);
        }
        require(check.finding());
    }

    private CorruptIndexException damaged(String tensor) {
        return new CorruptIndexException(
                file, tensor + ": the checksum does not match; the file is damaged, build it again");
    }

    void read(Section section, long offset, ByteBuffer target) throws IOException {
        input.read(target, headerBytes.length + header.offset(section) + offset);
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
