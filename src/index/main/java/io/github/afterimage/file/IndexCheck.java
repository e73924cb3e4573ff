package io.github.afterimage.file;

import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.SectionCheck;
import io.github.afterimage.log.LogReader;
import io.github.afterimage.platform.InputFile;
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
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Verifies every byte of an index, its parts and its log. It reads each byte once and holds a few megabytes. */
public final class IndexCheck {
    private static final int CHUNK_BYTES = InputFile.CHUNK_BYTES;

    private final InputFile input;
    private final List<String> findings;

    private IndexCheck(InputFile input, List<String> findings) {
        this.input = input;
        this.findings = findings;
    }

    /**
     * Returns all problems of an index, one per line; empty if the index is intact. Only an unreadable header hides the
     * problems behind it.
     *
     * @throws java.nio.file.NoSuchFileException if the file does not exist
     * @throws IOException if the file cannot be read
     */
    public static List<String> findings(Path file) throws IOException {
        for (int attempt = 1; ; attempt++) {
            List<String> findings = new ArrayList<>();
            try (InputFile input = InputFile.read(file)) {
                check(input, findings);
                // A save may have replaced parts meanwhile; the check then starts again with the parts named now.
                if (findings.isEmpty() || attempt == IndexFile.ATTEMPTS || isStillNamed(input)) {
                    return findings;
                }
            }
        }
    }

    private static boolean isStillNamed(InputFile input) throws IOException {
        try (InputFile now = InputFile.read(input.path)) {
            return Arrays.equals(HeaderReader.bytes(input), HeaderReader.bytes(now));
        } catch (CorruptIndexException e) {
            return true;
        }
    }

    private static void check(InputFile input, List<String> findings) throws IOException {
        try {
            IndexHeader header = new IndexCheck(input, findings).check();
            for (PartFile part : header.parts()) {
                checkPart(input.path, part, findings);
            }
            if (findings.isEmpty()) {
                IndexFile.open(input.path, false).keys().close(); // checks that the parts and the log fit together
            } else {
                LogReader.read(SaveLock.canonical(input.path), header.log(), header.format());
            }
        } catch (CorruptIndexException e) {
            findings.add(e.getMessage());
        } catch (NoSuchFileException e) {
            findings.add(e.getFile() + ": missing; a save has deleted it meanwhile");
        }
    }

    /**
     * Returns files beside an index that have names of its parts but are not its parts: leftovers of a killed save, or
     * files of another index.
     *
     * @throws java.nio.file.NoSuchFileException if the file does not exist
     * @throws CorruptIndexException if the file is not an index, or its header is damaged
     */
    public static List<Path> unnamed(Path file) throws IOException {
        Set<Path> files = new PartNames(file).files();
        IndexFile.files(file).forEach(files::remove);
        return List.copyOf(files);
    }

    private static void checkPart(Path index, PartFile part, List<String> findings) throws IOException {
        Path file = part.beside(index);
        if (!Files.isRegularFile(file)) {
            findings.add(file + ": this part of " + index.getFileName() + " is missing");
            return;
        }
        try (InputFile input = InputFile.read(file)) {
            new IndexCheck(input, findings).check();
            if (Checksums.ofHeader(HeaderReader.bytes(input)) != part.checksum()) {
                findings.add(file + ": header: not the part that " + index.getFileName() + " names");
            }
        } catch (CorruptIndexException e) {
            findings.add(e.getMessage());
        }
    }

    private void find(String finding) {
        findings.add(input.path + ": " + finding);
    }

    private IndexHeader check() throws IOException {
        byte[] bytes = HeaderReader.bytes(input);
        List<String> ofHeader = new ArrayList<>();
        IndexHeader header = HeaderReader.read(input.path, bytes, input.bytes, ofHeader);
        ofHeader.forEach(this::find);
        long scales = bytes.length + (header.type().scaled() ? header.offset(Section.SCALES) : 0);
        for (Section section : header.sections()) {
            SectionCheck check = new SectionCheck(
                    section,
                    header.format(),
                    header.counts().projectedDim(),
                    (first, count) -> scales(scales, first, count));
            check(
                    bytes.length,
                    new StoredTensor(
                            section.tensor, header.offset(section), header.bytes(section), header.checksum(section)),
                    check);
            if (check.finding() != null) {
                find(check.finding());
            }
        }
        for (StoredTensor tensor : header.skipped()) {
            check(bytes.length, tensor, null);
        }
        return header;
    }

    /** @param check checks the values of the tensor; null if the tensor is unknown */
    private void check(long dataStart, StoredTensor tensor, @Nullable SectionCheck check) throws IOException {
        long start = dataStart + tensor.offset();
        if (tensor.bytes() > input.bytes - start) {
            find(tensor.name() + ": the file ends before the end of its " + tensor.bytes() + " bytes");
            return;
        }
        CRC32C crc = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, tensor.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long offset = 0; offset < tensor.bytes(); offset += CHUNK_BYTES) {
            chunk.clear().limit((int) Math.min(CHUNK_BYTES, tensor.bytes() - offset));
            input.read(chunk, start + offset);
            crc.update(chunk.flip());
            if (check != null) {
                check.accept(chunk.rewind());
            }
        }
        if ((int) crc.getValue() != tensor.checksum()) {
            find(tensor.name() + ": the checksum of its " + tensor.bytes()
                    + " bytes does not match; the file is damaged, build it again");
        }
    }

    /** Reads scales of keys; NaN if the file ends before them, which suppresses findings about norms. */
    private FloatBuffer scales(long start, long first, int count) throws IOException {
        float[] scales = new float[count];
        long position = start + first * Float.BYTES;
        if (position + (long) count * Float.BYTES > input.bytes) {
            Arrays.fill(scales, Float.NaN);
        } else {
            ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            input.read(bytes, position);
            bytes.flip().asFloatBuffer().get(scales);
        }
        return FloatBuffer.wrap(scales);
    }
}
