package io.github.afterimage.tensors;

import io.github.afterimage.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the tensors of a safetensors file; see {@link SafeTensorsHeader}. */
final class SafeTensors {
    private static final int LENGTH_BYTES = SafeTensorsHeader.LENGTH_BYTES;
    /** Maximum number of tensors, because each takes time and memory; a file of features has far fewer. */
    private static final int MAX_TENSORS = 100_000;
    /** Maximum number of dimensions, as in NumPy. */
    private static final int MAX_DIMENSIONS = 64;
    /** Maximum arrays in a message; more do not fit a terminal. */
    private static final int LISTED = 20;

    private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");

    private record Entry(String name, String type, long[] shape, long begin, long end) {}

    private SafeTensors() {}

    /**
     * Adds the wanted arrays and the metadata to {@code target}.
     *
     * @return a list of the arrays of the file for messages; only the first ones if there are many
     */
    static String read(Path path, FileChannel channel, List<String> wanted, ArrayFile target) throws IOException {
        long size = channel.size();
        Region file = new Region(channel, path.toString(), 0, size);
        if (size < LENGTH_BYTES) {
            throw new CorruptDataException(
                    path + " has " + size + " bytes: expected a .npz, .npy, safetensors or flat Faiss file");
        }
        ByteBuffer lengthBytes = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.read(0, lengthBytes);
        long length = lengthBytes.getLong(0);
        if (length < 2 || length > SafeTensorsHeader.MAX_BYTES || length > size - LENGTH_BYTES) {
            throw new CorruptDataException(
                    path + " is neither a .npz nor an intact safetensors file: its header would have "
                            + Long.toUnsignedString(length) + " bytes, but at most "
                            + Math.min(SafeTensorsHeader.MAX_BYTES, size - LENGTH_BYTES) + " are possible");
        }
        ByteBuffer header = ByteBuffer.allocate((int) length);
        file.read(LENGTH_BYTES, header);
        List<Entry> entries = entries(path, header.rewind(), target);
        Region data = file.from(LENGTH_BYTES + length);
        requireContiguous(path, entries, data.length());
        for (Entry entry : entries) {
            if (wanted.contains(entry.name())) {
                target.add(entry.name(), array(path, channel, entry, LENGTH_BYTES + length));
            }
        }
        String first = entries.stream()
                .limit(LISTED)
                .map(entry -> entry.name() + " " + entry.type() + " " + Arrays.toString(entry.shape()))
                .collect(Collectors.joining(", "));
        return entries.isEmpty() ? "none" : first + (entries.size() > LISTED ? " and more" : "");
    }

    private static NumericArray array(Path path, FileChannel channel, Entry entry, long dataStart)
            throws CorruptDataException {
        String name = "\"" + entry.name() + "\" in " + path;
        NumberType type = NumberType.ofSafeTensors(entry.type());
        if (type == null) {
            throw new CorruptDataException(name + " has dtype " + entry.type()
                    + ": expected integers for labels, U8 or floats for images, and floats for all other arrays");
        }
        long bytes = NumericArray.bytes(name, type.bytes, entry.shape());
        if (bytes != entry.end() - entry.begin()) {
            throw new CorruptDataException(
                    name + " has " + (entry.end() - entry.begin()) + " bytes: its shape and dtype need " + bytes);
        }
        Region region = new Region(channel, name, dataStart + entry.begin(), bytes);
        return new NumericArray(name, type, ByteOrder.LITTLE_ENDIAN, entry.shape(), region);
    }

    private static void requireContiguous(Path path, List<Entry> entries, long dataBytes) throws CorruptDataException {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long position = 0;
        for (Entry entry : sorted) {
            if (entry.begin() != position || entry.end() < entry.begin() || entry.end() > dataBytes) {
                throw new CorruptDataException("\"" + entry.name() + "\" in " + path + " has data_offsets ["
                        + entry.begin() + ", " + entry.end() + "]: expected to start at " + position
                        + " and to end within " + dataBytes + " bytes");
            }
            position = entry.end();
        }
        if (position != dataBytes) {
            throw new CorruptDataException(
                    path + " has " + dataBytes + " bytes of tensors: its header describes " + position);
        }
    }

    private static List<Entry> entries(Path path, ByteBuffer json, ArrayFile target) throws CorruptDataException {
        Map<?, ?> root;
        try {
            root = SafeTensorsHeader.parse(json);
        } catch (IllegalArgumentException e) {
            throw new CorruptDataException(path + " has a damaged safetensors header: " + e.getMessage(), e);
        }
        if (root.size() > MAX_TENSORS) {
            throw new CorruptDataException(path + " has more than " + MAX_TENSORS
                    + " tensors, the maximum: save features, labels and probabilities alone");
        }
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<?, ?> member : root.entrySet()) {
            if (!member.getKey().equals(SafeTensorsHeader.METADATA)) {
                entries.add(entry(path, (String) member.getKey(), member.getValue()));
            } else if (member.getValue() instanceof Map<?, ?> texts) {
                target.addMetadata(texts);
            }
        }
        return entries;
    }

    private static Entry entry(Path path, String name, Object value) throws CorruptDataException {
        Map<?, ?> tensor = value instanceof Map<?, ?> map ? map : Map.of();
        for (Object field : tensor.keySet()) {
            if (!FIELDS.contains(field)) {
                throw new CorruptDataException("\"" + name + "\" in " + path + " has an unknown field \"" + field
                        + "\": expected dtype, shape and data_offsets");
            }
        }
        if (!(tensor.get("dtype") instanceof String type)
                || !(tensor.get("shape") instanceof List<?> shape)
                || !(tensor.get("data_offsets") instanceof List<?> offsets)
                || offsets.size() != 2) {
            throw new CorruptDataException(
                    "\"" + name + "\" in " + path + " is incomplete: expected dtype, shape and two data_offsets");
        }
        long[] ends = longs(path, offsets);
        return new Entry(name, type, longs(path, shape), ends[0], ends[1]);
    }

    private static long[] longs(Path path, List<?> values) throws CorruptDataException {
        if (values.size() > MAX_DIMENSIONS || !values.stream().allMatch(Long.class::isInstance)) {
            throw new CorruptDataException(path + " has a damaged safetensors header: expected at most "
                    + MAX_DIMENSIONS + " whole numbers in a shape");
        }
        return values.stream().mapToLong(Long.class::cast).toArray();
    }
}
