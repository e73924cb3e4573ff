package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.log.LogPosition;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Saves an index.
 *
 * <p>Guarantees: the file always holds either the old index or the new one, even after a loss of power. Data are forced
 * to the disk before a file that names them; the last step renames one file. Files that other processes have open or
 * mapped never change.
 *
 * <p>Threads: one save to a file at a time among all processes; callers hold its {@link SaveLock}. Others may open the
 * file meanwhile.
 */
record IndexSave(Disk disk, Path file, IndexContent content, IndexHeader header, Snapshot snapshot, PartNames names) {
    /**
     * Describes the state of an index that a save writes.
     *
     * @param end position in the log behind the changes that led to the keys; null without a log
     * @param attributes kept in the file's metadata; no key begins with {@code "afterimage."}
     * @param extra tensors that belong to no key
     * @param erase true to write parts with removed keys again, so that these keys with their names and thumbnails are in no file
     */
    record State(
            KeyStore store,
            KeyStore.Moment moment,
            @Nullable LogPosition end,
            Map<String, String> attributes,
            ExtraTensors extra,
            boolean erase) {}

    /**
     * Saves the keys of a snapshot.
     *
     * @param saved the file that the store was last opened from or saved to; if it is still {@code file}, keys in it
     *     are not written again. Null writes all keys into one file
     * @return the contents of the file after the save; {@link SaveJournal#deleteLeft} then deletes the files that it does not name
     * @throws FileSystemException if {@code file} exists and is not a regular file; symbolic links are followed
     * @throws IOException if the file cannot be written; its contents are unchanged then
     */
    static SavedIndex save(Disk disk, Path file, State state, @Nullable SavedIndex saved) throws IOException {
        Snapshot snapshot = state.moment.snapshot();
        List<Keys> keys = snapshot.parts();
        try {
            // A file behind a symbolic link is written whole, because parts would lie beside the target of the link.
            SavedIndex known = saved != null && saved.isStill(file) ? saved : null;
            IndexContent content = new IndexContent(
                    state.store.format(),
                    keys,
                    state.moment.nextId(),
                    state.extra,
                    new long[0],
                    state.moment.requests(),
                    List.of(),
                    state.end,
                    state.attributes);
            Path target = AtomicFile.target(file);
            return new IndexSave(disk, target, content, content.header(), snapshot, new PartNames(target))
                    .save(known, state.erase);
        } catch (IOException e) {
            throw named(file, "cannot be saved", e);
        }
    }

    static IOException named(Path file, String problem, IOException e) {
        boolean named = e instanceof FileSystemException || e instanceof ClosedByInterruptException;
        return named ? e : new IOException(file + ": " + problem + ": " + e.getMessage(), e);
    }

    /** @param saved known contents of the file; null if they are unknown */
    private SavedIndex save(@Nullable SavedIndex saved, boolean erase) throws IOException {
        if (saved == null || !PartFile.isPlainName(IndexFile.name(file))) {
            return save(SavePlan.whole(header.size()), null);
        }
        SavePlan plan = SavePlan.of(content.keys(), saved, erase);
        if (nothingToDo(plan, saved)) {
            return saved;
        }
        return save(plan, saved);
    }

    private SavedIndex save(SavePlan plan, @Nullable SavedIndex saved) throws IOException {
        Set<Path> before = ownParts();
        List<Path> added = saved == null || plan.kept().isEmpty() ? List.of() : newParts(plan, saved, before);
        Set<Path> left = new HashSet<>(before);
        plan.kept().forEach(stored -> left.remove(stored.part().beside(file)));
        left.addAll(added);
        try (SaveJournal journal = SaveJournal.begin(disk, file, left)) {
            // If deleting fails, such as by an interrupt, the next save deletes the files.
            return Resources.guarded(
                    () -> {
                        journal.close();
                        SaveJournal.deleteLeft(disk, file);
                    },
                    () -> saved == null || plan.kept().isEmpty() ? whole() : inParts(plan, saved, added));
        }
    }

    private boolean nothingToDo(SavePlan plan, SavedIndex saved) {
        return plan.kept().equals(saved.stored)
                && plan.written() == 0
                && plan.removed() == saved.header.length(Section.REMOVED)
                && header.nextId() == saved.header.nextId()
                && header.attributes().equals(saved.header.attributes())
                && Objects.equals(header.log(), saved.header.log())
                && isSame(Section.REQUESTS, saved.header)
                && TuningTensors.SECTIONS.stream().allMatch(section -> isSame(section, saved.header));
    }

    /** Returns whether a section is that in a file. */
    private boolean isSame(Section section, IndexHeader saved) {
        return header.has(section) == saved.has(section)
                && (!header.has(section)
                        || header.bytes(section) == saved.bytes(section)
                                && content.checksum(section) == saved.checksum(section));
    }

    /**
     * Returns the parts of the present index that have names of this index; parts of a copy belong to its original.
     * Deletes leftovers of earlier saves.
     */
    private Set<Path> ownParts() throws IOException {
        if (!Files.isDirectory(Objects.requireNonNull(file.toAbsolutePath().getParent()))) {
            return new HashSet<>();
        }
        Set<Path> parts = new HashSet<>();
        if (Files.isRegularFile(file)) {
            try {
                parts.addAll(IndexFile.files(file));
            } catch (CorruptIndexException e) {
                return new HashSet<>(); // the save replaces a file that is not an index
            }
        }
        try {
            SaveJournal.deleteLeft(disk, file);
        } catch (IOException e) {
            // A file that cannot be deleted keeps no keys from being saved; the end of the save tries again, and names
            // it.
        }
        parts.removeIf(part -> names.number(part) == 0);
        return parts;
    }

