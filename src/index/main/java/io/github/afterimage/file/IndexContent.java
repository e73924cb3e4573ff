package io.github.afterimage.file;

import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.WeightChanges;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
 * @param map the map that reduced the keys
 * @param removed ids of keys that were removed from the parts, ascending
 * @param weights the keys whose weight is not 1
 * @param requests the requests that are remembered
 * @param attributes kept in the metadata; no key begins with {@code "afterimage."}
 */
record IndexContent(
        KeyFormat format,
        List<Keys> keys,
        long nextId,
        MapTensors map,
        long[] removed,
        WeightChanges weights,
        byte[] requests,
        IndexHeader.Files files,
        Map<String, String> attributes) {
    /** Describes keys alone. */
    static IndexContent ofKeys(KeyFormat format, List<Keys> keys, long nextId, WeightChanges weights) {
        return new IndexContent(
                format,
                keys,
                nextId,
                MapTensors.NONE,
                new long[0],
                weights,
                new byte[0],
                IndexHeader.Files.NONE,
                Map.of());
    }

    /** Describes the file that names the parts which hold these keys. */
    IndexContent inParts(List<PartFile> parts, long[] newRemoved) {
        return new IndexContent(
                format,
                List.of(),
                nextId,
                map,
                newRemoved,
                weights,
                requests,
                new IndexHeader.Files(parts, files.log()),
                attributes);
    }

    IndexHeader header() {
        IndexHeader.Counts counts = new IndexHeader.Counts(
                Keys.count(keys),
                nextId,
                Keys.detailBytes(keys),
                map.projection().length / format.dim(),
                map.whitened(),
                removed.length,
                weights.count(),
                requests.length);
        return new IndexHeader(format, counts, files, attributes);
    }

    /** Returns the bytes of a section; null if the section has a row for each key. */
    @Nullable
    ByteBuffer table(Section section) {
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
        crc.update(Objects.requireNonNull(table(section)));
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
