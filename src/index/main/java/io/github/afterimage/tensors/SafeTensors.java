package io.github.afterimage.tensors;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.tensors.SafeTensorsHeader.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Reads the tensors of a safetensors file; see {@link SafeTensorsHeader}. */
final class SafeTensors {
    private static final int LENGTH_BYTES = SafeTensorsHeader.LENGTH_BYTES;
    /** Maximum arrays in a message; more do not fit a terminal. */
    private static final int LISTED = 20;

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
            throw new CorruptDataException(path + " has " + size + " bytes: expected a .npz, .npy or safetensors file");
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
                .map(entry -> entry.name() + " " + entry.type() + " " + entry.shape())
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
        long[] shape = entry.shape().stream().mapToLong(dimension -> dimension).toArray();
        long bytes = NumericArray.bytes(name, type.bytes, shape);
        if (bytes != entry.end() - entry.begin()) {
            throw new CorruptDataException(
                    name + " has " + (entry.end() - entry.begin()) + " bytes: its shape and dtype need " + bytes);
        }
        Region region = new Region(channel, name, dataStart + entry.begin(), bytes);
        return new NumericArray(name, type, ByteOrder.LITTLE_ENDIAN, shape, region);
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
        try {
            SafeTensorsHeader header = SafeTensorsHeader.parse(json);
            List<Entry> entries = List.copyOf(header.tensors(true).values());
            target.addMetadata(header.metadata());
            return entries;
        } catch (IllegalArgumentException e) {
            throw new CorruptDataException(path + " has a bad safetensors header: " + e.getMessage(), e);
        }
    }
}
