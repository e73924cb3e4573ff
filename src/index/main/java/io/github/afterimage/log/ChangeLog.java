package io.github.afterimage.log;

import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.keys.KeyChange;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyLog;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes the changes of a store to the log beside its index.
 *
 * <p>A change passes three steps. The store reserves room for its record, so that a full disk refuses the change before
 * anything has happened. It appends the change when the change becomes visible. The caller commits it afterwards, without
 * the lock of the store: records are written in the order of their numbers, by whoever comes first, while the store prepares
 * the next change; then the caller waits for the disk together with others. A {@link Durability} with an interval leaves both
 * to a thread of the log.
 *
 * <p>Each session, and each save, begins a new file. Nothing is ever written over. If a device fails in the middle of a
 * record, all changes are refused until a save has included every visible one.
 *
 * <p>Threads: {@link #reserve}, {@link #append}, {@link #cut} and {@link #saved} are called under the lock of the store; any
 * thread commits. The owner holds the lock of the index.
 *
 * <p>Lifetime: until {@link #close}, which tells whether a change is lost, or {@link #discard}.
 */
public final class ChangeLog implements KeyLog, AutoCloseable {
    /** Small logs take little room; a large one asks for room once in 64 MiB. */
    private static final long MOST_ROOM = 1L << 26;
    /** Room that a file of the log takes at least. */
    private static final long LEAST_ROOM = 1L << 20;
    /** Changes that wait to be written keep the memory of their keys; beyond this many bytes, their callers write. */
    private static final long MOST_WAITING = 1L << 26;

    private final Disk disk;
    private final Path index;
    private final KeyFormat format;
    private final Runnable check;
    private final Durability durability;
    private final LogFold fold;
    private final LogPosition begin;
    private final AtomicLong waitingBytes = new AtomicLong();
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final Object writing = new Object();
    private final Object forcing = new Object();
    private final LogForcer forcer;

    // Numbers of the first change that is not appended, not written, not forced. They ascend in this order.
    private volatile long appended;
    private volatile long written;
    private volatile long forced;
    private volatile @Nullable Throwable failure;

    /** End of the last record that is written to the present file. */
    private volatile long writtenEnd;
    /** End of the last one that is forced; changed under the lock of forcing. */
    private long forcedEnd;

    // Changed under the lock of the store; the file also under that of forcing.
    private volatile @Nullable LogFile file;
    private int fileNumber;
    private final int firstOwn;
    private long position;
    private long room;
    private Cut cut;
    private boolean ended;
    /** Bytes of records and headers. */
    private final AtomicLong bytes;
    /** Bytes that ended files lack to {@link #LEAST_ROOM}, because the bound of a log counts so many: many small files slow down opening. */
    private final AtomicLong shortfall;

    /** A change and the place of its record. */
    private record Waiting(LoggedChange change, LogFile file, long position) {}

    /**
     * A moment between two changes.
     *
     * @param next number of the first change behind it
     * @param firstFile number of the first file that it did not end
     * @param bytes those of the ended files
     */
    private record Cut(long next, int firstFile, long bytes, long shortfall) {}

    /**
     * Begins a session.
     *
     * @param maxBytes bytes of the log from which on the index is saved
     * @param present the log so far
     * @param save saves the index
     * @throws IOException if the present log cannot be forced to the disk
     */
    public ChangeLog(
            Disk disk,
            Path index,
            KeyFormat format,
            Runnable check,
            Durability durability,
            long maxBytes,
            LogState present,
            Resources.Action<IOException> save)
            throws IOException {
        this.disk = disk;
        this.index = index;
        this.format = format;
        this.check = check;
        this.durability = durability;
        begin = Objects.requireNonNull(present.end());
        appended = begin.next();
        written = appended;
        forced = appended;
        bytes = new AtomicLong(present.bytes());
        shortfall = new AtomicLong(Math.max(0, present.files() * LEAST_ROOM - present.bytes()));
        fold = new LogFold(index, maxBytes, () -> bytes.get() + shortfall.get(), save, System::nanoTime);
        LogNames names = new LogNames(index);
        // New records presume the old ones, which a killed process may have left unforced.
        names.force(disk);
        firstOwn = names.free(List.of());
        fileNumber = firstOwn - 1;
        cut = cutAfter(appended);
        forcer = new LogForcer(durability, () -> appended > forced && failure == null, this::flush);
    }

    public Path index() {
        return index;
    }

    /** Returns the bytes of the log, up to the last record. */
    public long bytes() {
        return bytes.get();
    }

    /** Returns the position behind the last change. */
    LogPosition end() {
        return begin.at(appended);
    }

    /** Returns what keeps the log or the save in the background from working; null if nothing does. */
    @Nullable
    public Throwable failure() {
        Throwable problem = failure;
        return problem == null ? fold.failure() : problem;
    }

    /** Describes a failure. */
    static String reason(@Nullable Throwable failure) {
        return failure == null || failure.getMessage() == null || failure instanceof Error
                ? String.valueOf(failure)
                : failure.getMessage();
    }

    /**
     * Admits a change: waits until the log is not longer than twice its bound. Call it without the lock of the store.
     *
     * @throws UncheckedIOException if the save that should shorten it fails, or opening the index would not find the log
     */
    @Override
    public void admit() {
        check.run();
        fold.awaitRoom();
    }

    /** Waits for the save in the background, if one runs. */
    public void awaitFold() {
        fold.await();
    }

    @Override
    public void reserve(KeyChange change) {
        requireUsable();
        LogRecord record = new LogRecord(
                0,
                0,
                0,
                change.added().detailBytes(),
                change.removedIds().length,
                change.added().count(),
                change.requestBytes());
        long needed = record.bytes(format);
        try {
            LogFile open = file;
            if (open == null) {
                open = LogFile.create(disk, new LogNames(index).path(++fileNumber), index, end());
                position = LogFile.HEADER_BYTES;
                bytes.addAndGet(position);
                room = position;
                synchronized (forcing) {
                    writtenEnd = position;
                    forcedEnd = position;
                    file = open;
                }
            }
            if (position + needed > room) {
                long more = Math.max(position + needed - room, Math.max(LEAST_ROOM, Math.min(MOST_ROOM, position)));
                open.reserve(room, more);
                room += more;
            }
        } catch (IOException e) {
            requireUsable(); // the changes before this one may have failed
            throw new UncheckedIOException(
                    index + ": the change is refused, because the log has no room for it: " + e.getMessage()
                            + "; free space on this disk, or allow larger files, and try again",
                    e);
        }
    }

    /**
     * Appends a change for which room is reserved, just before its snapshot becomes visible. The change cannot be refused any
     * more: if the heap is full, the log fails, and the next {@link #commit} says so.
     */
    @Override
    public void append(Snapshot snapshot, KeyChange change) {
        long number = appended;
        LoggedChange logged = null;
        try {
            logged = new LoggedChange(snapshot, format, number, change);
            waiting.add(new Waiting(logged, Objects.requireNonNull(file), position));
            position += logged.bytes();
            bytes.addAndGet(logged.bytes());
            waitingBytes.addAndGet(logged.bytes());
        } catch (RuntimeException | Error e) {
            failure = e;
            if (logged != null) {
                logged.close();
            }
        }
        appended = number + 1;
    }

    /**
     * Writes all changes that are appended, and waits for the disk, if the durability says so.
     *
     * @throws UnsavedChangeException if that fails; the changes are visible, but not certainly in the log
     */
    @Override
    public void commit() {
        long end = appended;
        forcer.request();
        try {
            if (durability.interval().isEmpty() || waitingBytes.get() > MOST_WAITING) {
                write(end);
            }
            if (durability.waits()) {
                force(end);
            }
            fold.request();
        } catch (IOException e) {
            throw new UnsavedChangeException(
                    index + ": the change is made, but may be missing in the log: " + e.getMessage()
                            + "; save the index, which does not need the log, or close it to give the change up",
                    e);
        }
    }

    /** Writes and forces all changes that are appended. */
    void flush() throws IOException {
        write(appended);
        force(appended);
    }

    private void write(long end) throws IOException {
        if (written >= end) {
            return;
        }
        synchronized (writing) {
            while (written < end) {
                requireNoFailure();
                Waiting next = Objects.requireNonNull(waiting.peek());
                try {
                    next.change.write(next.file, next.position, forced);
                } catch (IOException | RuntimeException | Error e) {
                    failure = e;
                }
                requireNoFailure();
                waiting.remove();
                waitingBytes.addAndGet(-next.change.bytes());
                next.change.close();
                writtenEnd = next.position + next.change.bytes();
                written = next.change.number() + 1;
            }
        }
    }

    private void force(long end) throws IOException {
        synchronized (forcing) {
            if (forced >= end) {
                return;
            }
            requireNoFailure();
            long to = written;
            long toEnd = writtenEnd; // not before that of the last one
            LogFile open = Objects.requireNonNull(file);
            try {
                open.force();
            } catch (IOException | RuntimeException | Error e) {
                failure = e;
                dropUnforced(open);
            }
            requireNoFailure();
            forced = to;
            forcedEnd = toEnd;
        }
    }

    /**
     * Drops the records of changes that have not returned. The system may have given their bytes up, and not say so when the next
     * session forces the file, whose changes presume them. Changes that do not wait stay, because they outlast a kill.
     */
    private void dropUnforced(LogFile open) {
        try {
            if (durability.waits()) {
                open.truncate(forcedEnd);
            }
        } catch (IOException | RuntimeException | Error e) {
            // Closing the file tries again.
        }
    }

    private void requireNoFailure() throws IOException {
        Throwable problem = failure;
        if (problem != null) {
            throw new IOException(reason(problem), problem);
        }
    }

    private void requireUsable() {
        try {
            requireNoFailure();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    index + ": the change is refused, because the log could not be written before: " + e.getMessage()
                            + "; save the index, which keeps all former changes and begins a new log",
                    e);
        }
    }

    /**
     * Ends the present file, so that the next change begins another one. All its records are on the disk then, because
     * those of the next file presume them.
     *
     * @return the position behind the last change
     */
    public LogPosition cut() {
        try {
            flush();
            closeFile();
        } catch (IOException e) {
            // A save that follows does not need the log; without one, changes stay refused.
        }
        cut = cutAfter(appended);
        return end();
    }

    private void closeFile() throws IOException {
        synchronized (forcing) {
            LogFile open = file;
            if (open != null) {
                file = null;
                long end = durability.waits() && failure != null ? forcedEnd : position;
                boolean empty = position == LogFile.HEADER_BYTES; // a loss of power may bring a file back
                bytes.addAndGet((empty ? 0 : end) - position);
                shortfall.addAndGet(empty ? 0 : Math.max(0, LEAST_ROOM - end));
                position = 0;
                try (open) {
                    open.truncate(end);
                }
                if (empty) {
                    disk.delete(open.path());
                }
            }
        }
    }

    /**
     * Tells the log that a save has included all changes before the last {@link #cut}. After a failure, the log works again if
     * no change has followed.
     *
     * @return false if changes have followed that may not be in the log; they need another save
     */
    public boolean saved() {
        if (failure == null) {
            return true;
        }
        if (appended > cut.next) {
            return false;
        }
        synchronized (writing) {
            synchronized (forcing) {
                release();
                forced = appended;
                written = appended;
                failure = null;
            }
        }
        cut = cutAfter(cut.next);
        return true;
    }

    /** Returns a cut that has ended all files so far. */
    private Cut cutAfter(long next) {
        return new Cut(next, fileNumber + 1, bytes.get(), shortfall.get());
    }

    /** Counts the files before the last {@link #cut} no more, after {@link #saved}; no other save runs. */
    public void releaseSaved() {
        bytes.addAndGet(-cut.bytes);
        shortfall.addAndGet(-cut.shortfall);
        fold.saved();
    }

    /** Deletes the files before the last {@link #cut}, after {@link #releaseSaved}, as {@link Disk#deleteForGood}. */
    public void deleteSaved() throws IOException {
        new LogNames(index).deleteBefore(disk, cut.firstFile);
    }

    private void release() {
        try {
            closeFile();
        } catch (IOException | RuntimeException | Error e) {
            // Bytes behind the last record do not matter.
        }
        waiting.forEach(left -> left.change.close());
        waiting.clear();
        waitingBytes.set(0);
    }

    /** Closes the log and deletes the files that it has begun. */
    public void discard() throws IOException {
        if (stop()) {
            release();
        }
        new LogNames(index).deleteFrom(disk, firstOwn);
    }

    /**
     * Writes all changes to the disk and closes the log. Closing twice is harmless.
     *
     * @throws UnsavedChangeException if changes that no save has included may be missing in the log
     */
    @Override
    public void close() {
        if (!stop()) {
            return;
        }
        try {
            flush();
        } catch (IOException e) {
            throw new UnsavedChangeException(
                    index + ": closed, but the last changes, " + (appended - forced)
                            + " at most, may be missing in the log: " + e.getMessage()
                            + "; open the index and make those again that it does not have",
                    e);
        } finally {
            release();
        }
    }

    /** Ends the threads; returns false if the log is closed already. */
    private boolean stop() {
        fold.close();
        forcer.close();
        boolean first = !ended;
        ended = true;
        return first;
    }
}
