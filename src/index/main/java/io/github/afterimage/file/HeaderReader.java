package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.Section;
import io.github.afterimage.log.LogPosition;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.settings.ElementType;
import io.github.afterimage.tensors.ArrayFile;
import io.github.afterimage.tensors.SafeTensorsHeader;
import io.github.afterimage.tensors.SafeTensorsHeader.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the header of an index file. It recomputes and compares every value that dim, size and type determine. */
final class HeaderReader {
    /** The beginning of a finding about the length of the file. */
    static final String DATA = "data: ";

    private final Path file;
    private final Map<String, String> metadata;
    private final Map<String, Entry> tensors;

    private HeaderReader(Path file, byte[] bytes) throws CorruptIndexException {
        this.file = file;
        int start = SafeTensorsHeader.LENGTH_BYTES;
        try {
            SafeTensorsHeader header = SafeTensorsHeader.parse(ByteBuffer.wrap(bytes, start, bytes.length - start));
            metadata = header.metadata();
            requireVersion(); // before the tensors, which another version may describe otherwise
            tensors = header.tensors(false);
        } catch (IllegalArgumentException e) {
            throw corrupt("header: " + e.getMessage());
        }
    }

    private static String howToBuild(Path file) {
        return "its features can be the data of a new index: features:" + file;
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
            throw tooShort(file, fileBytes);
        }
        String format = ArrayFile.format(start.array());
        if (format != null) {
            throw new CorruptIndexException(file, "this is " + format + ", not an index; " + howToBuild(file));
        }
        long length = start.order(ByteOrder.LITTLE_ENDIAN).getLong(start.position());
        long longest = Math.min(SafeTensorsHeader.MAX_BYTES, fileBytes - SafeTensorsHeader.LENGTH_BYTES);
        if (length < 2 || length > longest) {
            throw fileBytes < IndexHeader.ALIGNMENT
                    ? tooShort(file, fileBytes)
                    : new CorruptIndexException(
                            file,
                            "no index, or damaged or truncated: the header's declared length " + length
                                    + " is outside 2.." + longest);
        }
        return SafeTensorsHeader.LENGTH_BYTES + (int) length;
    }

    private static CorruptIndexException tooShort(Path file, long bytes) {
        return new CorruptIndexException(
                file,
                "no index, or truncated: the file has " + bytes + " bytes, expected at least " + IndexHeader.ALIGNMENT);
    }

    /**
     * Reads a header and checks it against itself and against the length of the file. Adds problems that do not prevent further
     * reading to {@code findings}.
     */
    static IndexHeader read(Path file, byte[] bytes, long fileBytes, List<String> findings)
            throws CorruptIndexException {
        HeaderReader reader = new HeaderReader(file, bytes);
        if (!Checksums.hex(Checksums.ofHeader(bytes)).equals(reader.metadata.get(Checksums.HEADER_KEY))) {
            findings.add("header: the checksum does not match; the file is damaged");
        }
        IndexHeader header = reader.header();
        try {
            reader.skip(header);
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

    private void requireVersion() throws CorruptIndexException {
        String written = metadata.get(IndexHeader.VERSION_KEY);
        if (written == null) {
            throw corrupt("this is a safetensors file without the metadata of an index; " + howToBuild(file));
        }
        if (!written.equals(IndexHeader.VERSION)) {
            throw corrupt("format version " + written + ": expected " + IndexHeader.VERSION
                    + "; build the index again from its data");
        }
    }

    private IndexHeader header() throws CorruptIndexException {
        List<Long> shape = tensor(Section.KEYS).shape();
        if (shape.size() != 2 || shape.get(0) < 0 || shape.get(1) < 1 || shape.get(1) > KeyFormat.MAX_DIM) {
            throw corrupt("keys: shape " + shape + ", expected [size, dim] with a dim of at most " + KeyFormat.MAX_DIM);
        }
        ElementType type = type();
        long classes = number(IndexHeader.CLASSES_KEY);
        if (classes < 1 || classes > KeyFormat.MAX_CLASSES) {
            throw corrupt("header: " + classes + " classes, expected 1 to " + KeyFormat.MAX_CLASSES);
        }
        long nextId = number(IndexHeader.NEXT_ID_KEY);
        if (nextId < 0 || nextId > KeyFormat.MAX_ID) {
            throw corrupt("header: next id " + nextId + ", expected 0..2^62");
        }
        String parts = metadata.get(IndexHeader.PARTS_KEY);
        Map<String, String> attributes = new LinkedHashMap<>();
        metadata.forEach((key, value) -> {
            if (!key.startsWith(IndexHeader.PREFIX)) {
                attributes.put(key, value);
            }
        });
        Map<Section, Long> lengths = new EnumMap<>(Section.class);
        for (Section section : List.of(
                Section.PROJECTION,
                Section.WHITENING,
                Section.REMOVED,
                Section.NAMES,
                Section.THUMBNAILS,
                Section.REQUESTS,
                Section.TUNING_LABELS,
                Section.TUNING_NETWORK,
                Section.TUNING_MIRROR)) {
            lengths.put(section, length(section));
        }
        requireTuning(lengths, classes);
        long removed = length(Section.REMOVED);
        if (parts == null && removed > 0) {
            throw corrupt("removed: " + removed + " ids in a file without parts, expected none");
        }
        return new IndexHeader(
                new KeyFormat(shape.get(1).intValue(), (int) classes, type),
                shape.get(0),
                nextId,
                lengths,
                parts == null ? List.of() : parts(parts, shape.get(0)),
                log(),
                attributes);
    }

    private void requireTuning(Map<Section, Long> lengths, long classes) throws CorruptIndexException {
        long rows = lengths.getOrDefault(Section.TUNING_LABELS, 0L);
        long network = lengths.getOrDefault(Section.TUNING_NETWORK, 0L);
        long mirror = lengths.getOrDefault(Section.TUNING_MIRROR, 0L);
        if (rows > TuningTensors.MOST_ROWS) {
            throw corrupt("tuning_labels: " + rows + " rows, expected at most " + TuningTensors.MOST_ROWS);
        }
        if (network > classes || rows == 0 && network > 0) {
            throw corrupt("tuning_network: " + network + " classes of " + rows + " rows, expected at most " + classes
                    + " and at least one row");
        }
        if (mirror > 0 && mirror != network) {
            throw corrupt("tuning_mirror: " + mirror + " classes, expected " + network + " as in tuning_network");
        }
    }

    private ElementType type() throws CorruptIndexException {
        String name = tensor(Section.KEYS).type();
        return Arrays.stream(ElementType.values())
                .filter(type -> NumberType.of(type).name().equals(name))
                .findFirst()
                .orElseThrow(() -> corrupt("header: element type " + name + ", expected F32, F16, BF16 or I8"));
    }

    private @Nullable LogPosition log() throws CorruptIndexException {
        String log = metadata.get(IndexHeader.LOG_KEY);
        try {
            return log == null ? null : LogPosition.parse(log);
        } catch (IllegalArgumentException e) {
            throw corrupt("log: " + e.getMessage());
        }
    }

    /** Returns the last dimension of a tensor; 0 if the tensor is absent. */
    private long length(Section section) throws CorruptIndexException {
        if (!tensors.containsKey(section.tensor)) {
            return 0;
        }
        List<Long> shape = tensor(section).shape();
        long length = shape.isEmpty() ? 0 : shape.get(shape.size() - 1);
        if (length < 1 || section == Section.PROJECTION && length > Integer.MAX_VALUE) {
            throw corrupt(section.tensor + ": shape " + shape + ", expected positive dimensions");
        }
        return length;
    }

    private List<PartFile> parts(String text, long size) throws CorruptIndexException {
        List<PartFile> parts = new ArrayList<>();
        try {
            for (String line : text.split("\n", -1)) {
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
    private void skip(IndexHeader header) throws CorruptIndexException {
        String listed = metadata.getOrDefault(IndexHeader.OPTIONAL_KEY, "");
        List<String> optional = listed.isEmpty() ? List.of() : List.of(listed.split("\n"));
        Map<String, Entry> unknown = new LinkedHashMap<>(tensors);
        header.sections().forEach(section -> unknown.remove(section.tensor));
        for (Entry tensor : unknown.values()) {
            String name = tensor.name();
            if (!optional.contains(name)) {
                throw corrupt(
                        "header: tensor \"" + name + "\" is not known, and the file does not list it as optional");
            }
            if (tensor.begin() < 0 || tensor.begin() > tensor.end()) {
                throw corrupt(name + ": " + tensor + ", expected offsets that ascend");
            }
            header.skipped().add(new StoredTensor(name, tensor.begin(), tensor.end() - tensor.begin(), checksum(name)));
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

    private void compare(IndexHeader header, long dataBytes, List<String> findings) throws CorruptIndexException {
        long end = header.dataBytes();
        for (Section section : header.sections()) {
            long begin = header.offset(section);
            Entry expected = new Entry(
                    section.tensor,
                    header.tensorType(section),
                    header.shape(section),
                    begin,
                    begin + header.bytes(section));
            if (!expected.equals(tensor(section))) {
                throw corrupt(section.tensor + ": " + tensor(section) + ", expected " + expected);
            }
        }
        if (end != dataBytes) {
            findings.add(DATA + dataBytes + " bytes, expected " + end + "; the file is "
                    + (dataBytes < end ? "truncated" : "extended"));
        }
    }

    private Entry tensor(Section section) throws CorruptIndexException {
        Entry tensor = tensors.get(section.tensor);
        if (tensor == null) {
            throw corrupt("header: tensor \"" + section.tensor + "\" is missing");
        }
        return tensor;
    }

    /** Returns a number of the metadata; 0 if it is absent, and -1 if it is none. */
    private long number(String key) {
        try {
            return Long.parseLong(metadata.getOrDefault(key, "0"));
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
