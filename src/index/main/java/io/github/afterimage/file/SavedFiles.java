package io.github.afterimage.file;

import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.log.ChangeLog;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.log.LogPosition;
import io.github.afterimage.log.LogState;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Saves an index to files, and keeps the log of one of them.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>Holds the {@link SaveLock} of a name from the first save to it until a save to another name, or until closed. With a log, it
 *       is that of the log's file; a save to another name is a copy.
 *   <li>Refuses a save to a known name if another index was saved there since, so no key is lost silently. A save to a
 *       new name replaces any file there.
 * </ol>
 *
 * <p>Threads: thread-safe; saves run one at a time.
 */
public final class SavedFiles implements AutoCloseable {
    private final Disk disk;
    private final Settings settings;
    private final Fold fold;
    private final KnownFiles known = new KnownFiles();
    /** The last save that was no copy, on which the next one builds. */
    private @Nullable SavedIndex last;

    private @Nullable SaveLock lock;
    private volatile @Nullable ChangeLog log;
    private @Nullable Continued continued;

    /** Saves the index of a log that has grown to its bound. */
    public interface Fold {
        /** @param file the file that the log belongs to */
        void save(Path file) throws IOException;
    }

    /**
     * Settings of the saves of an index, and of the log between them.
     *
     * @param log durability of the log that the first save begins; null for no log
     * @param maxLogBytes bytes of the log from which on the index is saved in the background
     * @param erase true to write parts with removed keys again when the index is saved
     */
    public record Settings(@Nullable Durability log, long maxLogBytes, boolean erase) {}

    /**
     * The state to which changes are taken back.
     *
     * @param index the last save before the changes in the log
     * @param file the file before that save; null if it had a log already
     */
    private record Continued(SavedIndex index, @Nullable FileBeforeLog file) {}

