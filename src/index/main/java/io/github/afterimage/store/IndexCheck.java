package io.github.afterimage.store;

import io.github.afterimage.CorruptIndexException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/** Verifies every byte of an index, its parts included, reading it once and holding a few megabytes, whatever it finds. */
public final class IndexCheck {
    private static final int CHUNK_BYTES = IndexReader.CHUNK_BYTES;

    private final InputFile input;
    private final List<String> findings;

    private IndexCheck(InputFile input, List<String> findings) {
        this.input = input;
        this.findings = findings;
    }

    /**
     * All that is wrong with an index, a line each; empty for one that is as it was saved. Only a header that cannot be
     * understood hides what follows it.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws IOException if it cannot be read
     */
    public static List<String> findings(Path file) throws IOException {
        for (int attempt = 1; ; attempt++) {
            List<String> findings = new ArrayList<>();
            try (InputFile input = InputFile.read(file)) {
                check(input, findings);
                // Of parts that a save replaced meanwhile, nothing is known: those that are named now are checked.
                if (findings.isEmpty() || attempt == IndexFile.ATTEMPTS || isStillNamed(input)) {
                    return findings;
                }
            }
        }
    }

    private static boolean isStillNamed(InputFile input) throws IOException {
        try (InputFile now = InputFile.read(input.path)) {
            return Arrays.equals(input.header(), now.header());
        } catch (CorruptIndexException e) {
            return true;
        }
    }

    private static void check(InputFile input, List<String> findings) throws IOException {
        try {
            IndexHeader header = new IndexCheck(input, findings).check();
            for (IndexPart part : header.parts()) {
                checkPart(input.path, part, findings);
            }
            if (findings.isEmpty()) {
                IndexFile.open(input.path, false).keys().close(); // how the parts fit together
            }
        } catch (CorruptIndexException e) {
            findings.add(e.getMessage());
        }
    }

    /**
     * Files beside an index that are named like its parts without being any: a save that was killed left them, or they are
     * another index's.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or its header is damaged
     */
    public static List<Path> unnamed(Path file) throws IOException {
        Set<Path> files = new PartNames(file).files();
        IndexFile.files(file).forEach(files::remove);
        return List.copyOf(files);
    }

    private static void checkPart(Path index, IndexPart part, List<String> findings) throws IOException {
        Path file = part.beside(index);
        if (!Files.isRegularFile(file)) {
            findings.add(file + ": this part of " + index.getFileName() + " is missing");
            return;
        }
        try (InputFile input = InputFile.read(file)) {
            new IndexCheck(input, findings).check();
            if (Checksums.ofHeader(input.header()) != part.checksum()) {
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
        byte[] bytes = input.header();
        List<String> ofHeader = new ArrayList<>();
        IndexHeader header = HeaderReader.read(input.path, bytes, input.bytes, ofHeader);
        ofHeader.forEach(this::find);
        long scales = bytes.length + (header.type().scaled() ? header.offset(Section.SCALES) : 0);
        for (Section section : header.sections()) {
            Values values = new Values(section, header, (first, count) -> scales(scales, first, count));
            check(
                    bytes.length,
                    new StoredTensor(
                            section.tensor,
                            header.offset(section),
                            header.bytes(section),
                            header.checksums().get(section)),
                    values);
            if (values.finding() != null) {
                find(values.finding());
            }
        }
        for (StoredTensor tensor : header.skipped()) {
            check(bytes.length, tensor, null);
        }
        return header;
    }

    /** @param values of the tensor; null where they are not known */
    private void check(long dataStart, StoredTensor tensor, Values values) throws IOException {
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
            if (values != null) {
                values.pass(chunk.rewind());
            }
        }
        if ((int) crc.getValue() != tensor.checksum()) {
            find(tensor.name() + ": the checksum of its " + tensor.bytes()
                    + " bytes does not match; the file is damaged, build it again");
        }
    }

    /** Scales of keys; NaN where the file ends before them, so that nothing is said of the norms. */
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
