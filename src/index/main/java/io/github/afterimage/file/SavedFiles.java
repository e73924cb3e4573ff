package io.github.afterimage.file;

import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.log.ChangeLog;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.log.LogPosition;
import io.github.afterimage.log.LogReader;
import io.github.afterimage.log.LogState;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tracks the files that an index was opened from and saved to.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>Holds the {@link SaveLock} of a name from the first save to it until a save to another name, or until closed.
 *   <li>Refuses a save to a known name if another index was saved there since, so no key is lost silently. A save to a
 *       new name replaces any file there.
 * </ol>
 *
 * <p>Threads: thread-safe; saves run one at a time.
 */
public final class SavedFiles implements AutoCloseable {
    private final Disk disk;
    private final Map<Path, Known> known = new HashMap<>();
    private final Settings settings;
    private final Fold fold;
    private @Nullable SavedIndex last;
    private @Nullable SaveLock lock;
    private volatile @Nullable ChangeLog log;
    /** The file of the log when it was last seen to hold what it should. */
    private volatile @Nullable FileStamp seen;
    /** The last save before the changes in this log. */
    private @Nullable SavedIndex continued;

    private @Nullable FileBeforeLog beforeLog;

    /** Saves the index of a log that has grown to its bound. */
    public interface Fold {
        /** @param file the file that the log belongs to */
        void save(Path file) throws IOException;
    }

    /**
     * Describes what a name held last.
     *
     * @param end position behind the changes of its log; null if it has none
     */
    private record Known(PartFile identity, @Nullable LogPosition end) {}

    /**
     * Settings of the saves of an index, and of the log between them.
     *
     * @param log durability of the log that the first save begins; null for no log
     * @param maxLogBytes bytes of the log from which on the index is saved in the background
     * @param erase true to write parts with removed keys again when the index is saved
     */
    public record Settings(@Nullable Durability log, long maxLogBytes, boolean erase) {}

    /** Tracks an index without a log, whose removed keys are erased; {@code opened} as below. */
    public SavedFiles(IndexFile.@Nullable Contents opened) {
        this(Disk.SYSTEM, opened, null, new Settings(null, Long.MAX_VALUE, true), file -> {});
    }

    /**
     * Tracks an index that was not saved yet.
     *
     * @param opened contents of the file that it was opened from, or null
     * @param lock lock of the name that it will be saved to, or null; closed together with this object
     * @param fold calls {@link #save} on a thread of the log
     */
    public SavedFiles(
            Disk disk, IndexFile.@Nullable Contents opened, @Nullable SaveLock lock, Settings settings, Fold fold) {
        this.disk = disk;
        this.lock = lock;
        this.settings = settings;
        this.fold = fold;
        if (opened != null && opened.saved() != null) {
            last = opened.saved();
            known.put(last.target, new Known(last.identity, opened.log().end()));
        }
    }

    /**
     * Continues the log of the file that the index was opened from, or saves the index in order to begin one.
     *
     * @param opened contents of the file; this object was made with them, the lock of the file, and settings
     * @throws FileSystemException if a log of another index has the name
     */
    public synchronized void continueLog(Path name, IndexFile.Contents opened) throws IOException {
        LogState present = opened.log();
        if (!present.foreign().isEmpty()) {
            throw Disk.refused(
                    name,
                    "a log of another index that had this name lies beside it: delete "
                            + String.join(", ", present.foreign()) + ", or move them away with that index");
        }
        LogPosition end = present.end();
        if (end == null) {
            beforeLog = FileBeforeLog.of(Objects.requireNonNull(last));
            save(name, opened.keys(), opened.attributes(), opened.extra(), true);
        } else {
            log = newLog(SaveLock.canonical(name), opened.keys(), present);
            opened.keys().log(log);
        }
        continued = last;
    }

    /**
     * Takes back the changes in the log that {@link #continueLog} has continued or begun; nobody makes changes meanwhile or
     * later.
     *
     * @return false if a save has included some of the changes, which all stay then; {@link #close} tells whether they are saved
     * @throws UncheckedIOException if a file cannot be written
     */
    public boolean revert() {
        ChangeLog used = Objects.requireNonNull(log);
        awaitFold();
        try {
            return revert(used);
        } catch (IOException e) {
            throw new UncheckedIOException(used.index() + ": changes cannot be taken back: " + e.getMessage(), e);
        }
    }

    private synchronized boolean revert(ChangeLog used) throws IOException {
        if (last != continued) {
            return false;
        }
        used.discard();
        if (beforeLog != null) {
            beforeLog.restore(disk);
        }
        return true;
    }

    /** Returns whether {@link #continueLog} has continued or begun a log. */
    public synchronized boolean hasContinuedLog() {
        return continued != null;
    }

    private ChangeLog newLog(Path target, KeyStore keys, LogState present) throws IOException {
        return new ChangeLog(
                disk,
                target,
                keys.format(),
                () -> requireOwn(target),
                Objects.requireNonNull(settings.log()),
                settings.maxLogBytes(),
                present,
                () -> fold.save(target));
    }