    /**
     * Chooses part names: for the present file, if it is one whole index, and for parts that are written. The names
     * differ from those of all old parts, even rewritten ones, and of all other files.
     *
     * @param before parts of the old index
     */
    private List<Path> newParts(SavePlan plan, SavedIndex saved, Set<Path> before) throws IOException {
        int first = names.free(before);
        int count = (saved.whole() ? 1 : 0) + plan.written();
        return IntStream.range(first, first + count).mapToObj(names::path).toList();
    }

    private SavedIndex whole() throws IOException {
        content.write(disk, file, file);
        try (IndexReader reader = IndexReader.open(file)) {
            return new SavedIndex(
                    reader,
                    header.size() == 0
                            ? List.of()
                            : List.of(stored(reader.part(IndexFile.name(file)), content.keys())));
        }
    }

    /** @param added names of the new parts */
    private SavedIndex inParts(SavePlan plan, SavedIndex saved, List<Path> added) throws IOException {
        List<SavedIndex.Stored> stored = new ArrayList<>();
        long[] removed = removed(plan);
        Iterator<Path> free = added.iterator();
        for (SavePlan.Piece piece : plan.pieces()) {
            SavedIndex.Stored kept = piece.kept();
            if (kept == null) {
                stored.add(part(piece, free.next()));
            } else if (!saved.whole()) {
                stored.add(kept);
            } else {
                Path name = free.next();
                if (!link(name)) {
                    return whole();
                }
                PartFile linked = new PartFile(
                        IndexFile.name(name), kept.part().bytes(), kept.part().checksum());
                stored.add(new SavedIndex.Stored(linked, kept.size(), kept.lastId()));
            }
        }
        List<PartFile> parts = stored.stream().map(SavedIndex.Stored::part).toList();
        content.inParts(parts, removed).write(disk, file, file);
        try (IndexReader reader = IndexReader.open(file)) {
            return new SavedIndex(reader, stored);
        }
    }

    /** Writes keys as a part. */
    private SavedIndex.Stored part(SavePlan.Piece piece, Path name) throws IOException {
        List<Keys> rows = rows(piece.from(), piece.to());
        IndexContent part = IndexContent.ofKeys(content.format(), rows, content.nextId());
        return stored(part.write(disk, name, file), rows);
    }

    private static SavedIndex.Stored stored(PartFile part, List<Keys> rows) {
        Keys last = rows.get(rows.size() - 1);
        return new SavedIndex.Stored(part, Keys.count(rows), last.id(last.count() - 1));
    }

    private List<Keys> rows(long from, long to) {
        List<Keys> rows = new ArrayList<>();
        long first = 0;
        for (Keys part : content.keys()) {
            long start = Math.max(from, first);
            long end = Math.min(to, first + part.count());
            if (start < end) {
                rows.add(part.slice(start - first, end - start));
            }
            first += part.count();
        }
        return rows;
    }

    /** Returns the ids of the keys in the kept parts that are there no more, one for each key. */
    private long[] removed(SavePlan plan) throws IOException {
        long[] removed = new long[Math.toIntExact(plan.removed())];
        int count = 0;
        for (SavePlan.Piece piece : plan.pieces()) {
            SavedIndex.Stored part = piece.kept();
            if (part == null || piece.removed() == 0) {
                continue;
            }
            try (IndexReader reader = IndexReader.open(part.part().beside(file))) {
                int step = InputFile.CHUNK_BYTES / Long.BYTES;
                for (long row = 0; row < part.size(); row += step) {
                    long[] absent = absent(reader.ids(row, (int) Math.min(step, part.size() - row)));
                    System.arraycopy(absent, 0, removed, count, absent.length);
                    count += absent.length;
                }
            }
        }
        return removed;
    }

    /** Returns those of some ids, which do not descend, that no key has, by one pass over the keys from the first id to the last. */
    private long[] absent(long[] ids) {
        long[] absent = new long[ids.length];
        int count = 0;
        int next = 0;
        long end = snapshot.rowFrom(ids[ids.length - 1] + 1);
        for (Keys keys : snapshot.range(snapshot.rowFrom(ids[0]), end)) {
            for (long offset = 0; offset < keys.count(); offset++) {
                long id = keys.id(offset);
                while (next < ids.length && ids[next] < id) {
                    absent[count++] = ids[next++];
                }
                while (next < ids.length && ids[next] == id && !keys.isRemoved(offset)) {
                    next++; // all keys of a picture, which are there together
                }
            }
        }
        while (next < ids.length) {
            absent[count++] = ids[next++];
        }
        return Arrays.copyOf(absent, count);
    }

    /**
     * Gives the present file a second name.
     *
     * @return false if the file system cannot do that
     */
    private boolean link(Path name) throws IOException {
        try {
            disk.link(name, file);
        } catch (UnsupportedOperationException | FileSystemException e) {
            return false;
        }
        disk.force(Objects.requireNonNull(file.toAbsolutePath().getParent()));
        return true;
    }
}
