package io.github.afterimage.file;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.BinarySearch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which files of an index stay and which keys are written again.
 *
 * <p>The last parts are written again together with the new keys if they are not larger than the rest of the write. So
 * there are at most log2(size) parts, and each key that is only added is written at most log2(size) times, no matter how
 * often the index is saved. A part with removed keys is written again too, without them, unless they may stay.
 *
 * @param pieces the parts of the index, in the order of their ids
 */
record SavePlan(List<Piece> pieces) {

    /**
     * A part of the index after the save.
     *
     * @param kept the part that stays; null if one is written
     * @param from first row of its keys
     * @param to row behind its keys
     */
    record Piece(SavedIndex.@Nullable Stored kept, long from, long to) {
        long size() {
            return to - from;
        }

        /** Returns the number of removed keys in it. */
        long removed() {
            return kept == null ? 0 : kept.size() - size();
        }
    }

    /**
     * Plans the save of an index whose file holds an earlier state of it.
     *
     * @param keys keys to save, with ascending ids
     * @param erase true to write parts with removed keys again; false to keep such parts until more keys are removed than
     *     are left
     */
    static SavePlan of(List<Keys> keys, SavedIndex saved, boolean erase) {
        List<SavedIndex.Stored> stored = saved.stored;
        long size = Keys.count(keys);
        long[] ends = new long[stored.size() + 1]; // end of the rows of each part
        for (int i = 0; i < stored.size(); i++) {
            ends[i + 1] = rowsUpTo(keys, stored.get(i).lastId());
        }
        int last = stored.size();
        while (last > 0 && ends[last] - ends[last - 1] <= size - ends[last]) {
            last--;
        }
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < last; i++) {
            long live = ends[i + 1] - ends[i];
            boolean rewritten = erase && live < stored.get(i).size();
            add(pieces, new Piece(rewritten ? null : stored.get(i), ends[i], ends[i + 1]));
        }
        add(pieces, new Piece(null, ends[last], size));
        SavePlan plan = new SavePlan(pieces);
        boolean mostlyDead = plan.removed() > size || plan.removed() > Integer.MAX_VALUE / Long.BYTES;
        return mostlyDead ? whole(size) : plan;
    }

    /** Adds a piece that is not empty; written pieces that follow each other become one. */
    private static void add(List<Piece> pieces, Piece piece) {
        Piece before = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
        if (piece.size() == 0) {
            return;
        }
        if (before != null && before.kept == null && piece.kept == null) {
            pieces.set(pieces.size() - 1, new Piece(null, before.from, piece.to));
        } else {
            pieces.add(piece);
        }
    }

    /** Returns a plan that writes all keys. */
    static SavePlan whole(long size) {
        return new SavePlan(List.of(new Piece(null, 0, size)));
    }

    /** Returns the parts that stay. */
    List<SavedIndex.Stored> kept() {
        return pieces.stream().flatMap(piece -> Stream.ofNullable(piece.kept)).toList();
    }

    /** Returns the number of parts that are written. */
    int written() {
        return pieces.size() - kept().size();
    }

    /** Returns the number of removed keys in the parts that stay. */
    long removed() {
        return pieces.stream().mapToLong(Piece::removed).sum();
    }

    private static long rowsUpTo(List<Keys> keys, long id) {
        long rows = 0;
        for (Keys part : keys) {
            if (part.id(part.count() - 1) > id) {
                return rows + BinarySearch.first(0, part.count() - 1, row -> part.id(row) > id);
            }
            rows += part.count();
        }
        return rows;
    }
}
