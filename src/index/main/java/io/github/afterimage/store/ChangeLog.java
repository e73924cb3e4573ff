package io.github.afterimage.store;

import io.github.afterimage.Durability;
import io.github.afterimage.UnsavedChangeException;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
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
 * record, all changes are refused until a save, which does not need the log.
 *
 * <p>Threads: the store calls {@link #reserve}, {@link #append} and {@link #cut} under its lock; any thread commits. The
 * owner holds the {@link SaveLock} of the index.
 */
final class ChangeLog implements AutoCloseable {
    // Small logs take little room; a large one asks for room once in 64 MiB.
    private static final long LEAST_ROOM = 1L << 20;
    private static final long MOST_ROOM = 1L << 26;
    /** Changes that wait to be written keep the memory of their keys; beyond this many bytes, their callers write. */
    private static final long MOST_WAITING = 1L << 26;

    private final Disk disk;
    private final Path index;
    private final KeyFormat format;
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
    private volatile @Nullable IOException failure;

    // Changed under the lock of the store; the file also under that of forcing.
    private volatile @Nullable LogFile file;
    private int fileNumber;
    private final int firstOwn;
    /** Number of the first file that the last cut did not end. */
    private int firstKept;

    private long position;
    private long room;
    /** Bytes that the last cut has ended. */
    private long cutBytes;

    private long cutShortfall;

    /** Bytes of all files. */
    private final AtomicLong bytes;

    /** Bytes that ended files lack to {@link #LEAST_ROOM}; the bound counts them too, because many files slow down opening. */
    private final AtomicLong shortfall;

    /** A change and the place of its record. */
    private record Waiting(LoggedChange change, LogFile file, long position) {}

    /** @param index the index file, not a symbolic link */
    record Place(Disk disk, Path index, KeyFormat format) {}

    /**
     * Begins a session.
     *
     * @param settings with a durability
     * @param present the log so far
     * @param save saves the index
     * @throws IOException if the present log cannot be forced to the disk
     */
    ChangeLog(Place place, SaveSettings settings, LogState present, LogFold.Save save) throws IOException {
        disk = place.disk;
        index = place.index;
        format = place.format;
        durability = Objects.requireNonNull(settings.log());
        begin = Objects.requireNonNull(present.end());
        appended = begin.next();
        written = appended;
        forced = appended;
        bytes = new AtomicLong(present.bytes());
        shortfall = new AtomicLong(Math.max(0, present.files() * LEAST_ROOM - present.bytes()));
        fold = new LogFold(settings.maxLogBytes(), () -> bytes.get() + shortfall.get(), save);
        LogNames names = new LogNames(index);
        // New records presume the old ones, which a killed process may have left unforced.
        names.force(disk);
        firstOwn = names.free();
        fileNumber = firstOwn - 1;
        forcer = new LogForcer(durability, () -> appended > forced && failure == null, this::flush);
    }

    Path index() {
        return index;
    }

    /** Returns the bytes of the log, up to the last record. */
    long bytes() {
        return bytes.get();
    }

    /** Returns the position behind the last change. */
    LogPosition end() {
        return begin.at(appended);
    }

    /**
     * Waits until the log is not longer than twice its bound. Call it before a change, without the lock of the store.
     *
     * @throws UncheckedIOException if the save that should shorten it fails
     */
    void awaitRoom() {
        fold.awaitRoom();
    }

    /**
     * Makes room for the record of a change.
     *
     * @param record counts what the change holds, or more
     * @throws UncheckedIOException if the disk is full or the log is broken; the change must be refused
     */
    void reserve(LogRecord record) {
        requireUsable();
        long needed = record.bytes(format);
        try {
            LogFile open = file;
            if (open != null && !open.takes(record)) {
                flush();
                closeFile();
                open = null;
            }
            if (open == null) {
                open = LogFile.create(disk, new LogNames(index).path(++fileNumber), end(), record);
                position = LogFile.HEADER_BYTES;
                bytes.addAndGet(position);
                room = position;
                file = open;
            }
            if (position + needed > room) {
                long more = Math.max(position + needed - room, Math.max(LEAST_ROOM, Math.min(MOST_ROOM, position)));
                open.reserve(room, more);
                room += more;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    index + ": the change is refused, because the log has no room for it: " + e.getMessage()
                            + "; free space on this disk and try again",
                    e);
        }
    }

    /** Appends a change for which room is reserved, just before its snapshot becomes visible. */
    void append(Snapshot snapshot, LoggedChange.Change change) {
        LoggedChange logged = new LoggedChange(snapshot, format, appended, change);
        waiting.add(new Waiting(logged, Objects.requireNonNull(file), position));
        position += logged.bytes();
        bytes.addAndGet(logged.bytes());
        waitingBytes.addAndGet(logged.bytes());
        appended = logged.number() + 1;
    }

    /**
     * Writes all changes that are appended, and waits for the disk, if the durability says so.
     *
     * @throws UnsavedChangeException if that fails; the changes are visible, but not certainly in the log
     */
    void commit() {
        long end = appended;
        try {
            if (durability.interval().isEmpty() || waitingBytes.get() > MOST_WAITING) {
                write(end);
            }
            if (durability.waits()) {
                force(end);
            }
            forcer.wake();
            fold.request();
        } catch (IOException e) {
            throw new UnsavedChangeException(
                    index + ": the change is made, but may be missing in the log: " + e.getMessage()
                            + "; save the index, which does not need the log, or close it to give the change up",
                    e);
        }
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
                } catch (IOException | RuntimeException e) {
                    throw failed(e);
                }
                waiting.remove();
                waitingBytes.addAndGet(-next.change.bytes());
                next.change.close();
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
            try {
                Objects.requireNonNull(file).force();
            } catch (IOException | RuntimeException e) {
                throw failed(e);
            }
            forced = to;
        }
    }

    private IOException failed(Exception cause) {
        IOException problem = new IOException(cause.getMessage(), cause);
        failure = problem;
        return problem;
    }

    private void requireNoFailure() throws IOException {
        IOException problem = failure;
        if (problem != null) {
            throw new IOException(problem.getMessage(), problem);
        }
    }

    private void requireUsable() {
        IOException problem = failure;
        if (problem != null) {
            throw new UncheckedIOException(
                    index + ": the change is refused, because the log could not be written before: "
                            + problem.getMessage() + "; save the index, which begins a new log",
                    problem);
        }
    }

    /**
     * Ends the present file, so that the next change begins another one. All its records are on the disk then, because
     * those of the next file presume them.
     *
     * @return the position behind the last change
     */
    LogPosition cut() {
        try {
            flush();
            closeFile();
        } catch (IOException e) {
            // A save that follows does not need the log; without one, changes stay refused.
        }
        firstKept = fileNumber + 1;
        measureCut();
        return end();
    }

    private void measureCut() {
        cutBytes = bytes.get();
        cutShortfall = shortfall.get();
    }

    /** Writes and forces all changes that are appended. */
    void flush() throws IOException {
        write(appended);
        force(appended);
    }

    private void closeFile() throws IOException {
        synchronized (forcing) {
            LogFile open = file;
            if (open != null) {
                file = null;
                long end = position;
                shortfall.addAndGet(Math.max(0, LEAST_ROOM - end));
                position = 0;
                try (open) {
                    open.truncate(end);
                }
                if (end == LogFile.HEADER_BYTES) {
                    disk.delete(open.path());
                }
            }
        }
    }

    /** Deletes the files before the last {@link #cut}, which a save has included. After a failure, the log works again. */
    void saved() throws IOException {
        if (failure != null) {
            closeBroken();
            forced = appended;
            written = appended;
            failure = null;
            measureCut();
        }
        bytes.addAndGet(-cutBytes);
        shortfall.addAndGet(-cutShortfall);
        new LogNames(index).deleteBefore(disk, firstKept);
    }

    /** Closes the log and deletes the files that it has begun. */
    void discard() throws IOException {
        close();
        new LogNames(index).deleteFrom(disk, firstOwn);
    }

    private void closeBroken() {
        try {
            closeFile();
        } catch (IOException e) {
            // The file is deleted.
        }
        waiting.forEach(left -> left.change.close());
        waiting.clear();
        waitingBytes.set(0);
    }

    @Override
    public void close() {
        fold.close();
        forcer.close();
        cut();
        closeBroken();
    }
}
