package io.github.afterimage.store;

import io.github.afterimage.store.IndexHeader.Section;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Verifies every byte of an index file, reading it once and holding a few megabytes, and goes on after a finding. */
public final class IndexCheck {
    private static final int CHUNK_BYTES = 1 << 22;

    private IndexCheck() {}

    /**
     * What is wrong with a file, a line for each section that is damaged; empty for an index that is as it was saved. A
     * header that is damaged hides the rest and is the only finding.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws IOException if it cannot be read
     */
    public static List<String> findings(Path file) throws IOException {
        IndexFile.requireFile(file);
        List<String> findings = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            byte[] bytes = IndexFile.readHeader(file, channel, channel.size());
            IndexHeader header = IndexHeader.decode(file, bytes, channel.size());
            long start = bytes.length;
            for (Section section : header.sections()) {
                check(file, channel, header, section, start, findings);
                start += header.bytes(section);
            }
        } catch (CorruptIndexException e) {
            findings.add(e.getMessage());
        }
        return findings;
    }

    private static void check(
            Path file, FileChannel channel, IndexHeader header, Section section, long start, List<String> findings)
            throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        String label = null;
        for (long offset = 0; offset < header.bytes(section); offset += CHUNK_BYTES) {
            chunk.clear().limit((int) Math.min(CHUNK_BYTES, header.bytes(section) - offset));
            IndexFile.readFully(file, channel, chunk, start + offset);
            crc.update(chunk.flip());
            for (int at = 0; section == Section.LABELS && label == null && at < chunk.limit(); at += Integer.BYTES) {
                int value = chunk.getInt(at);
                if (value < 0 || value >= header.classes()) {
                    label = value + " at row " + (offset + at) / Integer.BYTES;
                }
            }
        }
        if ((int) crc.getValue() != header.checksums().get(section)) {
            findings.add(file + ": " + section.tensor + ": the checksum of its " + header.bytes(section)
                    + " bytes does not match; the file is damaged, build it again");
        }
        if (label != null) {
            findings.add(file + ": labels: " + label + " is outside 0.." + (header.classes() - 1));
        }
    }
}
