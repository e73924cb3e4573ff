package io.github.afterimage.file;

import io.github.afterimage.StoredContents;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyChange;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.log.LogReader;
import io.github.afterimage.log.LogReplay;
import io.github.afterimage.log.LogState;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Opens index files. An index file is a safetensors file with these tensors: {@code keys} (size, dim), {@code ids}
 * (size) int64 and {@code labels} (size) int32. Int8 keys add {@code scales} (size) float32. Keys that a learned map
 * reduced add its {@link ExtraTensors}: {@code projection}, {@code whitening} and {@code offset}. Keys with names add {@code
 * names} (bytes) uint8, all names as UTF-8, and {@code name_ends} (size) int64, the end of each name in {@code names};
 * thumbnails add {@code thumbnails} and {@code thumbnail_ends} of the same form. Examples of its tuning are {@link TuningTensors}: {@code
 * tuning_keys}, {@code tuning_labels}, {@code tuning_network} and {@code tuning_mirror}. {@code requests} (bytes) uint8 has the newest requests that have added keys.
 * After keys were added and the index was saved, its file has no keys. It then names its parts, files of the same
 * folder that hold the keys, and lists the ids of removed keys.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>Opening verifies a checksum of every byte, unless the caller trusts the file. A shortened or extended file is
 *       refused before memory is allocated for it, changed data before a query can see them.
 *   <li>Parts never change, and the header that names them holds their checksums. So an open index always equals one
 *       save.
 *   <li>Keys are read into memory, or mapped if the native library is available. Labels, ids, names and thumbnails
 *       are always read into memory.
 *       Mapped keys stay valid when the index is saved again or its file is replaced. Writing into a mapped file
 *       changes the keys; truncating it ends the process.
 *   <li>All bytes come from the file that had the name when it was opened.
 *   <li>The format has one version; a file of another one is refused. The metadata entry {@code afterimage.optional} lists
 *       optional tensors, one per line. They lie behind all others and have checksums too. An optional tensor that is not known
 *       is skipped, and dropped from files that are written. Any other unknown tensor is refused.
 * </ol>
 *
 * @see IndexSave
 */
public final class IndexFile {
    static final int ATTEMPTS = 100;

    private static final System.Logger LOG = System.getLogger(IndexFile.class.getName());

    private IndexFile() {}

    /**
     * Holds the contents of an index.
     *
     * @param keys the caller closes them
     * @param attributes other metadata that was saved
     * @param extra tensors that belong to no key
     * @param saved lets the next save to this file write only changes; null if not all parts were read
     * @param log the log whose changes the keys include
     */
    public record Contents(
            KeyStore keys,
            Map<String, String> attributes,
            ExtraTensors extra,
            @Nullable SavedIndex saved,
            LogState log) {}

    /**
     * Sets how an index is read.
     *
     * @param verify true to compare every byte with its checksum and to check every key
     * @param maxLoaded maximum bytes to read into memory; the keys of a larger index are mapped
     * @param firstPart first part to read keys of, counted from 0; an index in one file has one part
     * @param lastPart part after the last one to read; any greater number means all
     */
    public record Reading(boolean verify, long maxLoaded, int firstPart, int lastPart) {
        /** Maps all keys. */
        public Reading(boolean verify) {
            this(verify, 0, 0, Integer.MAX_VALUE);
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

        /** Returns whether the last keys are read: those of the last part, and those in the log. */
        boolean wantsEnd(int parts) {
            return firstPart < lastPart && lastPart >= Math.max(1, parts);
        }

        /** An index of one file has no parts, and its keys are those of part 0. */
        boolean wants(int part, int parts) {
            return firstPart <= part && lastPart >= Math.max(1, parts);
        }
    }

    /** Opens an index with all of its keys; otherwise like {@link #open(Path, Reading)}. */
    public static Contents open(Path file, boolean verify) throws IOException {
        return open(file, new Reading(verify));
    }

    /**
     * Opens an index.
     *
     * @throws NoSuchFileException if the file or one of its parts does not exist
     * @throws CorruptIndexException if the file is not an index, or is damaged
     */
    public static Contents open(Path file, Reading reading) throws IOException {
        for (int attempt = 1; ; attempt++) {
            boolean mapped = Files.isRegularFile(file) && Files.size(file) > reading.maxLoaded();
            try (IndexReader reader = IndexReader.open(file, mapped)) {
                boolean alone = reader.header.parts().isEmpty() && reader.header.log() == null;
                boolean last = alone || attempt == ATTEMPTS;
                try {
                    Contents contents = open(reader, reading);
                    // A save deletes the log that the replaced index needs.
                    if (Resources.guarded(contents.keys, () -> last || reader.isStillNamed())) {
                        warn(file, contents.log);
                        return contents;
                    }
                    contents.keys.close();
                } catch (CorruptIndexException | NoSuchFileException e) {
                    // A save may have replaced a missing or different file since the header was read.
                    if (last || reader.isStillNamed()) {
                        throw e;
                    }
                }
            }
        }
    }

