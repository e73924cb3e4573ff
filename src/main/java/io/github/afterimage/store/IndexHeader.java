package io.github.afterimage.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The header of an index file: the length (8 bytes, little-endian), then the safetensors JSON, padded with spaces so that
 * the data, which begin with the keys, start at a multiple of {@link #ALIGNMENT}.
 *
 * <p>{@code projectedDim} is the length of a key before it was reduced to {@code dim} by a projection that is stored with
 * the index, {@code (dim, projectedDim)}; 0 where there is none.
 *
 * <p>{@code nextId} is above every id that was ever given, also to keys that were removed since; 0 where it follows from
 * the ids.
 *
 * <p>Everything that follows from dim, size and type is recomputed and compared, never trusted. The checksum of the
 * header is taken with its own eight digits as zeros.
 */
record IndexHeader(
        long size,
        int dim,
        int classes,
        ElementType type,
        int projectedDim,
        long nextId,
        Map<String, String> attributes,
        Map<Section, Integer> checksums) {

    /** The tensors, in the order in which they lie in the file. */
    enum Section {
        KEYS("keys"),
        IDS("ids"),
        LABELS("labels"),
        SCALES("scales"),
        PROJECTION("projection");

        final String tensor;

        Section(String tensor) {
            this.tensor = tensor;
        }

        String checksumKey() {
            return PREFIX + "crc32c." + tensor;
        }
    }

    static final int ALIGNMENT = 4096;
    private static final int VERSION = 1;
    private static final int LENGTH_BYTES = 8;
    private static final int LONGEST_HEADER = 16 << 20;
    private static final String PREFIX = "afterimage.";
    private static final String VERSION_KEY = PREFIX + "version";
    private static final String CLASSES_KEY = PREFIX + "classes";
    private static final String NEXT_ID_KEY = PREFIX + "next_id";
    private static final String CHECKSUM_KEY = PREFIX + "crc32c.header";
    private static final String NO_CHECKSUM = "00000000";

    List<Section> sections() {
        List<Section> sections = new ArrayList<>(List.of(Section.KEYS, Section.IDS, Section.LABELS));
        if (type.scaled()) {
            sections.add(Section.SCALES);
        }
        if (projectedDim > 0) {
            sections.add(Section.PROJECTION);
        }
        return sections;
    }

    long bytes(Section section) {
        return switch (section) {
            case KEYS -> Segment.rowBytes(type, dim, size);
            case IDS -> Math.multiplyExact(size, Long.BYTES);
            case LABELS -> Math.multiplyExact(size, Integer.BYTES);
            case SCALES -> Math.multiplyExact(size, Float.BYTES);
            case PROJECTION -> Math.multiplyExact((long) dim * projectedDim, Float.BYTES);
        };
    }

    private String tensorType(Section section) {
        return switch (section) {
            case KEYS -> type.tensorType();
            case IDS -> "I64";
            case LABELS -> "I32";
            case SCALES, PROJECTION -> "F32";
        };
    }

    private List<Long> shape(Section section) {
        return switch (section) {
            case KEYS -> List.of(size, (long) dim);
            case PROJECTION -> List.of((long) dim, (long) projectedDim);
            default -> List.of(size);
        };
    }

    long dataBytes() {
        return sections().stream().mapToLong(this::bytes).reduce(0, Math::addExact);
    }

    /** The header as it stands in the file, checksum included. */
    ByteBuffer encode() {
        Map<String, String> metadata = new LinkedHashMap<>(attributes);
        metadata.put(VERSION_KEY, Integer.toString(VERSION));
        metadata.put(CLASSES_KEY, Integer.toString(classes));
        if (nextId > 0) {
            metadata.put(NEXT_ID_KEY, Long.toString(nextId));
        }
        for (Section section : sections()) {
            metadata.put(section.checksumKey(), hex(checksums.getOrDefault(section, 0)));
        }
        metadata.put(CHECKSUM_KEY, NO_CHECKSUM);
        List<String> members = new ArrayList<>();
        List<String> entries = new ArrayList<>();
        metadata.forEach((key, value) -> entries.add(Json.quote(key) + ":" + Json.quote(value)));
        members.add("\"__metadata__\":{" + String.join(",", entries) + "}");
        long offset = 0;
        for (Section section : sections()) {
            long end = offset + bytes(section);
            members.add(String.format(
                    "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}",
                    section.tensor,
                    tensorType(section),
                    shape(section).toString().replace(" ", ""),
                    offset,
                    end));
            offset = end;
        }
        String json = "{" + String.join(",", members) + "}";
        int length = LENGTH_BYTES + json.length();
        int padded = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        byte[] bytes = new byte[padded];
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded - LENGTH_BYTES);
        header.put((json + " ".repeat(padded - length)).getBytes(StandardCharsets.US_ASCII));
        int digits = checksumPosition(bytes);
        System.arraycopy(hex(checksum(bytes)).getBytes(StandardCharsets.US_ASCII), 0, bytes, digits, 8);
        return header.flip();
    }

    /** How long the header is, from the first bytes of a file. */
    static int length(Path file, ByteBuffer start, long fileBytes) throws CorruptIndexException {
        if (start.remaining() < LENGTH_BYTES) {
            throw new CorruptIndexException(
                    file, "the file has " + fileBytes + " bytes, expected an index of at least " + ALIGNMENT);
        }
        long length = start.order(ByteOrder.LITTLE_ENDIAN).getLong(start.position());
        if (length < 2 || length > Math.min(LONGEST_HEADER, fileBytes - LENGTH_BYTES)) {
            throw new CorruptIndexException(
                    file,
                    "header: declared length " + length + " is outside 2.."
                            + Math.min(LONGEST_HEADER, fileBytes - LENGTH_BYTES)
                            + "; this is not an index, or it is damaged or truncated");
        }
        return LENGTH_BYTES + (int) length;
    }

    /** Reads and checks everything that a header says, against itself and against the length of the file. */
    static IndexHeader decode(Path file, byte[] bytes, long fileBytes) throws IOException {
        Map<?, ?> root = json(file, bytes);
        if (!(root.get("__metadata__") instanceof Map<?, ?> metadata) || !metadata.containsKey(VERSION_KEY)) {
            throw new CorruptIndexException(
                    file,
                    "this is a safetensors file without an index's metadata; make an index from it with"
                            + " build --data features:FILE");
        }
        if (!Integer.toString(VERSION).equals(metadata.get(VERSION_KEY))) {
            throw new CorruptIndexException(
                    file, "format version " + metadata.get(VERSION_KEY) + ": this release reads version " + VERSION);
        }
        if (!hex(checksum(bytes)).equals(metadata.get(CHECKSUM_KEY))) {
            throw new CorruptIndexException(file, "header: the checksum does not match; the file is damaged");
        }
        List<Long> shape = longs(tensor(file, root, Section.KEYS.tensor).get("shape"));
        Object typeName = tensor(file, root, Section.KEYS.tensor).get("dtype");
        ElementType type = null;
        for (ElementType candidate : ElementType.values()) {
            type = candidate.tensorType().equals(typeName) ? candidate : type;
        }
        int classes = classes(metadata.get(CLASSES_KEY));
        if (shape.size() != 2 || shape.get(0) < 0 || shape.get(1) < 1 || shape.get(1) > Integer.MAX_VALUE) {
            throw new CorruptIndexException(file, "keys: shape " + shape + ", expected [size, dim]");
        }
        int projectedDim = root.containsKey(Section.PROJECTION.tensor)
                ? projectedDim(
                        longs(tensor(file, root, Section.PROJECTION.tensor).get("shape")))
                : 0;
        if (projectedDim < 0) {
            throw new CorruptIndexException(file, "projection: expected the shape [dim, length before]");
        }
        if (type == null || classes < 1) {
            throw new CorruptIndexException(file, "header: element type " + typeName + " with " + classes + " classes");
        }
        Map<String, String> attributes = new LinkedHashMap<>();
        metadata.forEach((key, value) -> {
            if (!((String) key).startsWith(PREFIX)) {
                attributes.put((String) key, String.valueOf(value));
            }
        });
        Map<Section, Integer> checksums = new LinkedHashMap<>();
        IndexHeader header = new IndexHeader(
                shape.get(0),
                shape.get(1).intValue(),
                classes,
                type,
                projectedDim,
                nextId(file, metadata.get(NEXT_ID_KEY)),
                attributes,
                checksums);
        try {
            header.compare(file, root, fileBytes - bytes.length);
        } catch (ArithmeticException e) {
            throw new CorruptIndexException(file, "keys: shape " + shape + " is larger than any file");
        }
        for (Section section : header.sections()) {
            checksums.put(section, parseHex(file, metadata.get(section.checksumKey()), section));
        }
        return header;
    }

    private void compare(Path file, Map<?, ?> root, long dataBytes) throws CorruptIndexException {
        if (root.size() != sections().size() + 1) {
            throw new CorruptIndexException(
                    file, "header: names " + root.keySet() + ", expected the tensors of an index");
        }
        long offset = 0;
        for (Section section : sections()) {
            Map<?, ?> tensor = tensor(file, root, section.tensor);
            List<Long> offsets = List.of(offset, Math.addExact(offset, bytes(section)));
            if (!tensorType(section).equals(tensor.get("dtype"))
                    || !shape(section).equals(tensor.get("shape"))
                    || !offsets.equals(tensor.get("data_offsets"))) {
                throw new CorruptIndexException(
                        file,
                        section.tensor + ": " + tensor + ", expected " + tensorType(section) + " " + shape(section)
                                + " at " + offsets);
            }
            offset = offsets.get(1);
        }
        if (offset != dataBytes) {
            throw new CorruptIndexException(
                    file,
                    "data: " + dataBytes + " bytes, expected " + offset + "; the file is "
                            + (dataBytes < offset ? "truncated" : "extended"));
        }
    }

    private static Map<?, ?> json(Path file, byte[] bytes) throws CorruptIndexException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, LENGTH_BYTES, bytes.length - LENGTH_BYTES))
                    .toString();
            if (Json.parse(text) instanceof Map<?, ?> root) {
                return root;
            }
            throw new CorruptIndexException(file, "header: not a JSON object");
        } catch (CharacterCodingException | IllegalArgumentException e) {
            throw new CorruptIndexException(file, "header: not valid JSON: " + e.getMessage());
        }
    }

    private static Map<?, ?> tensor(Path file, Map<?, ?> root, String name) throws CorruptIndexException {
        if (root.get(name) instanceof Map<?, ?> tensor) {
            return tensor;
        }
        throw new CorruptIndexException(file, "header: tensor \"" + name + "\" is missing");
    }

    private static int projectedDim(List<Long> shape) {
        boolean valid = shape.size() == 2 && shape.get(1) >= 1 && shape.get(1) <= Integer.MAX_VALUE;
        return valid ? shape.get(1).intValue() : -1;
    }

    private static List<Long> longs(Object value) {
        List<Long> longs = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object element : list) {
                longs.add(element instanceof Long number ? number : -1L);
            }
        }
        return longs;
    }

    private static int classes(Object value) {
        try {
            return Integer.parseInt(String.valueOf(value));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static long nextId(Path file, Object value) throws CorruptIndexException {
        try {
            return value == null ? 0 : Long.parseLong(String.valueOf(value));
        } catch (NumberFormatException e) {
            throw new CorruptIndexException(file, "header: " + NEXT_ID_KEY + " \"" + value + "\", expected a number");
        }
    }

    private static int parseHex(Path file, Object value, Section section) throws CorruptIndexException {
        try {
            return Integer.parseUnsignedInt(String.valueOf(value), 16);
        } catch (NumberFormatException e) {
            throw new CorruptIndexException(file, section.tensor + ": checksum \"" + value + "\", expected 8 digits");
        }
    }

    private static String hex(int checksum) {
        return String.format("%08x", checksum);
    }

    /** Of the header with the digits of this checksum as zeros. */
    private static int checksum(byte[] header) {
        CRC32C crc = new CRC32C();
        int digits = checksumPosition(header);
        if (digits < 0) {
            crc.update(header);
        } else {
            crc.update(header, 0, digits);
            crc.update(NO_CHECKSUM.getBytes(StandardCharsets.US_ASCII));
            crc.update(header, digits + 8, header.length - digits - 8);
        }
        return (int) crc.getValue();
    }

    private static int checksumPosition(byte[] header) {
        String marker = Json.quote(CHECKSUM_KEY) + ":\"";
        int position = new String(header, StandardCharsets.ISO_8859_1).lastIndexOf(marker);
        int digits = position + marker.length();
        return position < 0 || digits > header.length - 8 ? -1 : digits;
    }
}
