package io.github.afterimage.log;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log of an index.
 *
 * <p>The log ends at the first record that is not complete. It is cut off there if a process or the system failed before
 * the record was acknowledged. If a later record shows that this one was on the disk once, or a later file follows changes
 * that are missing, the log is damaged, and reading is refused.
 *
 * <p>A process may write the log meanwhile; what it has written when reading begins is read.
 */
public final class LogReader {
    /** Limits the work for a file made up of false begins of records. */
    static final int MAX_CANDIDATES = 10_000;

    /** Receives the changes in order. */
    interface Visitor {
        /** @param position position of the record in the file */
        void change(LogRecord record, InputFile file, long position) throws IOException;
    }

    private final @Nullable LogPosition saved;
    private final KeyFormat format;
    private final Visitor visitor;
    private final RecordReader records;
    /** Number of the next change. */
    private long next;

    private long changes;
    private long bytes;
    private long ignored;

    private LogReader(@Nullable LogPosition saved, KeyFormat format, Visitor visitor) {
        this.saved = saved;
        this.format = format;
        this.visitor = visitor;
        records = new RecordReader(format);
    }

    /** A file with a sound header. */
    private record Opened(InputFile input, long first) {}

    /**
     * Reads the log beside an index.
     *
     * @param index the index file, not a symbolic link
     * @param saved the position that the index file includes; null if it has never had a log
     * @param format of the keys of the index
     * @param visitor receives each change that the index file does not include
     * @throws CorruptIndexException if the log is damaged, or a save has included some of it in the index since the header was
     *     read
     */
    public static LogState read(Path index, @Nullable LogPosition saved, KeyFormat format, Visitor visitor)
            throws IOException {
        List<Opened> files = new ArrayList<>();
        List<String> foreign = new ArrayList<>();
        try (Resources open = new Resources()) {
            for (Path path : new LogNames(index).files().values()) {
                InputFile input;
                try {
                    input = open.add(InputFile.read(path));
                } catch (NoSuchFileException e) {
                    continue; // a save has included it in the index, and deleted it
                }
                LogPosition first = RecordReader.first(input);
                if (saved == null || first != null && !first.lineage().equals(saved.lineage())) {
                    foreign.add(LogNames.name(path));
                } else if (first == null) {
                    requireUnfinished(input);
                } else {
                    files.add(new Opened(input, first.next()));
                }
            }
            files.sort(Comparator.comparing(Opened::first));
            return new LogReader(saved, format, visitor).read(files, foreign);
        }
    }

    /** Records follow a header only when it is on the disk. */
    private static void requireUnfinished(InputFile input) throws CorruptIndexException {
        if (input.bytes > LogFile.HEADER_BYTES) {
            throw new CorruptIndexException(
                    input.path, "header: not that of a log of version " + LogFile.VERSION + "; the log is damaged");
        }
    }

    private LogState read(List<Opened> files, List<String> foreign) throws IOException {
        if (saved == null) {
            return new LogState(null, 0, 0, 0, 0, foreign);
        }
        next = files.isEmpty() ? saved.next() : Math.min(saved.next(), files.get(0).first);
        for (Opened file : files) {
            if (file.first < next || file.first > Math.max(next, saved.next())) {
                throw new CorruptIndexException(
                        file.input.path,
                        "begins with change " + file.first + ", expected " + Math.max(next, saved.next())
                                + "; a file of the log is damaged or missing");
            }
            next = file.first;
            read(file.input, saved.next());
        }
        return new LogState(saved.at(Math.max(next, saved.next())), files.size(), changes, bytes, ignored, foreign);
    }

    /** @param saved number of the first change that the index file does not include */
    private void read(InputFile input, long saved) throws IOException {
        long position = LogFile.HEADER_BYTES;
        while (true) {
            LogRecord record = record(input, position, next);
            if (record == null) {
                long end = requireCut(input, position);
                record = record(input, position, next); // a process that writes the log may have finished it meanwhile
                if (record == null) {
                    ignored += end - position;
                    break;
                }
            }
            if (record.number() >= saved) {
                visitor.change(record, input, position);
                changes++;
            }
            next++;
            position += record.bytes(format);
        }
        bytes += position;
    }

    /** Returns the complete record at a position, or null. */
    private @Nullable LogRecord record(InputFile input, long position, long number) throws IOException {
        LogRecord record = records.complete(input, position);
        if (record != null && record.number() != number) {
            throw new CorruptIndexException(
                    input.path,
                    "change " + record.number() + " at byte " + position + ", expected change " + number
                            + "; the log is damaged");
        }
        return record;
    }

    /**
     * Returns the position behind the last byte that is not zero.
     *
     * @throws CorruptIndexException if a complete record shows that change {@link #next} was on the disk
     */
    private long requireCut(InputFile input, long from) throws IOException {
        RecordReader.Rest rest = records.rest(input, from);
        for (long begin : rest.begins) {
            requireNotForced(input, from, begin);
        }
        if (!rest.isWhole()) {
            throw damaged(input, from);
        }
        return rest.end;
    }

    private void requireNotForced(InputFile input, long from, long position) throws IOException {
        LogRecord later = records.parse(input, position);
        if (later != null
                && later.forced() > next
                && records.isComplete(input, position, later)
                && record(input, from, next) == null) {
            throw damaged(input, from);
        }
    }

    private CorruptIndexException damaged(InputFile input, long position) {
        return new CorruptIndexException(
                input.path,
                "change " + next + " at byte " + position
                        + " is damaged, and later changes are not; restore the log from"
                        + " a copy, or save the other changes by a repair");
    }

    /** Returns whether a file belongs to the log of a position. */
    static boolean isOf(Path file, LogPosition position) throws IOException {
        LogPosition first = RecordReader.first(file);
        return first != null && first.lineage().equals(position.lineage());
    }

    /** Reads a log without looking at the changes. */
    public static LogState read(Path index, @Nullable LogPosition saved, KeyFormat format) throws IOException {
        return read(index, saved, format, (record, file, position) -> {});
    }
}
