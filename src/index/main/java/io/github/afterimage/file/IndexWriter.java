package io.github.afterimage.file;

import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Writes one index file: under a temporary name first, then forced to the disk, then renamed. */
public final class IndexWriter {
    private IndexWriter() {}

    /** Writes the file. */
    static void write(Disk disk, Path file, IndexContent content) throws IOException {
        IndexHeader header = content.header();
        try (AtomicFile target = AtomicFile.create(disk, file)) {
            FileChannel channel = target.channel();
            // Checksums are known after the data are written; they do not change the length of the header.
            channel.position(header.encode().remaining());
            for (Section section : header.sections()) {
                header.checksums().put(section, write(channel, header, section, content));
            }
            channel.position(0);
            write(channel, header.encode());
            target.complete();
        }
    }

    private static int write(FileChannel channel, IndexHeader header, Section section, IndexContent content)
            throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer table = content.table(section);
        if (table != null) {
            crc.update(table.duplicate());
            write(channel, table);
            return (int) crc.getValue();
        }
        Detail detail = Detail.of(section);
        boolean values = detail != null && section == detail.bytes;
        long detailBytes = 0;
        for (Keys part : content.keys()) {
            long partBytes = detail == null ? 0 : part.detailBytes(detail);
            long elements = values ? partBytes : part.count();
            long elementBytes = values ? 1 : header.bytes(section) / header.size();
            int step = (int) Math.max(1, InputFile.CHUNK_BYTES / elementBytes);
            for (long first = 0; first < elements; first += step) {
                int count = (int) Math.min(step, elements - first);
                ByteBuffer bytes = part.bytes(section, first, count, detailBytes);
                crc.update(bytes.duplicate());
                write(channel, bytes);
            }
            detailBytes += partBytes;
        }
        return (int) crc.getValue();
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
