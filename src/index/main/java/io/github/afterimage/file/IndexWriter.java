package io.github.afterimage.file;

import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.WeightChanges;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Writes one index file: under a temporary name first, then forced to the disk, then renamed. */
public final class IndexWriter {
    private static final int CHUNK_BYTES = InputFile.CHUNK_BYTES;

    private IndexWriter() {}

    /**
     * Writes the file.
     *
     * @param header contents of the header; this method sets its checksums
     * @param keys the {@code header.size()} keys of the file
     */
    public static void write(Disk disk, Path file, IndexHeader header, List<Keys> keys, Tables tables)
            throws IOException {
        try (AtomicFile target = AtomicFile.create(disk, file)) {
            FileChannel channel = target.channel();
            // Checksums are known after the data are written; they do not change the length of the header.
            channel.position(header.encode().remaining());
            for (Section section : header.sections()) {
                header.checksums().put(section, write(channel, header, section, keys, tables));
            }
            channel.position(0);
            write(channel, header.encode());
            target.complete();
        }
    }

    /**
     * The tensors that have no row for each key.
     *
     * @param map the map that reduced the keys
     * @param removed ids of keys that were removed from the parts, ascending
     * @param weights the keys whose weight is not 1
     * @param requests the requests that are remembered
     */
    public record Tables(MapTensors map, long[] removed, WeightChanges weights, byte[] requests) {
        static final Tables NONE = of(MapTensors.NONE);

        static Tables of(MapTensors map) {
            return new Tables(map, new long[0], WeightChanges.NONE, new byte[0]);
        }

        /** Returns the bytes of a section; null if the section has a row for each key. */
        @Nullable
        ByteBuffer bytes(Section section) {
            return switch (section) {
                case PROJECTION -> bytes(map.projection());
                case WHITENING -> bytes(map.whitening());
                case OFFSET -> bytes(map.offset());
                case REMOVED -> bytes(removed);
                case WEIGHTED_IDS -> bytes(weights.ids());
                case WEIGHTS -> bytes(weights.weights());
                case REQUESTS -> ByteBuffer.wrap(requests);
                default -> null;
            };
        }

        /** Returns the checksum of a section that has no row for each key. */
        int checksum(Section section) {
            CRC32C crc = new CRC32C();
            crc.update(Objects.requireNonNull(bytes(section)));
            return (int) crc.getValue();
        }

        private static ByteBuffer bytes(float[] values) {
            ByteBuffer bytes = allocate(values.length, Float.BYTES);
            bytes.asFloatBuffer().put(values);
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

    private static int write(FileChannel channel, IndexHeader header, Section section, List<Keys> keys, Tables tables)
            throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer table = tables.bytes(section);
        if (table != null) {
            crc.update(table.duplicate());
            write(channel, table);
            return (int) crc.getValue();
        }
        Detail detail = Detail.of(section);
        boolean values = detail != null && section == detail.bytes;
        long detailBytes = 0;
        for (Keys part : keys) {
            long partBytes = detail == null ? 0 : part.bytes().detailBytes(detail);
            long elements = values ? partBytes : part.count();
            long elementBytes = values ? 1 : header.bytes(section) / header.size();
            int step = (int) Math.max(1, CHUNK_BYTES / elementBytes);
            for (long first = 0; first < elements; first += step) {
                ByteBuffer bytes = bytes(part, section, first, (int) Math.min(step, elements - first), detailBytes);
                crc.update(bytes.duplicate());
                write(channel, bytes);
            }
            detailBytes += partBytes;
        }
        return (int) crc.getValue();
    }

    /** @param detailBytes total bytes of the detail of all earlier keys */
    private static ByteBuffer bytes(Keys keys, Section section, long first, int count, long detailBytes) {
        return switch (section) {
            case KEYS -> keys.bytes().rows(first, count);
            case IDS -> keys.bytes().ids(first, count);
            case LABELS -> keys.bytes().labels(first, count);
            case SCALES -> keys.bytes().scales(first, count);
            case VALUES -> keys.bytes().values(first, count);
            case NAME_ENDS -> keys.bytes().detailEnds(Detail.NAME, first, count, detailBytes);
            case NAMES -> keys.bytes().detail(Detail.NAME, first, count);
            case THUMBNAIL_ENDS -> keys.bytes().detailEnds(Detail.THUMBNAIL, first, count, detailBytes);
            case THUMBNAILS -> keys.bytes().detail(Detail.THUMBNAIL, first, count);
            case PROJECTION, WHITENING, OFFSET, REMOVED, WEIGHTED_IDS, WEIGHTS, REQUESTS ->
                throw new AssertionError(section + " is not part of the keys");
        };
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
