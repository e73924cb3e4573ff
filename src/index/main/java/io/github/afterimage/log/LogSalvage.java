package io.github.afterimage.log;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes all changes in a store that are intact in a damaged log, before the damage and behind it. A change is found by its magic
 * number, which is at a multiple of 8 bytes, and its checksum.
 */
public final class LogSalvage {
    private final LogPosition saved;
    private final KeyStore store;
    private final RecordReader records;
    private final LogReplay replay;
    private final Findings findings;
    /** Number of the next change. */
    private long next;

    /** The place behind the last change that was found, for messages. */
    private String place = "";

    private long ignored;

    /**
     * @param saved number of the first change that the store does not have
     */
    public LogSalvage(LogPosition saved, KeyStore store, Findings findings) {
        this.saved = saved;
        this.store = store;
        this.findings = findings;
        records = new RecordReader(store.format());
        replay = new LogReplay(store, true, true);
        next = saved.next();
    }

    /** Returns the begin of the log that lies beside an index; null if none can be read. */
    public static @Nullable LogPosition begin(Path index) throws IOException {
        for (Path path : new LogNames(index).files().values()) {
            LogPosition first = RecordReader.first(path);
            if (first != null) {
                return first;
            }
        }
        return null;
    }

    /**
     * Makes the changes of all files of the log.
     *
     * @return bytes behind the last change: of a change that was cut off and never acknowledged, as far as one can tell
     * @throws CorruptIndexException if a file has another version
     */
    public long run(Path index) throws IOException {
        place = index + ": its log";
        for (Path path : new LogNames(index).files().values()) {
            try (InputFile input = InputFile.read(path)) {
                if (belongs(input)) {
                    read(input);
                }
            }
        }
        return ignored;
    }

    private boolean belongs(InputFile input) throws IOException {
        LogPosition first = RecordReader.first(input);
        if (first != null) {
            return first.lineage().equals(saved.lineage());
        }
        if (input.bytes <= LogFile.HEADER_BYTES) {
            findings.mended().add(input.path + ": left out, because it ends within its header: it never had a change");
            return false;
        }
        ByteBuffer header = ByteBuffer.allocate(LogFile.HEADER_BYTES);
        input.read(header, 0);
        if (LogFile.isSound(header.flip())) {
            throw new CorruptIndexException(
                    input.path, "header: that of a log of another version, expected " + LogFile.VERSION);
        }
        findings.losses()
                .add(input.path + ": header: damaged; its changes are taken for those of this index by their numbers");
        return true;
    }

    private void read(InputFile input) throws IOException {
        Search search = null;
        long position = LogFile.HEADER_BYTES;
        place = input.path + " at byte " + position;
        while (position >= 0) {
            LogRecord record = records.complete(input, position);
            if (record != null) {
                make(record, input, position);
                position += record.bytes(store.format());
                place = input.path + " at byte " + position;
            } else {
                search = search == null ? new Search(input, position) : search;
                position = search.nextIntact(position);
            }
        }
    }

    /** Finds the intact records behind the damages of a file; passes over its bytes once, however many damages there are. */
    private final class Search {
        private final InputFile input;
        private RecordReader.Rest rest;
        /** The begins of the rest that were looked at. */
        private int passed;

        private int wrong;

        Search(InputFile input, long damage) throws IOException {
            this.input = input;
            rest = records.rest(input, damage);
        }

        /** Returns where the next intact record behind a damage begins; -1 if there is none. */
        long nextIntact(long damage) throws IOException {
            while (true) {
                for (; passed < rest.begins.size(); passed++) {
                    long begin = rest.begins.get(passed);
                    if (begin <= damage) {
                        continue; // that of an intact record, or in one
                    }
                    if (records.complete(input, begin) != null) {
                        return begin;
                    }
                    if (++wrong > LogReader.MAX_CANDIDATES) {
                        findings.losses()
                                .add(input.path + ": not searched behind byte " + begin + ", because the file has "
                                        + wrong + " false begins of changes up to there");
                        return -1;
                    }
                }
                if (rest.isWhole()) {
                    ignored += Math.max(0, rest.end - damage);
                    return -1;
                }
                rest = records.rest(input, Math.max(damage, rest.begins.get(passed - 1)));
                passed = 0;
            }
        }
    }

    private void make(LogRecord record, InputFile input, long position) throws IOException {
        if (record.number() < next) {
            return; // the index includes it
        }
        long expected = next;
        long from = store.nextId();
        next = record.number() + 1;
        String gap = place;
        try {
            replay.change(record, input, position);
        } catch (CorruptIndexException e) {
            findings.losses().add(e.getMessage() + "; this change is lost");
        }
        if (record.number() > expected) {
            findings.losses()
                    .add(gap + ": " + changes(expected, record.number() - 1) + lostIds(from, record.nextId())
                            + "; keys that " + (record.number() - 1 == expected ? "it" : "they")
                            + " removed are still there");
        }
    }

    private static String changes(long first, long last) {
        return first == last ? "change " + first + " is lost" : "changes " + first + " to " + last + " are lost";
    }

    /**
     * Names the ids that lost changes have given.
     *
     * @param from next id before them
     * @param next next id after the change that follows them, which the store has
     */
    private String lostIds(long from, long next) {
        try (Snapshot snapshot = store.snapshot()) {
            List<Keys> added = snapshot.range(snapshot.rowFrom(from), snapshot.rows());
            long to = added.isEmpty() ? next : added.get(0).id(0);
            return to > from ? ", with the keys of ids " + from + " to " + (to - 1) : "";
        }
    }
}
