package io.github.afterimage.file;

import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.ElementType;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.ValueFormat;
import io.github.afterimage.log.LogPosition;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.tensors.ArrayFile;
import io.github.afterimage.tensors.NumberType;
import io.github.afterimage.tensors.SafeTensorsHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the header of an index file. It recomputes and compares every value that dim, size and type determine. */
final class HeaderReader {
    /** The beginning of a finding about the length of the file. */
    static final String DATA = "data: ";

    private static final String METADATA = SafeTensorsHeader.METADATA;

    private final Path file;
    private final Map<?, ?> root;
    private final Map<?, ?> metadata;

    private HeaderReader(Path file, byte[] bytes) throws CorruptIndexException {
        this.file = file;
        root = json(bytes);
        if (!(root.get(METADATA) instanceof Map<?, ?> map) || !map.containsKey(IndexHeader.VERSION_KEY)) {
            throw corrupt("this is a safetensors file without the metadata of an index; " + howToBuild(file));
        }
        metadata = map;
    }

    private static String howToBuild(Path file) {
        return "make an index from its features with build --data features:" + file;
    }

    /** Reads the header bytes of an index file. Only its declared length is checked. */
    static byte[] bytes(InputFile file) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(Long.BYTES, file.bytes));
        file.read(start, 0);
        return bytes(file, length(file.path, start.flip(), file.bytes));
    }

    /** Reads the first bytes of a file. */
    static byte[] bytes(InputFile file, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        file.read(bytes, 0);
        return bytes.array();
    }

    /** Returns the length of the header from the first bytes of a file. */
    static int length(Path file, ByteBuffer start, long fileBytes) throws CorruptIndexException {
        if (start.remaining() < SafeTensorsHeader.LENGTH_BYTES) {
            throw new CorruptIndexException(
                    file,
                    "the file has " + fileBytes + " bytes, expected an index of at least " + IndexHeader.ALIGNMENT);
        }
        String format = ArrayFile.format(start.array());
        if (format != null) {
            throw new CorruptIndexException(file, "this is " + format + ", not an index; " + howToBuild(file));
        }
        long length = start.order(ByteOrder.LITTLE_ENDIAN).getLong(start.position());
        long longest = Math.min(SafeTensorsHeader.MAX_BYTES, fileBytes - SafeTensorsHeader.LENGTH_BYTES);
        if (length < 2 || length > longest) {
            throw new CorruptIndexException(
                    file,
                    "header: declared length " + length + " is outside 2.." + longest
                            + "; this is not an index, or it is damaged or truncated");
        }
        return SafeTensorsHeader.LENGTH_BYTES + (int) length;
    }

    /**
     * Reads a header and checks it against itself and against the length of the file. Adds problems that do not prevent further
     * reading to {@code findings}.
     */
    static IndexHeader read(Path file, byte[] bytes, long fileBytes, List<String> findings)
            throws CorruptIndexException {
        HeaderReader reader = new HeaderReader(file, bytes);
        int version = reader.version();
        if (!Checksums.hex(Checksums.ofHeader(bytes)).equals(reader.metadata.get(Checksums.HEADER_KEY))) {
            findings.add("header: the checksum does not match; the file is damaged");
        }
        IndexHeader header = reader.header(version);
        try {
            reader.skip(header, version);
            reader.compare(header, fileBytes - bytes.length, findings);
        } catch (ArithmeticException e) {
            throw new CorruptIndexException(
                    file, "keys: shape " + header.shape(Section.KEYS) + " is larger than any file");
        }
        for (Section section : header.sections()) {
            header.checksums().put(section, reader.checksum(section.tensor));
        }
        return header;
    }

    private int version() throws CorruptIndexException {
        Object version = metadata.get(IndexHeader.VERSION_KEY);
        for (int known = IndexHeader.WHOLE; known <= IndexHeader.WITH_CLASS_FACTOR; known++) {
            if (Integer.toString(known).equals(version)) {
                return known;
            }
        }
        throw corrupt("format version " + version + ": this release reads versions " + IndexHeader.WHOLE + " to "
                + IndexHeader.WITH_CLASS_FACTOR);
    }

    private IndexHeader header(int version) throws CorruptIndexException {
        List<Long> shape = shape(Section.KEYS);
        if (shape.size() != 2 || shape.get(0) < 0 || shape.get(1) < 1 || shape.get(1) > Integer.MAX_VALUE) {
            throw corrupt("keys: shape " + shape + ", expected [size, dim]");
        }
        ElementType type = type(Section.KEYS);
        if (type == null) {
            throw corrupt(
                    "header: element type " + tensor(Section.KEYS).get("dtype") + ", expected F32, F16, BF16 or I8");
        }
        long classes = number(IndexHeader.CLASSES_KEY, 0);
        if (classes < 1 || classes > KeyStore.MAX_CLASSES) {
            throw corrupt("header: " + classes + " classes, expected 1 to " + KeyStore.MAX_CLASSES);
        }
        long nextId = number(IndexHeader.NEXT_ID_KEY, 0);
        if (nextId < 0 || nextId > KeyStore.MAX_ID) {
            throw corrupt("header: next id " + nextId + ", expected 0..2^62");
        }
        boolean inParts = version == IndexHeader.IN_PARTS
                || version >= IndexHeader.WITH_OPTIONAL && metadata.containsKey(IndexHeader.PARTS_KEY);
        Map<String, String> attributes = new LinkedHashMap<>();
        metadata.forEach((key, value) -> {
            if (!((String) key).startsWith(IndexHeader.PREFIX)) {
                attributes.put((String) key, String.valueOf(value));
            }
        });
        List<Section> known = new ArrayList<>(List.of(Section.PROJECTION, Section.WHITENING));
        if (inParts) {
            known.add(Section.REMOVED);
        }
        if (version >= IndexHeader.WITH_WEIGHTS) {
            known.add(Section.WEIGHTED_IDS);
        }
        if (version >= IndexHeader.WITH_OPTIONAL) {
            known.addAll(List.of(Section.NAMES, Section.THUMBNAILS, Section.REQUESTS, Section.SKETCH));
        }
        Map<Section, Long> lengths = new EnumMap<>(Section.class);
        for (Section section : known) {
            lengths.put(section, length(section));
        }
        return new IndexHeader(
                new KeyFormat(shape.get(1).intValue(), (int) classes, type, values(version)),
                shape.get(0),
                nextId,
                lengths,
                inParts ? parts(shape.get(0)) : List.of(),
                log(),
                attributes);
    }

    /** Returns the element type of a tensor; null if it is none. */
    private @Nullable ElementType type(Section section) throws CorruptIndexException {
        Object name = tensor(section).get("dtype");
        return Arrays.stream(ElementType.values())
                .filter(type -> NumberType.of(type).name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private ValueFormat values(int version) throws CorruptIndexException {
        if (version < IndexHeader.WITH_VALUES || !root.containsKey(Section.VALUES.tensor)) {
            return ValueFormat.NONE;
        }
        List<Long> shape = shape(Section.VALUES);
        ElementType type = type(Section.VALUES);
        if (shape.size() != 2 || shape.get(1) < 1 || shape.get(1) > ValueFormat.MAX_WIDTH) {
            throw corrupt("values: shape " + shape + ", expected [size, width] and a width of at most "
                    + ValueFormat.MAX_WIDTH);
        }
        if (type == null || type.scaled()) {
            throw corrupt("values: type " + tensor(Section.VALUES).get("dtype") + ", expected F32, F16 or BF16");
        }
        return new ValueFormat(shape.get(1).intValue(), type);
    }

    private @Nullable LogPosition log() throws CorruptIndexException {
        Object log = metadata.get(IndexHeader.LOG_KEY);
        try {
            return log == null ? null : LogPosition.parse(String.valueOf(log));
        } catch (IllegalArgumentException e) {
            throw corrupt("log: " + e.getMessage());
        }
    }

    /** Returns the last dimension of a tensor; 0 if the tensor is absent. */
    private long length(Section section) throws CorruptIndexException {
        if (!root.containsKey(section.tensor)) {
            return 0;
        }
        List<Long> shape = shape(section);
        long length = shape.isEmpty() ? 0 : shape.get(shape.size() - 1);
        if (length < 1 || section == Section.PROJECTION && length > Integer.MAX_VALUE) {
            throw corrupt(section.tensor + ": shape " + shape + ", expected positive dimensions");
        }
        return length;
    }

    private List<PartFile> parts(long size) throws CorruptIndexException {
        List<PartFile> parts = new ArrayList<>();
        try {
            for (String line :
                    String.valueOf(metadata.get(IndexHeader.PARTS_KEY)).split("\n", -1)) {
                parts.add(PartFile.parse(line));
            }
        } catch (IllegalArgumentException e) {
            throw corrupt("parts: " + e.getMessage());
        }
        if (size != 0) {
            throw corrupt("keys: " + size + " in a file with parts, expected all keys in the parts");
        }
        return parts;
    }

    /** Finds unknown tensors; they must be optional and lie behind the others without a gap. */
    private void skip(IndexHeader header, int version) throws CorruptIndexException {
        Set<Object> unknown = new LinkedHashSet<>(root.keySet());
        unknown.remove(METADATA);
        header.sections().forEach(section -> unknown.remove(section.tensor));
        boolean listed = version >= IndexHeader.WITH_OPTIONAL && metadata.containsKey(IndexHeader.OPTIONAL_KEY);
        List<String> optional = listed
                ? List.of(String.valueOf(metadata.get(IndexHeader.OPTIONAL_KEY)).split("\n"))
                : List.of();
        for (Object name : unknown) {
            if (!optional.contains(name)) {
                throw corrupt(
                        "header: tensor \"" + name + "\" is not known to this release, and the file does not list it as"
                                + " optional; open it with a newer release");
            }
            header.skipped().add(skipped((String) name));
        }
        header.skipped().sort(Comparator.comparing(StoredTensor::offset).thenComparing(StoredTensor::bytes));
        long end = header.knownBytes();
        for (StoredTensor tensor : header.skipped()) {
            if (tensor.offset() != end) {
                throw corrupt(tensor.name() + ": begins at byte " + tensor.offset() + " of the data, expected " + end
                        + ", the end of the tensor before it");
            }
            end = Math.addExact(end, tensor.bytes());
        }
    }

    private StoredTensor skipped(String name) throws CorruptIndexException {
        if (root.get(name) instanceof Map<?, ?> tensor
                && tensor.get("data_offsets") instanceof List<?> offsets
                && offsets.size() == 2
                && offsets.get(0) instanceof Long from
                && offsets.get(1) instanceof Long to
                && from >= 0
                && from <= to) {
            return new StoredTensor(name, from, to - from, checksum(name));
        }
        throw corrupt(name + ": " + root.get(name) + ", expected a tensor with its offsets");
    }

    private void compare(IndexHeader header, long dataBytes, List<String> findings) throws CorruptIndexException {
        long end = header.dataBytes();
        for (Section section : header.sections()) {
            Map<?, ?> tensor = tensor(section);
            long offset = header.offset(section);
            List<Long> offsets = List.of(offset, offset + header.bytes(section));
            if (!header.tensorType(section).equals(tensor.get("dtype"))
                    || !header.shape(section).equals(tensor.get("shape"))
                    || !offsets.equals(tensor.get("data_offsets"))) {
                throw corrupt(section.tensor + ": " + tensor + ", expected " + header.tensorType(section) + " "
                        + header.shape(section) + " at " + offsets);
            }
        }
        if (end != dataBytes) {
            findings.add(DATA + dataBytes + " bytes, expected " + end + "; the file is "
                    + (dataBytes < end ? "truncated" : "extended"));
        }
    }

    private Map<?, ?> json(byte[] bytes) throws CorruptIndexException {
        int start = SafeTensorsHeader.LENGTH_BYTES;
        try {
            return SafeTensorsHeader.parse(ByteBuffer.wrap(bytes, start, bytes.length - start));
        } catch (IllegalArgumentException e) {
            throw corrupt("header: " + e.getMessage());
        }
    }

    private Map<?, ?> tensor(Section section) throws CorruptIndexException {
        if (root.get(section.tensor) instanceof Map<?, ?> tensor) {
            return tensor;
        }
        throw corrupt("header: tensor \"" + section.tensor + "\" is missing");
    }

    private List<Long> shape(Section section) throws CorruptIndexException {
        List<Long> shape = new ArrayList<>();
        if (tensor(section).get("shape") instanceof List<?> list) {
            for (Object element : list) {
                shape.add(element instanceof Long number ? number : -1L);
            }
        }
        return shape;
    }

    /** Returns a number of the metadata: {@code absent} if the entry is absent, -1 if it is not a number. */
    private long number(String key, long absent) {
        if (!metadata.containsKey(key)) {
            return absent;
        }
        try {
            return Long.parseLong(String.valueOf(metadata.get(key)));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private CorruptIndexException corrupt(String finding) {
        return new CorruptIndexException(file, finding);
    }

    private int checksum(String tensor) throws CorruptIndexException {
        try {
            return Checksums.parse(String.valueOf(metadata.get(Checksums.key(tensor))));
        } catch (IllegalArgumentException e) {
            throw corrupt(tensor + ": " + e.getMessage());
        }
    }
}