    /**
     * Checks that the file of the log is the one that this object has read or saved: another process may have put another file
     * in its place, and opening that ignores the log.
     *
     * @throws UncheckedIOException if it is another file, or none
     */
    private void requireOwn(Path target) {
        try {
            FileStamp now = FileStamp.of(target);
            if (log != null && (now == null || !now.equals(seen))) {
                requireKnown(target); // waits for a save that may have replaced the file just now
            }
        } catch (IOException e) {
            throw new UncheckedIOException(target + ": the change is refused: " + e.getMessage(), e);
        }
    }

    private synchronized void requireKnown(Path target) throws IOException {
        FileStamp now = FileStamp.of(target);
        Known before = known.get(target);
        PartFile found = PartFile.held(target);
        if (before != null && !before.identity.equals(found)) {
            throw new IOException((found == null ? "another process has removed" : "another process has replaced")
                    + " the file, and opening it would ignore the log of the former one; save this index to another"
                    + " name, or open the file again");
        }
        seen = now;
    }

    /** Waits for the save in the background, if one runs. */
    void awaitFold() {
        ChangeLog used = log;
        if (used != null) {
            used.awaitFold();
        }
    }

    /** Returns what keeps the log, or the save in the background, from working; null if nothing does. */
    public @Nullable Throwable failure() {
        ChangeLog used = log;
        return used == null ? null : used.failure();
    }

    /** Tells whether a file holds what was last read from it or saved to it; waits for a save that runs. */
    public synchronized boolean isCurrent(Path name) throws IOException {
        Path target = SaveLock.canonical(name);
        Known before = known.get(target);
        return before != null && before.identity.equals(PartFile.held(target));
    }

    /** Returns the bytes of the log; 0 if there is none. */
    public long logBytes() {
        ChangeLog used = log;
        return used == null ? 0 : used.bytes();
    }

    private interface Save {
        /** Returns null if it saved nothing. */
        @Nullable
        SavedIndex run() throws IOException;
    }

    /**
     * Takes the lock of a name now.
     *
     * @throws FileSystemException if another holder has it, or a save to the name would be refused
     */
    public synchronized void lock(Path name) throws IOException {
        underLock(name, SaveLock.canonical(name), () -> {}, () -> null);
    }

    /**
     * Saves the present keys; see {@link IndexSave#save}. If the log has failed meanwhile, saves them again, so that every
     * change that is visible when this method returns is on the disk.
     *
     * @param changes true to write only keys that the file is not known to hold
     * @throws FileSystemException if another holder has the lock of the name, or has saved to it; or if the index is saved, and a
     *     file that it does not need any more cannot be deleted
     */
    public synchronized void save(
            Path name, KeyStore keys, Map<String, String> attributes, ExtraTensors extra, boolean changes)
            throws IOException {
        Path target = SaveLock.canonical(name);
        Source source = new Source(keys, attributes, extra, changes);
        beforeLog = continued == null ? beforeLog : null;
        Known present = known.get(target);
        LogPosition end = present == null ? null : present.end;
        underLock(name, target, () -> deleteObsolete(target, end), () -> {
            // The keys are taken while no other save runs, so no save replaces a newer state by an older one.
            ChangeLog used = log;
            if (used != null && used.index().equals(target)) {
                return saveWithLog(name, used, source);
            }
            if (used == null && settings.log() != null) {
                return saveWithNewLog(name, target, source);
            }
            return write(name, source, () -> end, last);
        });
    }

    /**
     * The content of a save, but for the moment of the keys.
     *
     * @param changes true to write only changes
     */
    private record Source(KeyStore keys, Map<String, String> attributes, ExtraTensors extra, boolean changes) {}

    private SavedIndex write(Path name, Source source, Supplier<@Nullable LogPosition> end, @Nullable SavedIndex before)
            throws IOException {
        IndexSave.State state = source.keys.unchanged(() -> {
            LogPosition position = end.get(); // before the snapshot is held
            return new IndexSave.State(
                    source.keys, source.keys.moment(), position, source.attributes, source.extra, settings.erase());
        });
        try (KeyStore.Moment moment = state.moment()) {
            return IndexSave.save(disk, name, state, source.changes ? before : null);
        }
    }

    /** Saves an index with its log, and once more if the log has failed at a change that was made meanwhile. */
    private SavedIndex saveWithLog(Path name, ChangeLog used, Source source) throws IOException {
        SavedIndex now = last;
        boolean complete;
        do {
            now = write(
                    name,
                    source,
                    () -> {
                        source.keys.log(used);
                        return used.cut();
                    },
                    now);
            complete = source.keys.unchanged(used::saved);
            used.releaseSaved();
        } while (!complete);
        return now;
    }

    /** Saves an index and begins its log. The log has the changes that are made while the save runs. */
    private SavedIndex saveWithNewLog(Path name, Path target, Source source) throws IOException {
        ChangeLog begun = newLog(target, source.keys, LogState.begin());
        AutoCloseable undo = () -> {
            source.keys.log(null);
            begun.discard(); // if this fails, opening the index ignores the log, or finds changes in it that were made
        };
        SavedIndex now = Resources.guarded(undo, () -> saveWithLog(name, begun, source));
        log = begun;
        return now;
    }