    private static void warn(Path file, LogState log) {
        if (log.ignoredBytes() > 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> file + ": " + log.ignoredBytes()
                            + " bytes at the end of its log are ignored: changes that were"
                            + " not acknowledged before a process or the system failed");
        }
        if (!log.foreign().isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> file + ": " + String.join(", ", log.foreign())
                            + " ignored: the log of another index that had this name");
        }
    }

    private static Contents open(IndexReader reader, Reading reading) throws IOException {
        IndexHeader header = reader.header;
        List<PartFile> parts = header.parts();
        reading.requireParts(Math.max(1, parts.size()));
        if (reading.verify()) {
            reader.verifySkipped();
        }
        ExtraTensors extra = reader.extra(reading.verify());
        long[] removed = reader.removed(reading.verify());
        long bytes = IntStream.range(0, parts.size())
                .filter(reading::wants)
                .mapToLong(i -> parts.get(i).bytes())
                .sum();
        List<Segment> segments = new ArrayList<>();
        List<SavedIndex.Stored> stored = new ArrayList<>();
        return Resources.guarded(() -> Resources.closeAll(segments), () -> {
            if (parts.isEmpty() && header.size() > 0 && reading.wants(0)) {
                segments.add(reader.segment(reading.verify()));
                stored.add(stored(reader.part(name(reader.file)), segments.get(0)));
            }
            for (int i = 0; i < parts.size(); i++) {
                PartFile part = parts.get(i);
                if (!reading.wants(i)) {
                    continue;
                }
                try (IndexReader partReader =
                        IndexReader.open(reader.file, header, part, bytes > reading.maxLoaded())) {
                    if (partReader.header.size() == 0) {
                        throw new CorruptIndexException(
                                partReader.file, "keys: none, expected a part with at least one key");
                    }
                    if (reading.verify()) {
                        partReader.verifySkipped();
                    }
                    segments.add(partReader.segment(reading.verify()));
                }
                stored.add(stored(part, segments.get(segments.size() - 1)));
            }
            long lastId = lastId(reader.file, segments);
            KeyStore keys = new KeyStore(header.format(), segments, Math.max(header.nextId(), lastId + 1));
            boolean all = reading.wants(0, parts.size());
            SavedIndex saved = all ? new SavedIndex(reader, stored) : null;
            LogState log = change(keys, reader, removed, reading);
            return new Contents(keys, header.attributes(), extra, saved, log);
        });
    }

    /** Makes the changes that the index lists beside its parts, and those in its log. */
    private static LogState change(KeyStore keys, IndexReader reader, long[] removed, Reading reading)
            throws IOException {
        int parts = reader.header.parts().size();
        return Resources.guarded(keys, () -> {
            boolean all = reading.wants(0, parts);
            requireKeys(reader.file, keys, "removed", removed, all);
            keys.replay(KeyChange.removing(removed, keys.nextId()));
            reader.requests(keys.requests(), reading.verify());
            LogReplay replay = new LogReplay(keys, reading.verify(), reading.wantsEnd(parts));
            return LogReader.read(SaveLock.canonical(reader.file), reader.header.log(), reader.header.format(), replay);
        });
    }

    private static SavedIndex.Stored stored(PartFile part, Segment segment) {
        return new SavedIndex.Stored(part, segment.capacity, segment.id(segment.capacity - 1));
    }

    /** Returns the greatest id; -1 if there is no key. */
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

    /** @param all true if the keys of all parts are read */
    private static void requireKeys(Path file, KeyStore keys, String section, long[] ids, boolean all)
            throws CorruptIndexException {
        try (Snapshot snapshot = keys.snapshot()) {
            for (long id : ids) {
                if (all && snapshot.row(id) < 0) {
                    throw new CorruptIndexException(file, section + ": id " + id + " belongs to no key");
                }
            }
        }
    }

    static String name(Path file) {
        return LogNames.name(file);
    }

    /**
     * Returns the files of an index: the index file, then its parts, which need not exist.
     *
     * @throws NoSuchFileException if the file does not exist
     * @throws CorruptIndexException if the file is not an index, or its header is damaged
     */
    public static List<Path> files(Path file) throws IOException {
        List<Path> files = new ArrayList<>(List.of(file));
        try (IndexReader reader = IndexReader.open(file)) {
            reader.header.parts().forEach(part -> files.add(part.beside(file)));
        }
        return files;
    }

    /**
     * Reads the log of an index without its keys.
     *
     * @throws NoSuchFileException if the file does not exist
     * @throws CorruptIndexException if the file is not an index, or its header or its log is damaged
     */
    public static LogState log(Path file) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try (IndexReader reader = IndexReader.open(file)) {
                try {
                    return LogReader.read(SaveLock.canonical(file), reader.header.log(), reader.header.format());
                } catch (CorruptIndexException | NoSuchFileException e) {
                    // A save may have deleted a file of the log since the header was read.
                    if (attempt == ATTEMPTS || reader.isStillNamed()) {
                        throw e;
                    }
                }
            }
        }
    }

    /**
     * Returns the bytes of all files of an index, even of missing parts.
     *
     * @throws NoSuchFileException if the file does not exist
     * @throws CorruptIndexException if the file is not an index, or its header is damaged
     */
    public static long bytes(Path file) throws IOException {
        try (IndexReader reader = IndexReader.open(file)) {
            return reader.header.parts().stream().mapToLong(PartFile::bytes).sum() + reader.fileBytes();
        }
    }

    /**
     * Describes what all files of an index hold beside keys and labels.
     *
     * @throws NoSuchFileException if a file does not exist
     * @throws CorruptIndexException if the file is not an index, or a header is damaged
     */
    public static StoredContents contents(Path file) throws IOException {
        long names = 0;
        long thumbnails = 0;
        int rows = 0;
        for (Path part : files(file)) {
            try (IndexReader reader = IndexReader.open(part)) {
                names += reader.header.length(Section.NAMES);
                thumbnails += reader.header.length(Section.THUMBNAILS);
                rows += (int) reader.header.length(Section.TUNING_LABELS);
            }
        }
        return new StoredContents(names, thumbnails, rows);
    }

    static {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException("index files are little-endian and this processor is not");
        }
    }
}
