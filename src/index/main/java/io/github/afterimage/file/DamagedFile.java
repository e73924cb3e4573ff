package io.github.afterimage.file;

import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.keys.Section;
import io.github.afterimage.log.Findings;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads what is there of an index file or a part that may be damaged; only its header must be readable. */
final class DamagedFile implements AutoCloseable {
    final Path path;
    final IndexHeader header;
    private final InputFile input;
    private final byte[] headerBytes;
    private final boolean mended;

    private DamagedFile(InputFile input, byte[] headerBytes, IndexHeader header, boolean mended) {
        this.input = input;
        this.headerBytes = headerBytes;
        this.header = header;
        this.mended = mended;
        path = input.path;
    }

    /** Receives the next bytes of a section. */
    interface Reader {
        void accept(ByteBuffer bytes) throws IOException;
    }

    /**
     * Opens a file; mends one damaged byte of its header.
     *
     * @param part what the index says about it; null for the index file
     * @throws CorruptIndexException if the header cannot be read, or belongs to another part
     */
    static DamagedFile open(Path file, @Nullable PartFile part, Findings findings) throws IOException {
        InputFile input = InputFile.read(file);
        try {
            byte[] bytes = HeaderReader.bytes(input);
            Integer own = Checksums.written(bytes);
            int now = Checksums.ofHeader(bytes);
            if (part != null && own != null && own == now && now != part.checksum()) {
                throw new CorruptIndexException(file, "header: that of another part");
            }
            Integer expected = part == null ? own : Integer.valueOf(part.checksum());
            int position = expected == null || expected == now ? -1 : HeaderRepair.mend(bytes, expected);
            if (position >= 0) {
                findings.mended()
                        .add(file + ": header: byte " + position + " was damaged; its checksum says what it was");
            }
            if (part != null && Checksums.ofHeader(bytes) == part.checksum()) {
                Checksums.seal(bytes); // in case that just these digits are damaged
            }
            List<String> found = new ArrayList<>();
            IndexHeader header = HeaderReader.read(file, bytes, input.bytes, found);
            found.forEach(finding -> findings.losses().add(file + ": " + finding));
            return new DamagedFile(input, bytes, header, position >= 0);
        } catch (IOException | RuntimeException e) {
            input.close();
            throw e;
        }
    }

    /** Returns whether the file still has the header that was read. */
    boolean isStillNamed() throws IOException {
        try (InputFile now = InputFile.read(path)) {
            byte[] bytes = HeaderReader.bytes(now);
            return mended ? bytes.length == headerBytes.length : Arrays.equals(bytes, headerBytes);
        }
    }

    private long start(Section section) {
        return headerBytes.length + header.offset(section);
    }

    /** Returns the bytes of a section that the file has. */
    long available(Section section) {
        return Math.max(0, Math.min(header.bytes(section), input.bytes - start(section)));
    }

    /**
     * Reads a section.
     *
     * @param bytes the first bytes of it
     * @return whether these are all, and their checksum is right
     */
    boolean read(Section section, long bytes, Reader reader) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(InputFile.CHUNK_BYTES, bytes))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long offset = 0; offset < bytes; offset += InputFile.CHUNK_BYTES) {
            chunk.clear().limit((int) Math.min(InputFile.CHUNK_BYTES, bytes - offset));
            input.read(chunk, start(section) + offset);
            crc.update(chunk.flip());
            reader.accept(chunk.rewind());
        }
        return bytes == header.bytes(section) && (int) crc.getValue() == header.checksum(section);
    }

    /** Returns the first id as it is; -1 if the file has none. */
    long firstId() {
        try {
            return available(Section.IDS) < Long.BYTES
                    ? -1
                    : bytes(Section.IDS, 0, Long.BYTES).getLong();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether all bytes of a section are there and have the right checksum. */
    boolean isSound(Section section) throws IOException {
        return read(section, available(section), bytes -> {});
    }

    /** Reads some bytes that are {@link #available}. */
    ByteBuffer bytes(Section section, long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        input.read(bytes, start(section) + offset);
        return bytes.flip();
    }

    /** Reads what is there of a section that is small compared with the keys. */
    ByteBuffer bytes(Section section) throws IOException {
        return bytes(section, 0, Math.toIntExact(available(section) / Long.BYTES * Long.BYTES));
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
