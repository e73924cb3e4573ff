package io.github.afterimage.file;

import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.log.LogPosition;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The content of one file of an index.
 *
 * @param keys the keys that the file holds
 * @param nextId greater than every id that the index has had
 * @param extra tensors that belong to no key
 * @param removed ids of keys that were removed from the parts, ascending
 * @param requests the requests that are remembered
 * @param parts the files that hold the keys; empty if this file holds them
 * @param log the changes that a log may hold after the keys; null for none
 * @param attributes kept in the metadata; no key begins with {@code "afterimage."}
 */
record IndexContent(
        KeyFormat format,
        List<Keys> keys,
        long nextId,
        ExtraTensors extra,
        long[] removed,
        byte[] requests,
        List<PartFile> parts,
        @Nullable LogPosition log,
        Map<String, String> attributes) {
    /** Describes keys alone. */
    static IndexContent ofKeys(KeyFormat format, List<Keys> keys, long nextId) {
        return new IndexContent(
                format, keys, nextId, ExtraTensors.NONE, new long[0], new byte[0], List.of(), null, Map.of());
    }

    /** Describes the file that names the parts which hold these keys. */
    IndexContent inParts(List<PartFile> newParts, long[] newRemoved) {
        return new IndexContent(format, List.of(), nextId, extra, newRemoved, requests, newParts, log, attributes);
    }

    /**
     * Writes the file, and describes it: under a temporary name first, then forced to the disk, then renamed.
     *
     * @param index whose permissions the file gets
     */
    PartFile write(Disk disk, Path file, Path index) throws IOException {
        IndexHeader header = header();
        try (AtomicFile target = AtomicFile.create(disk, file, index)) {
            FileChannel channel = target.channel();
            // Checksums are known after the data are written; they do not change the length of the header.
            channel.position(header.encode().remaining());
            for (Section section : header.sections()) {
                header.checksums().put(section, write(channel, header, section));
            }
            channel.position(0);
            ByteBuffer encoded = header.encode();
            AtomicFile.write(channel, encoded.duplicate());
            target.complete();
            return new PartFile(
                    IndexFile.name(file),
                    encoded.remaining() + header.dataBytes(),
                    Checksums.ofHeader(encoded.array()));
        }
    }

    private int write(FileChannel channel, IndexHeader header, Section section) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer table = table(section);
        if (table != null) {
            crc.update(table.duplicate());
            AtomicFile.write(channel, table);
            return (int) crc.getValue();
        }
        Detail detail = Detail.of(section);
        boolean values = detail != null && section == detail.bytes;
        long detailBytes = 0;
        for (Keys part : keys) {
            long partBytes = detail == null ? 0 : part.detailBytes(detail);
            long elements = values ? partBytes : part.count();
            long elementBytes = values ? 1 : header.bytes(section) / header.size();
            int step = (int) Math.max(1, InputFile.CHUNK_BYTES / elementBytes);
            for (long first = 0; first < elements; first += step) {
                int count = (int) Math.min(step, elements - first);
                ByteBuffer bytes = part.bytes(section, first, count, detailBytes);
                crc.update(bytes.duplicate());
                AtomicFile.write(channel, bytes);
            }
            detailBytes += partBytes;
        }
        return (int) crc.getValue();
    }

    IndexHeader header() {
        Map<Section, Long> lengths = new EnumMap<>(Section.class);
        lengths.put(Section.PROJECTION, (long) extra.projection().length / format.dim());
        lengths.put(Section.WHITENING, (long) extra.whitening().length / format.dim());
        lengths.put(Section.REMOVED, (long) removed.length);
        lengths.put(Section.REQUESTS, (long) requests.length);
        TuningTensors tuning = extra.tuning();
        lengths.put(Section.TUNING_LABELS, (long) tuning.rows());
        lengths.put(Section.TUNING_NETWORK, tuning.width(tuning.network()));
        lengths.put(Section.TUNING_MIRROR, tuning.width(tuning.mirror()));
        for (Detail detail : Detail.values()) {
            lengths.put(detail.bytes, Keys.detailBytes(keys).of(detail));
        }
        return new IndexHeader(format, Keys.count(keys), nextId, lengths, parts, log, attributes);
    }

    /** Returns the bytes of a section; null if the section has a row for each key. */
    @Nullable
    ByteBuffer table(Section section) {
        return switch (section) {
            case PROJECTION -> bytes(extra.projection());
            case WHITENING -> bytes(extra.whitening());
            case OFFSET -> bytes(extra.offset());
            case REMOVED -> bytes(removed);
            case REQUESTS -> ByteBuffer.wrap(requests);
            case TUNING_KEYS -> ByteBuffer.wrap(extra.tuning().keys());
            case TUNING_LABELS -> bytes(extra.tuning().labels());
            case TUNING_NETWORK -> ByteBuffer.wrap(extra.tuning().network());
            case TUNING_MIRROR -> ByteBuffer.wrap(extra.tuning().mirror());
            default -> null;
        };
    }

    /** Returns the checksum of a section that has no row for each key. */
    int checksum(Section section) {
        CRC32C crc = new CRC32C();
        crc.update(Objects.requireNonNull(table(section)));
        return (int) crc.getValue();
    }

    private static ByteBuffer bytes(float[] values) {
        ByteBuffer bytes = allocate(values.length, Float.BYTES);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    private static ByteBuffer bytes(int[] values) {
        ByteBuffer bytes = allocate(values.length, Integer.BYTES);
        bytes.asIntBuffer().put(values);
        return bytes;
    }

    private static ByteBuffer bytes(long[] values) {
        ByteBuffer bytes = allocate(values.length, Long.BYTES);
        bytes.asLongBuffer().put(values);
        return bytes;
    }

    private static ByteBuffer allocate(int count, int elementBytes) {
        return ByteBuffer.allocate(Math.multiplyExact(count, elementBytes)).order(ByteOrder.nativeOrder());
    }
}
