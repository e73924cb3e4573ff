package io.github.afterimage.store;

import io.github.afterimage.CorruptIndexException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Opens index files: safetensors with the tensors {@code keys} (size, dim), {@code ids} (size) int64, {@code labels} (size)
 * int32 and, for int8 keys, {@code scales} (size) float32; where keys have names, {@code names} (bytes) uint8, which holds all
 * of them as UTF-8, and {@code name_ends} (size) int64, the byte of it that each of them ends before. An index that was added to and saved has no keys in this file,
 * but names others of the same folder, its parts, which have them, and lists the ids of those that were removed.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>Opening verifies a checksum of every byte, unless the caller trusts the file; a file that was changed, cut or
 *       extended is refused before anything is allocated for it, or, for changed data, before a query can see it.
 *   <li>Parts never change and the header that names them holds their checksums: an index is opened as it was saved once.
 *   <li>Keys are read into memory, or mapped where the native library is there; labels, ids and names are copied. What is mapped
 *       stays as it was when the index is saved again or replaced by another file; writing into a mapped file changes the
 *       keys, and making it shorter ends the process.
 *   <li>All bytes of a file are those of the file that had the name when it was opened.
 *   <li>Files of every version open forever. Version 1 has its keys, version 2 names its parts, and version 3 is either with
 *       optional tensors, which the metadata's entry {@code afterimage.optional} lists, one a line: a release that does not
 *       know one of them passes over it, and a save by that release does not keep it in what it writes again. They lie
 *       behind all others and have checksums as all have. A tensor that is neither known nor optional is refused. A file
 *       without names is written as version 1 or 2, which releases from before version 3 read too; these refuse version 3.
 * </ol>
 *
 * @see IndexSave
 */
public final class IndexFile {
    static final int ATTEMPTS = 100;

    private IndexFile() {}

    /**
     * What a file holds.
     *
     * @param keys the caller closes them
     * @param attributes what else was saved
     * @param projection {@code (dim, projectedDim)} float32 row-major, the matrix that reduced the keys; empty where none
     *     was saved
     * @param saved what makes the next save to this file write only what changed; null where not all parts were read
     */
    public record Contents(KeyStore keys, Map<String, String> attributes, float[] projection, SavedIndex saved) {}

    /**
     * How an index is read.
     *
     * @param verify whether every byte is read and compared with its checksum, and every key is checked
     * @param mostLoaded the most bytes that are read into memory; the keys of an index with more are mapped
     * @param keep whether mapped keys that were verified may stay in memory
     * @param firstPart the first part whose keys are wanted, counted from 0; an index in one file has one part
     * @param lastPart the part after the last one that is wanted; any greater number stands for all
     */
    public record Reading(boolean verify, long mostLoaded, boolean keep, int firstPart, int lastPart) {
        /** Everything, mapped. */
        public Reading(boolean verify) {
            this(verify, 0, true, 0, Integer.MAX_VALUE);
        }

        void requireParts(int parts) {
            if (lastPart != Integer.MAX_VALUE && lastPart > parts) {
                throw new IllegalArgumentException("parts " + firstPart + " to " + lastPart + ": expected at most "
                        + parts + ", as many as the index has");
            }
        }

        boolean wants(int part) {
            return firstPart <= part && part < lastPart;
        }

        boolean wants(int part, int parts) {
            return firstPart <= part && lastPart >= parts;
        }
    }

    /** Opens an index with all of its keys; otherwise as {@link #open(Path, Reading)}. */
    public static Contents open(Path file, boolean verify) throws IOException {
        return open(file, new Reading(verify));
    }

    /**
     * Opens an index.
     *
     * @throws NoSuchFileException if there is no such file, or a part of it is missing
     * @throws CorruptIndexException if it is not an index, or is damaged
     */
    public static Contents open(Path file, Reading reading) throws IOException {
        for (int attempt = 1; ; attempt++) {
            boolean mapped = Files.isRegularFile(file) && Files.size(file) > reading.mostLoaded();
            try (IndexReader reader = IndexReader.open(file, mapped)) {
                try {
                    return open(reader, reading);
                } catch (CorruptIndexException | NoSuchFileException e) {
                    // A part that is gone or another was perhaps replaced by a save since the header was read.
                    if (attempt == ATTEMPTS || reader.header.parts().isEmpty() || reader.isStillNamed()) {
                        throw e;
                    }
                }
            }
        }
    }

