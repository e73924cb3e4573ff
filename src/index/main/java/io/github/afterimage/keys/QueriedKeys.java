package io.github.afterimage.keys;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that answer a query: all of a {@link Snapshot}, or those whose rows are marked; the others are hidden.
 *
 * <p>Immutable and thread-safe; valid until the snapshot is closed.
 */
public final class QueriedKeys {
    /** Many threads add keys up, and one subtracts them, one by one. */
    private static final int SUBTRACTED = 8;

    private final Snapshot snapshot;
    /** Null for all keys. */
    private final @Nullable RowBits shown;

    private final @Nullable Object choice;
    private final long size;

    private QueriedKeys(Snapshot snapshot, long size, @Nullable RowBits shown, @Nullable Object choice) {
        this.snapshot = snapshot;
        this.size = size;
        this.shown = shown;
        this.choice = choice;
    }

    /**
     * Chooses keys.
     *
     * @param shown marks their rows, and none of a removed key
     * @param choice the reason; equal ones choose the same keys of the snapshots of a version
     */
    public QueriedKeys(Snapshot snapshot, RowBits shown, Object choice) {
        this(snapshot, shown.count(0, snapshot.rows()), shown, choice);
    }

    /** Returns all keys of a snapshot. */
    public static QueriedKeys all(Snapshot snapshot) {
        return new QueriedKeys(snapshot, snapshot.size(), null, null);
    }

    /** Returns the number of keys. */
    public long size() {
        return size;
    }

    /** Returns the snapshot that has these keys. */
    public Snapshot snapshot() {
        return snapshot;
    }

    /** Returns whether these are all keys of the snapshot. */
    public boolean isAll() {
        return shown == null;
    }

    /** Returns why the other keys are hidden. */
    @Nullable
    Object choice() {
        return choice;
    }

    /** Returns whether the key of a row is not among these; not all keys are. */
    boolean hides(long row) {
        return shown != null && !shown.get(row);
    }

    /** Returns how many of the rows {@code [from, to)} have such a key; not all keys are among these. */
    long shown(long from, long to) {
        return shown == null ? to - from : shown.count(from, to);
    }

    /** Returns the classes that have keys. */
    public BitSet labels() {
        BitSet labels = new BitSet();
        for (Keys keys : range(0, snapshot.rows())) {
            keys.present().forEach(offset -> labels.set(keys.label(offset)));
        }
        return labels;
    }

    /** Returns the other keys of the classes of these keys; null if they are so many that these keys are faster added up. */
    public @Nullable List<Keys> hiddenBeside() {
        BitSet labels = labels();
        List<Keys> hidden = new ArrayList<>();
        for (Keys keys : snapshot.range(0, snapshot.rows())) {
            for (long offset = 0; offset < keys.count(); offset++) {
                if (hides(keys.firstRow() + offset) && labels.get(keys.label(offset)) && !keys.isRemoved(offset)) {
                    if (hidden.size() >= size / SUBTRACTED) {
                        return null;
                    }
                    hidden.add(keys.slice(offset, 1));
                }
            }
        }
        return hidden;
    }

    /** Returns the rows {@code [from, to)} of the snapshot, in which other keys are hidden. */
    public List<Keys> range(long from, long to) {
        List<Keys> range = snapshot.range(from, to);
        if (shown != null) {
            range.replaceAll(keys -> keys.of(this));
        }
        return range;
    }
}
