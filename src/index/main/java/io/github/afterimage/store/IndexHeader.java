package io.github.afterimage.store;

import io.github.afterimage.ElementType;
import io.github.afterimage.tensors.SafeTensorsHeader;
import io.github.afterimage.tensors.SafeTensorsHeader.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The header of an index file: the length (8 bytes, little-endian), then the safetensors JSON, padded with spaces so that
 * the data, which begin with the keys, start at a multiple of {@link #ALIGNMENT}.
 *
 * @param size how many keys are in this file; 0 where it has parts
 * @param projectedDim the length of a key before it was reduced to {@code dim} by a projection that is stored with the
 *     index, {@code (dim, projectedDim)}; 0 where there is none
 * @param nameBytes how long the names of the keys in this file are together; 0 where none has a name
 * @param parts the files that hold the keys, in the order of their ids; empty where they are in this file
 * @param removed how many ids of the parts are listed as removed
 * @param nextId greater than every id that the index has had
 * @param skipped tensors behind those that are known, which the file calls optional
 */
record IndexHeader(
        long size,
        int dim,
        int classes,
        ElementType type,
        int projectedDim,
        long nameBytes,
        List<IndexPart> parts,
        long removed,
        long nextId,
        Map<String, String> attributes,
        Map<Section, Integer> checksums,
        List<StoredTensor> skipped) {

    static final int ALIGNMENT = 4096;
    static final String PREFIX = "afterimage.";
    static final String VERSION_KEY = PREFIX + "version";
    static final String CLASSES_KEY = PREFIX + "classes";
    static final String PARTS_KEY = PREFIX + "parts";
    static final String NEXT_ID_KEY = PREFIX + "next_id";
    static final String OPTIONAL_KEY = PREFIX + "optional";
    /** Of a file that holds its keys. */
    static final int WHOLE = 1;
    /** Of a file that names others, which hold them. */
    static final int IN_PARTS = 2;
    /**
     * Of either that lists optional tensors in its metadata: readers pass over those that they do not know. These lie behind
     * all that are known. A file without optional tensors has version 1 or 2, which older releases read too.
     */
    static final int WITH_OPTIONAL = 3;

    /** Of a file that is to be written; its checksums are not known yet. */
    IndexHeader(
            long size,
            int dim,
            int classes,
            ElementType type,
            int projectedDim,
            long nameBytes,
            List<IndexPart> parts,
            long removed,
            long nextId,
            Map<String, String> attributes) {
        this(
                size,
                dim,
                classes,
                type,
                projectedDim,
                nameBytes,
                parts,
                removed,
                nextId,
                attributes,
                new LinkedHashMap<>(),
                List.of());
    }

    List<Section> sections() {
        List<Section> sections = new ArrayList<>(List.of(Section.KEYS, Section.IDS, Section.LABELS));
        if (type.scaled()) {
            sections.add(Section.SCALES);
        }
        if (projectedDim > 0) {
            sections.add(Section.PROJECTION);
        }
        if (removed > 0) {
            sections.add(Section.REMOVED);
        }
        if (nameBytes > 0) {
            sections.addAll(Section.OPTIONAL);
        }
        return sections;
    }

    /** @throws ArithmeticException if that is more than 2^63 - 1 */
    long bytes(Section section) {
        return switch (section) {
            case KEYS -> Segment.rowBytes(type, dim, size);
            case IDS, NAME_ENDS -> Math.multiplyExact(size, Long.BYTES);
            case LABELS -> Math.multiplyExact(size, Integer.BYTES);
            case SCALES -> Math.multiplyExact(size, Float.BYTES);
            case PROJECTION -> Math.multiplyExact((long) dim * projectedDim, Float.BYTES);
            case REMOVED -> Math.multiplyExact(removed, Long.BYTES);
            case NAMES -> nameBytes;
        };
    }

    /** Where a section begins, counted from the end of the header. */
    long offset(Section section) {
        return sections().stream()
                .filter(other -> other.compareTo(section) < 0)
                .mapToLong(this::bytes)
                .reduce(0, Math::addExact);
    }

    /** Bytes of the tensors that are known. */
    long knownBytes() {
        return sections().stream().mapToLong(this::bytes).reduce(0, Math::addExact);
    }

    long dataBytes() {
        return skipped.stream().mapToLong(StoredTensor::bytes).reduce(knownBytes(), Math::addExact);
    }

    String tensorType(Section section) {
        return switch (section) {
            case KEYS -> type.tensorType();
            case IDS, REMOVED, NAME_ENDS -> "I64";
            case NAMES -> "U8";
            case LABELS -> "I32";
            case SCALES, PROJECTION -> "F32";
        };
    }

    List<Long> shape(Section section) {
        return switch (section) {
            case KEYS -> List.of(size, (long) dim);
            case PROJECTION -> List.of((long) dim, (long) projectedDim);
            case REMOVED -> List.of(removed);
            case NAMES -> List.of(nameBytes);
            default -> List.of(size);
        };
    }

    private int version() {
        if (nameBytes > 0) {
            return WITH_OPTIONAL;
        }
        return parts.isEmpty() ? WHOLE : IN_PARTS;
    }

    /** The header as it stands in the file, checksum included; equally long whatever the checksums are. */
    ByteBuffer encode() {
        Map<String, String> metadata = new LinkedHashMap<>(attributes);
        metadata.put(VERSION_KEY, Integer.toString(version()));
        metadata.put(CLASSES_KEY, Integer.toString(classes));
        metadata.put(NEXT_ID_KEY, Long.toString(nextId));
        if (!parts.isEmpty()) {
            metadata.put(PARTS_KEY, parts.stream().map(IndexPart::text).collect(Collectors.joining("\n")));
        }
        if (nameBytes > 0) {
            metadata.put(
                    OPTIONAL_KEY,
                    Section.OPTIONAL.stream().map(section -> section.tensor).collect(Collectors.joining("\n")));
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
