package io.github.afterimage.keys;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.NativeMemory;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.PrimitiveIterator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The keys by which two snapshots differ, from which the {@link ClassMeans} of one follow from those of the other.
 */
final class KeyChanges {
    private static final System.Logger LOG = System.getLogger(KeyChanges.class.getName());

    private final List<Keys> removed = new ArrayList<>();
    private final List<Keys> added = new ArrayList<>();

    private KeyChanges() {}

    /** Gives a snapshot the means that follow from those of the snapshot before it, if that has some. */
    static void carry(SnapshotBuilder builder, Snapshot next) {
        ClassMeans before = builder.base().means();
        if (before != null && next != builder.base()) {
            give(next, () -> of(builder, next), before);
        }
    }

    /** Gives a snapshot the means that follow from those of an earlier one. */
    static void carry(Snapshot earlier, Snapshot next) {
        give(next, () -> between(earlier, next), Objects.requireNonNull(earlier.means()));
    }

    /** Finds the changes when they are needed. */
    private interface Changes {
        KeyChanges find();
    }

    private static void give(Snapshot next, Changes changes, ClassMeans before) {
        try {
            KeyChanges found = changes.find();
            next.means(before.changed(found.removed, found.added, NativeMemory::allocate));
        } catch (NotEnoughMemoryException e) { // a later query that needs them sums up all keys, or is refused
            LOG.log(System.Logger.Level.DEBUG, () -> "memory for the means of classes is refused: " + e.getMessage());
        }
    }

    private static KeyChanges of(SnapshotBuilder builder, Snapshot next) {
        Snapshot base = builder.base();
        KeyChanges changes = new KeyChanges();
        for (long row : builder.removed()) {
            changes.removed.add(base.key(row));
        }
        if (builder.added().count() > 0) {
            changes.added.addAll(next.range(next.rowFrom(builder.added().ids()[0]), next.rows()));
        }
        return changes;
    }

    /** Compares the rows of those slices that the snapshots do not share. */
    private static KeyChanges between(Snapshot earlier, Snapshot next) {
        KeyChanges changes = new KeyChanges();
        Cursor before = new Cursor(earlier, next);
        Cursor after = new Cursor(next, earlier);
        while (true) {
            Keys old = before.key();
            Keys present = after.key();
            if (old == null && present == null) {
                return changes;
            }
            if (old == null || present != null && present.id(0) < old.id(0)) {
                changes.added.add(Objects.requireNonNull(present));
                after.advance();
            } else if (present == null || old.id(0) < present.id(0)) {
                changes.removed.add(old);
                before.advance();
            } else {
                before.advance();
                after.advance();
            }
        }
    }

    /** Visits the keys of those slices of a snapshot that another one does not have, in the order of their ids. */
    private static final class Cursor {
        private final Iterator<Keys> parts;
        private PrimitiveIterator.OfLong rows = LongStream.empty().iterator();
        private @Nullable Keys part;
        private @Nullable Keys key;

        Cursor(Snapshot snapshot, Snapshot other) {
            parts = snapshot.slices().stream()
                    .filter(slice -> !other.slices().contains(slice))
                    .map(slice -> Keys.of(slice, 0, snapshot.version()))
                    .iterator();
            advance();
        }

        @Nullable
        Keys key() {
            return key;
        }

        void advance() {
            while (!rows.hasNext() && parts.hasNext()) {
                part = parts.next();
                rows = part.present().iterator();
            }
            key = rows.hasNext() ? Objects.requireNonNull(part).slice(rows.nextLong(), 1) : null;
        }
    }
}