    /**
     * A save, but for the moment of the keys.
     *
     * @param changes true to write only changes
     */
    private record Save(
            Path name,
            Path target,
            KeyStore keys,
            Map<String, String> attributes,
            ExtraTensors extra,
            boolean changes) {}

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
            known.put(last, opened.log().end());
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
        FileBeforeLog before = null;
        if (present.end() == null) {
            before = FileBeforeLog.of(Objects.requireNonNull(last));
            save(name, opened.keys(), opened.attributes(), opened.extra(), true);
        } else {
            log = newLog(SaveLock.canonical(name), opened.keys(), present);
            opened.keys().log(log);
        }
        continued = new Continued(Objects.requireNonNull(last), before);
    }

    /** Returns whether {@link #continueLog} has continued or begun a log. */
    public synchronized boolean hasContinuedLog() {
        return continued != null;
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
        used.awaitFold();
        synchronized (this) {
            try {
                Continued from = Objects.requireNonNull(continued);
                if (!known.isLast(from.index)) {
                    return false;
                }
                used.discard();
                if (from.file != null) {
                    from.file.restore(disk);
                }
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(used.index() + ": changes cannot be taken back: " + e.getMessage(), e);
            }
        }
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
            if (log != null) { // otherwise the save that begins it runs
                known.requireOwn(target, this);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(target + ": the change is refused: " + e.getMessage(), e);
        }
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

    /** Returns the bytes of the log; 0 if there is none. */
    public long logBytes() {
        ChangeLog used = log;
        return used == null ? 0 : used.bytes();
    }

    /** Tells whether a file holds what was last read from it or saved to it; waits for a save that runs. */
    public synchronized boolean isCurrent(Path name) throws IOException {
        return known.isCurrent(SaveLock.canonical(name));
    }

    /**
     * Takes the lock of a name now.
     *
     * @throws FileSystemException if another holder has it, or a save to the name would be refused
     */
    public synchronized void lock(Path name) throws IOException {
        SaveLock taken = lockOf(name);
        try {
            Path target = SaveLock.canonical(name);
            known.requireUnchanged(name, target, hasLog(target));
            if (!isCopy(target)) {
                keep(taken);
            }
        } finally {
            giveBack(taken);
        }
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
        SaveLock taken = lockOf(name);
        try {
            Save save = new Save(name, SaveLock.canonical(name), keys, attributes, extra, changes);
            boolean copy = isCopy(save.target);
            LogPosition end = known.end(save.target);
            known.requireUnchanged(name, save.target, hasLog(save.target));
            SavedIndex now = written(save);
            known.put(now, now.header.log());
            if (!copy) {
                last = now;
                keep(taken);
            }
            clean(save, end);
        } finally {
            giveBack(taken);
        }
    }

    private boolean hasLog(Path target) {
        ChangeLog used = log;
        return used != null && used.index().equals(target);
    }

    private boolean isCopy(Path target) {
        return log != null && !hasLog(target);
    }

    private SaveLock lockOf(Path name) throws IOException {
        return lock != null && lock.isOf(name) ? lock : SaveLock.take(name);
    }

    private void keep(SaveLock taken) {
        SaveLock before = lock;
        lock = taken;
        if (before != null) {
            giveBack(before);
        }
    }

    private void giveBack(SaveLock taken) {
        if (taken != lock) {
            taken.close();
        }
    }

    private SavedIndex written(Save save) throws IOException {
        try {
            ChangeLog used = log;
            if (used == null) {
                return settings.log() == null ? write(save, null, last) : writeWithNewLog(save);
            }
            return hasLog(save.target) ? writeWithLog(save, used) : write(save, null, last);
        } catch (IOException | RuntimeException | Error e) {
            known.refresh(save.target);
            throw e;
        }
    }

    /** @param used the log that has all later changes; null if the file has none */
    private SavedIndex write(Save save, @Nullable ChangeLog used, @Nullable SavedIndex before) throws IOException {
        // The keys are taken while no other save runs, so no save replaces a newer state by an older one.
        IndexSave.State state = save.keys.unchanged(() -> {
            LogPosition end = known.end(save.target);
            if (used != null) {
                save.keys.log(used);
                end = used.cut(); // before the snapshot is held
            }
            return new IndexSave.State(
                    save.keys, save.keys.moment(), end, save.attributes, save.extra, settings.erase());
        });
        try (KeyStore.Moment moment = state.moment()) {
            return IndexSave.save(disk, save.name, state, save.changes ? before : null);
        }
    }

    /** Saves an index with its log, and once more if the log has failed at a change that was made meanwhile. */
    private SavedIndex writeWithLog(Save save, ChangeLog used) throws IOException {
        SavedIndex now = last;
        boolean complete;
        do {
            now = write(save, used, now);
            complete = save.keys.unchanged(used::saved);
            used.releaseSaved();
        } while (!complete);
        return now;
    }

    /** Saves an index and begins its log. The log has the changes that are made while the save runs. */
    private SavedIndex writeWithNewLog(Save save) throws IOException {
        ChangeLog begun = newLog(save.target, save.keys, LogState.begin());
        AutoCloseable undo = () -> {
            save.keys.log(null);
            begun.discard(); // if this fails, opening the index ignores the log, or finds changes in it that were made
        };
        SavedIndex now = Resources.guarded(undo, () -> writeWithLog(save, begun));
        log = begun;
        return now;
    }

    /**
     * Deletes the files that the index does not need after a save: parts that it does not name, and the log that it has included, or
     * that of an index that it has replaced.
     *
     * @param end a position in the included log; null if the index had none
     */
    private void clean(Save save, @Nullable LogPosition end) throws IOException {
        try {
            try {
                SaveJournal.deleteLeft(disk, save.target);
            } finally {
                if (hasLog(save.target)) {
                    Objects.requireNonNull(log).deleteSaved();
                } else {
                    new LogNames(save.target).deleteOf(disk, end);
                }
            }
        } catch (IOException e) {
            throw IndexSave.named(
                    save.name, "is saved, but files that it does not need any more may hold removed keys", e);
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
}