    private static Contents open(IndexReader reader, Reading reading) throws IOException {
        IndexHeader header = reader.header;
        List<IndexPart> parts = header.parts();
        reading.requireParts(Math.max(1, parts.size()));
        if (reading.verify()) {
            reader.verifySkipped();
        }
        float[] projection = reader.projection(reading.verify());
        long[] removed = reader.removed(reading.verify());
        long bytes = IntStream.range(0, parts.size())
                .filter(reading::wants)
                .mapToLong(i -> parts.get(i).bytes())
                .sum();
        List<Segment> segments = new ArrayList<>();
        List<SavedIndex.Stored> stored = new ArrayList<>();
        try {
            if (parts.isEmpty() && header.size() > 0 && reading.wants(0)) {
                segments.add(reader.segment(reading.verify(), reading.keep()));
                stored.add(stored(reader.part(name(reader.file)), segments.get(0)));
            }
            for (int i = 0; i < parts.size(); i++) {
                IndexPart part = parts.get(i);
                if (!reading.wants(i)) {
                    continue;
                }
                try (IndexReader partReader =
                        IndexReader.open(reader.file, header, part, bytes > reading.mostLoaded())) {
                    if (partReader.header.size() == 0) {
                        throw new CorruptIndexException(partReader.file, "keys: none, expected a part with some");
                    }
                    if (reading.verify()) {
                        partReader.verifySkipped();
                    }
                    segments.add(partReader.segment(reading.verify(), reading.keep()));
                }
                stored.add(stored(part, segments.get(segments.size() - 1)));
            }
            long lastId = lastId(reader.file, segments);
            KeyStore keys = new KeyStore(
                    header.dim(), header.classes(), header.type(), segments, Math.max(header.nextId(), lastId + 1));
            keys.removeInPlace(rows(reader.file, keys, removed, reading.wants(0, parts.size())));
            return new Contents(
                    keys,
                    header.attributes(),
                    projection,
                    reading.wants(0, parts.size()) ? new SavedIndex(reader, stored) : null);
        } catch (IOException | RuntimeException e) {
            segments.forEach(Segment::close);
            throw e;
        }
    }

    private static SavedIndex.Stored stored(IndexPart part, Segment segment) {
        return new SavedIndex.Stored(part, segment.capacity, segment.id(segment.capacity - 1));
    }

    /** The greatest id; -1 where there is none. */
    private static long lastId(Path file, List<Segment> segments) throws CorruptIndexException {
        long lastId = -1;
        for (Segment segment : segments) {
            if (segment.id(0) <= lastId) {
                throw new CorruptIndexException(
                        file, "parts: a part begins with id " + segment.id(0) + " after id " + lastId + "; ids ascend");
            }
            lastId = segment.id(segment.capacity - 1);
        }
        return lastId;
    }

    private static long[] rows(Path file, KeyStore keys, long[] removed, boolean all) throws CorruptIndexException {
        long[] rows = new long[removed.length];
        int count = 0;
        try (Snapshot snapshot = keys.snapshot()) {
            for (int i = 0; i < rows.length; i++) {
                long row = snapshot.row(removed[i]);
                if (row >= 0) {
                    rows[count++] = row;
                } else if (all) {
                    throw new CorruptIndexException(file, "removed: id " + removed[i] + " is that of no key");
                }
            }
        }
        return Arrays.copyOf(rows, count);
    }

    static String name(Path file) {
        return file.toAbsolutePath().getFileName().toString();
    }

    /**
     * The files that an index consists of: itself, then its parts, which need not be there.
     *
     * @throws NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or its header is damaged
     */
    public static List<Path> files(Path file) throws IOException {
        List<Path> files = new ArrayList<>(List.of(file));
        try (IndexReader reader = IndexReader.open(file)) {
            reader.header.parts().forEach(part -> files.add(part.beside(file)));
        }
        return files;
    }

    /**
     * Bytes of all files that an index consists of, whether its parts are there or not.
     *
     * @throws NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or its header is damaged
     */
    public static long bytes(Path file) throws IOException {
        try (IndexReader reader = IndexReader.open(file)) {
            return reader.header.parts().stream().mapToLong(IndexPart::bytes).sum() + reader.fileBytes();
        }
    }

    /**
     * Bytes of the names of the keys in all files of an index; 0 where none has a name.
     *
     * @throws NoSuchFileException if a file is not there
     * @throws CorruptIndexException if it is not an index, or a header is damaged
     */
    public static long nameBytes(Path file) throws IOException {
        long bytes = 0;
        for (Path part : files(file)) {
            try (IndexReader reader = IndexReader.open(part)) {
                bytes += reader.header.nameBytes();
            }
        }
        return bytes;
    }

    static {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException("index files are little-endian and this processor is not");
        }
    }
}