    /**
     * Deletes the files that the index does not need after a save: parts that it does not name, and the log that it has included, or
     * that of an index that it has replaced.
     *
     * @param end a position in the included log; null if the index had none
     */
    private void deleteObsolete(Path target, @Nullable LogPosition end) throws IOException {
        try {
            SaveJournal.deleteLeft(disk, target);
        } finally {
            ChangeLog used = log;
            if (used != null && used.index().equals(target)) {
                used.deleteSaved();
            } else {
                List<Path> obsolete = new ArrayList<>();
                for (Path file : new LogNames(target).files().values()) {
                    if (end == null || LogReader.isOf(file, end)) {
                        obsolete.add(file);
                    }
                }
                disk.deleteForGood(obsolete);
            }
        }
    }

    /** @param cleaning runs last, when what is saved is known even if it fails */
    private void underLock(Path name, Path target, Resources.Action<IOException> cleaning, Save save)
            throws IOException {
        boolean copy = log != null && !log.index().equals(target);
        SaveLock taken = lock != null && lock.isOf(name) ? lock : SaveLock.take(name);
        AutoCloseable made = taken == lock ? () -> {} : taken;
        Resources.filled(made, held -> {
            requireUnchanged(name, target);
            // Only this save can have changed the file, if just its last step fails.
            Resources.filled(() -> known.computeIfPresent(target, (path, before) -> heldOr(path, before)), undo -> {
                SavedIndex now = save.run();
                if (now != null) {
                    last = copy ? last : now;
                    known.put(target, new Known(now.identity, now.header.log()));
                }
            });
        });
        if (!copy) {
            if (lock != null && lock != taken) {
                lock.close();
            }
            lock = taken;
        }
        try {
            cleaning.run();
        } catch (FileSystemException | ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(
                    name + ": is saved, but files that it does not need any more may hold removed keys: "
                            + e.getMessage(),
                    e);
        } finally {
            if (copy) {
                taken.close();
            }
        }
    }

    private void requireUnchanged(Path name, Path target) throws IOException {
        Known before = known.get(target);
        PartFile now = PartFile.held(target);
        boolean own = log != null && log.index().equals(target);
        if (before != null && now != null && (!now.equals(before.identity) || !own && !isEnd(target, before.end))) {
            throw Disk.refused(
                    name,
                    "has changed since this index was opened from it or saved to it, and saving would lose what another"
                            + " process saved; save to another name, or open it again");
        }
    }

    private static boolean isEnd(Path target, @Nullable LogPosition end) throws IOException {
        if (end == null) {
            return true;
        }
        try (IndexReader reader = IndexReader.open(target)) {
            return end.equals(LogReader.read(target, reader.header.log(), reader.header.format())
                    .end());
        }
    }

    private static @Nullable Known heldOr(Path file, Known otherwise) {
        try {
            PartFile now = PartFile.held(file);
            return now == null ? null : new Known(now, otherwise.end);
        } catch (IOException e) {
            return otherwise;
        }
    }

    @Override
    public void close() {
        Resources.closeAll(log, this::closeLock); // the log waits for a save in the background
    }

    private synchronized void closeLock() {
        if (lock != null) {
            lock.close();
        }
    }

    /**
     * Identity, size and times of a file, as the system tells them without reading it. A file that was replaced or written has another stamp.
     *
     * @param key identifies the file on its file system; null if the system has no such keys
     */
    private record FileStamp(@Nullable Object key, long bytes, FileTime written) {
        /** Returns the present stamp; null if there is no such file. */
        static @Nullable FileStamp of(Path file) throws IOException {
            try {
                BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
                return new FileStamp(now.fileKey(), now.size(), now.lastModifiedTime());
            } catch (NoSuchFileException e) {
                return null;
            }
        }
    }

    /**
     * The file of an index as it was before a save began its log.
     *
     * @param content all bytes of a file without keys; null for one with keys, which is a part now
     */
    private record FileBeforeLog(SavedIndex index, byte @Nullable [] content) {
        static FileBeforeLog of(SavedIndex index) throws IOException {
            return new FileBeforeLog(index, index.header.size() == 0 ? Files.readAllBytes(index.target) : null);
        }

        /** Gives the file its old bytes, unless the save has not kept them or a part that they name. */
        void restore(Disk disk) throws IOException {
            Path file = index.target;
            if (content == null) {
                List<Path> now = IndexFile.files(file);
                if (now.size() == 2 && isOriginal(now.get(1))) {
                    disk.rename(now.get(1), file);
                    disk.force(AtomicFile.folder(file));
                }
            } else if (index.header.parts().stream().allMatch(part -> Files.exists(part.beside(file)))) {
                try (AtomicFile old = AtomicFile.create(disk, file, file)) {
                    AtomicFile.write(old.channel(), ByteBuffer.wrap(content));
                    old.complete();
                }
            }
        }

        private boolean isOriginal(Path part) throws IOException {
            try (InputFile input = InputFile.read(part)) {
                return input.bytes == index.identity.bytes()
                        && Checksums.ofHeader(HeaderReader.bytes(input)) == index.identity.checksum();
            }
        }
    }
}
