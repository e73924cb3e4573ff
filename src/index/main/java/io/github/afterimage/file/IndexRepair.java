package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyChange;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.KnownRequests;
import io.github.afterimage.keys.Section;
import io.github.afterimage.log.Findings;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.log.LogPosition;
import io.github.afterimage.log.LogSalvage;
import io.github.afterimage.log.LogState;
import io.github.afterimage.platform.BinarySearch;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads all keys of a damaged index that are intact, and the changes of its log before the damage and behind it. It changes no
 * file.
 */
public final class IndexRepair {
    private final Path file;
    private final Findings findings;
    private final Resources open = new Resources();

    private IndexRepair(Path file, Findings findings) {
        this.file = file;
        this.findings = findings;
    }

    /** @throws IllegalArgumentException if there is a file of this name, or a log that its save would replace */
    public static void requireFree(Path to) throws IOException {
        if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)
                || !new LogNames(SaveLock.canonical(to)).files().isEmpty()) {
            throw new IllegalArgumentException(
                    to + ": is there already, or has a log: a repair writes a new index, so choose another name");
        }
    }

    /**
     * Reads an index.
     *
     * @param findings receives a sentence for each damage, with file, position, and ids as far as they are known; and for damage that was
     *     undone, and bytes behind the log that are ignored
     * @return the intact part; the caller closes its keys, which are in memory
     * @throws NoSuchFileException if the file does not exist
     * @throws CorruptIndexException if nothing can be repaired, because the header of an index of one file, or the projection, cannot
     *     be read
     */
    public static IndexFile.Contents read(Path file, Findings findings) throws IOException {
        IndexRepair repair = new IndexRepair(file, findings);
        try (Resources unused = repair.open) {
            return repair.read();
        }
    }

    private IndexFile.Contents read() throws IOException {
        IndexReader index;
        try {
            index = open.add(IndexReader.damaged(file, null, findings));
        } catch (CorruptIndexException e) {
            return readParts(e);
        }
        IndexHeader header = index.header;
        ExtraTensors extra = extra(index);
        List<Part> parts = parts(index);
        return filled(header.format(), header.attributes(), extra, store -> {
            copyKeys(parts, store);
            change(index, store);
            copyLog(header.log(), store);
            if (!index.isStillNamed()) {
                throw Disk.refused(
                        file, "was saved during the repair; end the process that does so, and repair it again");
            }
        });
    }

    /** Reads an index without its header, from the files that have names of its parts. */
    private IndexFile.Contents readParts(CorruptIndexException reason) throws IOException {
        List<IndexReader> files = new ArrayList<>();
        for (Path path : new PartNames(file).files().values()) {
            try {
                files.add(open.add(IndexReader.damaged(path, null, findings)));
            } catch (CorruptIndexException e) {
                findings.losses().add(e.getMessage() + "; its keys are lost");
            }
        }
        if (files.isEmpty()) {
            throw reason;
        }
        findings.losses()
                .add(reason.getMessage()
                        + "; the keys are those of the files with names of its parts. Class names and settings"
                        + " are lost, and keys that were removed may be back");
        KeyFormat format = files.get(0).header.format();
        List<RowSalvage> rows = new ArrayList<>();
        for (IndexReader part : files) {
            if (part.header.format().equals(format)) {
                rows.add(new RowSalvage(part, findings.losses()));
            } else {
                findings.losses().add(part.file + ": left out, because its keys have another form");
            }
        }
        rows.sort(Comparator.comparingLong(RowSalvage::firstId));
        long nextId =
                files.stream().mapToLong(part -> part.header.nextId()).max().orElse(0);
        return filled(format, Map.of(), ExtraTensors.NONE, store -> {
            copyKeys(rows.stream().map(part -> new Part(part, "")).toList(), store);
            store.replay(KeyChange.none(Math.max(nextId, store.nextId())));
            copyLog(LogSalvage.begin(SaveLock.canonical(file)), store);
        });
    }

    private IndexFile.Contents filled(
            KeyFormat format,
            Map<String, String> attributes,
            ExtraTensors extra,
            Resources.Step<KeyStore, IOException> source)
            throws IOException {
        KeyStore store = Resources.filled(new KeyStore(format, 0), source);
        return new IndexFile.Contents(store, attributes, extra, null, LogState.begin());
    }

    private void copyLog(@Nullable LogPosition log, KeyStore store) throws IOException {
        long ignored = log == null ? 0 : new LogSalvage(log, store, findings).run(SaveLock.canonical(file));
        if (ignored > 0) {
            findings.mended()
                    .add(file + ": " + ignored + " bytes behind the last change of its log are left out:"
                            + " a change that was cut off before it was acknowledged, or the last one, damaged");
        }
    }

    private ExtraTensors extra(IndexReader index) throws IOException {
        for (Section section : List.of(Section.PROJECTION, Section.WHITENING, Section.OFFSET)) {
            if (index.header.has(section) && !index.isSound(section)) {
                throw new CorruptIndexException(
                        file,
                        section.tensor
                                + ": damaged, and keys cannot be compared with queries without it; restore the file from a"
                                + " copy");
            }
        }
        return index.map(false).withTuning(tuning(index));
    }

    private TuningTensors tuning(IndexReader index) throws IOException {
        try {
            for (Section section : TuningTensors.SECTIONS) {
                if (index.header.has(section) && !index.isSound(section)) {
                    throw new CorruptIndexException(file, section.tensor + ": damaged");
                }
            }
            return index.tuning(true);
        } catch (CorruptIndexException e) {
            findings.losses()
                    .add(e.getMessage() + "; the examples that the index was tuned with are left out: tune it again");
            return TuningTensors.NONE;
        }
    }

    /** The keys of a file, or why they are lost. */
    private record Part(@Nullable RowSalvage rows, String problem) {}

    private List<Part> parts(IndexReader index) throws IOException {
        if (index.header.parts().isEmpty()) {
            return List.of(new Part(new RowSalvage(index, findings.losses()), ""));
        }
        List<Part> parts = new ArrayList<>();
        for (PartFile part : index.header.parts()) {
            parts.add(part(index, part));
        }
        return parts;
    }

    private Part part(IndexReader index, PartFile part) throws IOException {
        Path path = part.beside(file);
        if (!Files.isRegularFile(path)) {
            return new Part(null, path + ": missing");
        }
        try {
            IndexReader opened = open.add(IndexReader.damaged(path, part, findings));
            return opened.header.format().equals(index.header.format())
                            && opened.header.parts().isEmpty()
                    ? new Part(new RowSalvage(opened, findings.losses()), "")
                    : new Part(null, path + ": header: that of another index");
        } catch (CorruptIndexException e) {
            return new Part(null, String.valueOf(e.getMessage()));
        }
    }

    private void copyKeys(List<Part> parts, KeyStore store) throws IOException {
        List<RowSalvage> salvaged = new ArrayList<>();
        parts.forEach(part -> Stream.ofNullable(part.rows).forEach(salvaged::add));
        loseIds(salvaged);
        int next = 0;
        for (Part part : parts) {
            if (part.rows == null) {
                long after = next < salvaged.size() ? salvaged.get(next).firstId() : -1;
                findings.losses()
                        .add(part.problem + "; its keys are lost, with ids from " + store.nextId() + " on"
                                + (after < 0 ? "" : ", below " + after));
            } else {
                next++;
                part.rows.check();
                part.rows.copy(store);
            }
        }
    }

    private static void loseIds(List<RowSalvage> files) {
        long[] all = files.stream().flatMapToLong(RowSalvage::pictureIds).toArray();
        boolean[] kept = ascending(all);
        int next = 0;
        for (RowSalvage rows : files) {
            for (int row : rows.pictures().toArray()) {
                if (!kept[next++]) {
                    rows.loseId(row);
                }
            }
        }
    }

    /** Marks a longest sequence of ids that ascend; ids that are out of range are not in it. */
    static boolean[] ascending(long[] ids) {
        int[] ends = new int[ids.length]; // of the best sequence of each length, the place of its last id
        int[] before = new int[ids.length];
        int longest = 0;
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= KeyFormat.MAX_ID) {
                continue;
            }
            boolean greatest = longest == 0 || ids[ends[longest - 1]] < ids[i]; // always, unless ids are damaged
            long id = ids[i];
            int low = greatest
                    ? longest
                    : (int) BinarySearch.first(0, longest - 1, length -> ids[ends[(int) length]] >= id);
            before[i] = low == 0 ? -1 : ends[low - 1];
            ends[low] = i;
            longest = Math.max(longest, low + 1);
        }
        boolean[] kept = new boolean[ids.length];
        for (int i = longest == 0 ? -1 : ends[longest - 1]; i >= 0; i = before[i]) {
            kept[i] = true;
        }
        return kept;
    }

    /** Makes the changes that the index file lists beside the keys. */
    private void change(IndexReader index, KeyStore store) throws IOException {
        IndexHeader header = index.header;
        long[] removed = header.has(Section.REMOVED) ? removed(index) : new long[0];
        store.replay(KeyChange.removing(removed, Math.max(header.nextId(), store.nextId())));
        if (header.has(Section.REQUESTS)) {
            readRequests(index, store);
        }
    }

    private long[] removed(IndexReader index) throws IOException {
        long bytes = index.available(Section.REMOVED) / Long.BYTES * Long.BYTES;
        long[] ids = IndexReader.longs(index.bytes(Section.REMOVED, 0, Math.toIntExact(bytes)));
        boolean[] kept = ascending(ids);
        long[] removed = IntStream.range(0, ids.length)
                .filter(i -> kept[i])
                .mapToLong(i -> ids[i])
                .toArray();
        if (!index.isSound(Section.REMOVED)) {
            findings.losses()
                    .add(file + ": removed: the checksum does not match; " + removed.length + " of "
                            + index.header.length(Section.REMOVED)
                            + " ids of removed keys are possible, and the keys of others are back");
        }
        return removed;
    }

    private void readRequests(IndexReader index, KeyStore store) throws IOException {
        boolean sound = index.isSound(Section.REQUESTS)
                && index.header.length(Section.REQUESTS) <= KnownRequests.LARGEST_FILE_BYTES;
        try {
            ByteBuffer bytes = index.bytes(Section.REQUESTS, 0, sound ? (int) index.available(Section.REQUESTS) : 0);
            store.requests().addAll(bytes);
        } catch (IllegalArgumentException e) {
            sound = false;
        }
        if (!sound) {
            findings.losses()
                    .add(file + ": requests: damaged and forgotten; a request that is made again adds its keys again");
        }
    }
}
