package io.github.afterimage.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/** Verifies every byte of an index, its parts included, reading it once and holding a few megabytes, whatever it finds. */
public final class IndexCheck {
    private static final int CHUNK_BYTES = IndexReader.CHUNK_BYTES;

    private final Path file;
    private final List<String> findings;

    private IndexCheck(Path file, List<String> findings) {
        this.file = file;
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
        IndexReader.requireFile(file);
        List<String> findings = new ArrayList<>();
        try {
            IndexHeader header = new IndexCheck(file, findings).check();
            for (IndexPart part : header.parts()) {
                checkPart(file, part, findings);
            }
            if (findings.isEmpty()) {
                IndexFile.open(file, false).keys().close(); // how the parts fit together
            }
        } catch (CorruptIndexException e) {
            findings.add(e.getMessage());
        }
        return findings;
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
        try {
            new IndexCheck(file, findings).check();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                if (Checksums.ofHeader(IndexReader.headerBytes(file, channel)) != part.checksum()) {
                    findings.add(file + ": header: not the part that " + index.getFileName() + " names");
                }
            }
        } catch (CorruptIndexException e) {
            findings.add(e.getMessage());
        }
    }

    private void find(String finding) {
        findings.add(file + ": " + finding);
    }

    private IndexHeader check() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            byte[] bytes = IndexReader.headerBytes(file, channel);
            List<String> ofHeader = new ArrayList<>();
            IndexHeader header = HeaderReader.read(file, bytes, channel.size(), ofHeader);
            ofHeader.forEach(this::find);
            for (Section section : header.sections()) {
                Values values = new Values(section, header.classes());
                StoredTensor tensor = new StoredTensor(
                        section.tensor,
                        header.offset(section),
                        header.bytes(section),
                        header.checksums().get(section));
                check(channel, bytes.length, tensor, values::check);
                if (values.wrong > 0) {
                    find(values.first + (values.wrong > 1 ? ", and so are " + (values.wrong - 1) + " more" : ""));
                }
            }
            for (StoredTensor tensor : header.skipped()) {
                check(channel, bytes.length, tensor, values -> {});
            }
            return header;
        }
    }

    private void check(FileChannel channel, long dataStart, StoredTensor tensor, Consumer<ByteBuffer> values)
            throws IOException {
        long start = dataStart + tensor.offset();
        if (tensor.bytes() > channel.size() - start) {
            find(tensor.name() + ": the file ends before the end of its " + tensor.bytes() + " bytes");
            return;
        }
        CRC32C crc = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, tensor.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long offset = 0; offset < tensor.bytes(); offset += CHUNK_BYTES) {
            chunk.clear().limit((int) Math.min(CHUNK_BYTES, tensor.bytes() - offset));
            IndexReader.read(file, channel, chunk, start + offset);
            crc.update(chunk.flip());
            values.accept(chunk.rewind());
        }
        if ((int) crc.getValue() != tensor.checksum()) {
            find(tensor.name() + ": the checksum of its " + tensor.bytes()
                    + " bytes does not match; the file is damaged, build it again");
        }
    }

    /** Looks at labels and ids as they pass. */
    private static final class Values {
        private final Section section;
        private final int classes;
        private long row;
        private long before = -1;
        private long wrong;
        private String first;

        Values(Section section, int classes) {
            this.section = section;
            this.classes = classes;
        }

        void check(ByteBuffer bytes) {
            switch (section) {
                case LABELS -> {
                    for (; bytes.hasRemaining(); row++) {
                        int label = bytes.getInt();
                        if (label < 0 || label >= classes) {
                            wrong("labels: " + label + " at row " + row + " is outside 0.." + (classes - 1));
                        }
                    }
                }
                case IDS, REMOVED -> {
                    for (; bytes.hasRemaining(); row++) {
                        long id = bytes.getLong();
                        if (IndexReader.isBadId(id, before)) {
                            wrong(IndexReader.badId(section, row, id, before));
                        }
                        before = id;
                    }
                }
                default -> { // any bytes are values
                }
            }
        }

        private void wrong(String what) {
            first = wrong++ == 0 ? what : first;
        }
    }
}
