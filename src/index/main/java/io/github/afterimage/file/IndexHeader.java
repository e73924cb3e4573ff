package io.github.afterimage.file;

import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.Section;
import io.github.afterimage.log.LogPosition;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.tensors.SafeTensorsHeader;
import io.github.afterimage.tensors.SafeTensorsHeader.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Describes the header of an index file: its length (8 bytes, little-endian), then the safetensors JSON. Spaces pad the
 * JSON, so the data, which begin with the keys, start at a multiple of {@link #ALIGNMENT}.
 *
 * @param size number of keys in this file; 0 if it has parts
 * @param nextId greater than every id that the index has had
 * @param lengths of the tensors whose length is not that of the keys, in elements of their last dimension; 0 or absent if there is
 *     no such tensor: {@code dim} before the stored projection, {@code dim} of the map that whitened the keys, ids that are
 *     removed from the parts, bytes of names, thumbnails and requests, rows of the tuning and classes of its network
 * @param parts files that hold the keys, in the order of their ids; empty if this file holds them
 * @param log the changes that a log may hold after the keys; null if the index has never had a log
 * @param checksums of the sections; filled in after construction
 * @param skipped optional tensors that this program does not know; they lie behind the known ones
 */
record IndexHeader(
        KeyFormat format,
        long size,
        long nextId,
        Map<Section, Long> lengths,
        List<PartFile> parts,
        @Nullable LogPosition log,
        Map<String, String> attributes,
        Map<Section, Integer> checksums,
        List<StoredTensor> skipped) {

    static final int ALIGNMENT = 4096;
    static final String PREFIX = "afterimage.";
    static final String VERSION_KEY = PREFIX + "version";
    static final String CLASSES_KEY = PREFIX + "classes";
    static final String PARTS_KEY = PREFIX + "parts";
    static final String NEXT_ID_KEY = PREFIX + "next_id";
    static final String LOG_KEY = PREFIX + "log";
    static final String OPTIONAL_KEY = PREFIX + "optional";
    /** The version of the format, the only one. */
    static final String VERSION = "6";

    /** Creates the header of a new file; its checksums are not known yet. */
    IndexHeader(
            KeyFormat format,
            long size,
            long nextId,
            Map<Section, Long> lengths,
            List<PartFile> parts,
            @Nullable LogPosition log,
            Map<String, String> attributes) {
        this(format, size, nextId, lengths, parts, log, attributes, new LinkedHashMap<>(), new ArrayList<>());
    }

    List<Section> sections() {
        return Arrays.stream(Section.values()).filter(this::has).toList();
    }

    boolean has(Section section) {
        return switch (section) {
            case KEYS, IDS, LABELS -> true;
            case SCALES -> format.type().scaled();
            case OFFSET -> has(Section.WHITENING);
            case NAME_ENDS -> has(Section.NAMES);
            case THUMBNAIL_ENDS -> has(Section.THUMBNAILS);
            case TUNING_KEYS -> has(Section.TUNING_LABELS);
            default -> length(section) > 0;
        };
    }

    /** Returns the length of a tensor that has another one than the keys; 0 if there is none. */
    long length(Section section) {
        return lengths.getOrDefault(section, 0L);
    }

    /** Returns the tensors that a reader may skip. */
    private List<Section> optionalSections() {
        return sections().stream().filter(Section::optional).toList();
    }

    /** @throws ArithmeticException if the result exceeds 2^63 - 1 */
    long bytes(Section section) {
        return shape(section).stream().reduce((long) elementBytes(section), Math::multiplyExact);
    }

    int elementBytes(Section section) {
        return section.type != null ? section.elementBytes : format.type().bytes();
    }

    int checksum(Section section) {
        return Objects.requireNonNull(checksums.get(section));
    }

    /** Returns the offset of a section from the end of the header. */
    long offset(Section section) {
        return sections().stream()
                .filter(other -> other.compareTo(section) < 0)
                .mapToLong(this::bytes)
                .reduce(0, Math::addExact);
    }

    /** Returns the total bytes of the known tensors. */
    long knownBytes() {
        return sections().stream().mapToLong(this::bytes).reduce(0, Math::addExact);
    }

    long dataBytes() {
        return skipped.stream().mapToLong(StoredTensor::bytes).reduce(knownBytes(), Math::addExact);
    }

    String tensorType(Section section) {
        return section.type != null
                ? section.type
                : NumberType.of(format.type()).name();
    }

    List<Long> shape(Section section) {
        return switch (section) {
            case KEYS -> List.of(size, (long) format.dim());
            case IDS, LABELS, SCALES, NAME_ENDS, THUMBNAIL_ENDS -> List.of(size);
            case PROJECTION -> List.of((long) format.dim(), length(section));
            case WHITENING -> List.of((long) format.dim(), (long) format.dim());
            case OFFSET -> List.of((long) format.dim());
            case TUNING_KEYS -> List.of(length(Section.TUNING_LABELS), (long) format.dim());
            case TUNING_NETWORK, TUNING_MIRROR -> List.of(length(Section.TUNING_LABELS), length(section));
            default -> List.of(length(section));
        };
    }

    /** Returns where a section is. */
    StoredTensor tensor(Section section) {
        return new StoredTensor(section.tensor, offset(section), bytes(section), checksum(section));
    }

    /** Returns the header as bytes, including its checksum. Its length does not depend on the checksums. */
    ByteBuffer encode() {
        Map<String, String> metadata = new LinkedHashMap<>(attributes);
        metadata.put(VERSION_KEY, VERSION);
        metadata.put(CLASSES_KEY, Integer.toString(format.classes()));
        metadata.put(NEXT_ID_KEY, Long.toString(nextId));
        if (!parts.isEmpty()) {
            metadata.put(PARTS_KEY, parts.stream().map(PartFile::text).collect(Collectors.joining("\n")));
        }
        if (!optionalSections().isEmpty()) {
            metadata.put(
                    OPTIONAL_KEY,
                    optionalSections().stream().map(section -> section.tensor).collect(Collectors.joining("\n")));
        }
        if (log != null) {
            metadata.put(LOG_KEY, log.text());
        }
        for (Section section : sections()) {
            metadata.put(Checksums.key(section.tensor), Checksums.hex(checksums.getOrDefault(section, 0)));
        }
        metadata.put(Checksums.HEADER_KEY, Checksums.NONE);
        List<Tensor> tensors = sections().stream()
                .map(section -> new Tensor(section.tensor, tensorType(section), shape(section), bytes(section)))
                .toList();
        byte[] bytes = SafeTensorsHeader.encode(metadata, tensors, ALIGNMENT);
        Checksums.seal(bytes);
        return ByteBuffer.wrap(bytes);
    }
}
