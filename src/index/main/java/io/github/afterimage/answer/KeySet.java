package io.github.afterimage.answer;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.QueriedKeys;
import io.github.afterimage.keys.RowBits;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Snapshot;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A set of keys of an index, by their ids or their labels; {@link Query#only} answers from these keys only.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Query query = Query.of(new float[index.dim()]).thetas(60);
 *     Answer cats = index.answer(query.only(KeySet.labels(3, 5)));
 *     Answer others = index.answer(query.only(KeySet.ids(7, 8, 9).complement()));
 *     System.out.println(cats.row(0).best() + ", " + others.keys() + " keys");
 * }
 * }</pre>
 *
 * <p>Immutable. Sets of the same ids, or of the same labels, and their complements are equal.
 */
public final class KeySet {
    static final KeySet ALL = new KeySet(List.of());

    /** Rows whose labels or ids are read through one buffer. */
    private static final int STEP = 1 << 16;

    /** A key is in the set if it meets all. */
    private final List<Condition> conditions;

    private KeySet(List<Condition> conditions) {
        this.conditions = conditions;
    }

    /**
     * Returns the set of the keys with these ids, in any order. Ids that no key has are ignored, because keys may be removed
     * while queries run.
     */
    public static KeySet ids(long... ids) {
        return new KeySet(List.of(
                new Ids(LongBuffer.wrap(Arrays.stream(ids).sorted().distinct().toArray()), true)));
    }

    /**
     * Returns the set of the keys with these labels. A class may have no key.
     *
     * @throws IllegalArgumentException if a label is negative; an index refuses a query with a label that is none of its classes
     */
    public static KeySet labels(int... labels) {
        BitSet set = new BitSet();
        for (int label : labels) {
            if (label < 0) {
                throw new IllegalArgumentException("label " + label + ": expected 0 or more");
            }
            set.set(label);
        }
        return new KeySet(List.of(new Labels(set, true)));
    }

    /** Returns the set of all other keys. */
    public KeySet complement() {
        return new KeySet(conditions.stream().map(Condition::inverted).toList());
    }

    /** Returns the set of the keys that are in both. */
    KeySet and(KeySet other) {
        return new KeySet(
                Stream.concat(conditions.stream(), other.conditions.stream()).toList());
    }

    /** Returns whether all keys are in the set. */
    boolean isAll() {
        return conditions.isEmpty();
    }

    /** @throws IllegalArgumentException if it names a label outside {@code 0..classes-1} */
    void checkLabels(int classes) {
        for (Condition condition : conditions) {
            if (condition instanceof Labels named && named.labels.length() > classes) {
                throw new IllegalArgumentException("the query names the label " + (named.labels.length() - 1)
                        + ": expected 0.." + (classes - 1) + ", the classes of the index");
            }
        }
    }

    /** Returns the keys of a snapshot that are in the set; reads the ids or labels of all. */
    QueriedKeys of(Snapshot snapshot) {
        if (isAll()) {
            return QueriedKeys.all(snapshot);
        }
        RowBits kept = snapshot.present();
        conditions.forEach(condition -> condition.restrict(kept, snapshot.range(0, snapshot.rows())));
        return new QueriedKeys(snapshot, kept, this);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeySet set && conditions.equals(set.conditions);
    }

    @Override
    public int hashCode() {
        return conditions.hashCode();
    }

    /** Describes the keys, such as {@code labels 3, 5 and not 2 ids}. */
    String description() {
        return conditions.stream().map(Condition::toString).collect(Collectors.joining(" and "));
    }

    @Override
    public String toString() {
        return "KeySet[" + description() + "]";
    }

    private interface Condition {
        Condition inverted();

        /** Clears the marks of rows that do not meet it. */
        void restrict(RowBits kept, List<Keys> rows);
    }

    private record Labels(BitSet labels, boolean inside) implements Condition {
        @Override
        public Condition inverted() {
            return new Labels(labels, !inside);
        }

        @Override
        public void restrict(RowBits kept, List<Keys> rows) {
            for (Keys keys : rows) {
                for (long first = 0; first < keys.count(); first += STEP) {
                    int count = (int) Math.min(STEP, keys.count() - first);
                    IntBuffer stored = keys.bytes(Section.LABELS, first, count).asIntBuffer();
                    for (int i = 0; i < count; i++) {
                        if (labels.get(stored.get(i)) != inside) {
                            kept.clear(keys.firstRow() + first + i);
                        }
                    }
                }
            }
        }

        @Override
        public String toString() {
            String list = labels.toString(); // {3, 5}
            return (inside ? "labels " : "not labels ") + list.substring(1, list.length() - 1);
        }
    }

    /** @param list ids, ascending: a buffer, because buffers of equal numbers are equal */
    private record Ids(LongBuffer list, boolean inside) implements Condition {
        private long[] ids() {
            return list.array();
        }

        @Override
        public Condition inverted() {
            return new Ids(list, !inside);
        }

        @Override
        public void restrict(RowBits kept, List<Keys> rows) {
            RowBits listed = kept.none();
            long[] ids = ids();
            int next = 0;
            for (Keys keys : rows) {
                for (long first = 0; first < keys.count(); first += STEP) {
                    int count = (int) Math.min(STEP, keys.count() - first);
                    LongBuffer stored = keys.bytes(Section.IDS, first, count).asLongBuffer();
                    next = from(stored.get(0), next);
                    boolean some = next < ids.length && ids[next] <= stored.get(count - 1);
                    for (int row = 0; some && row < count; row++) {
                        next = from(stored.get(row), next);
                        if (next < ids.length && ids[next] == stored.get(row)) {
                            listed.mark(keys.firstRow() + first + row);
                        }
                    }
                }
            }
            kept.keep(listed, inside);
        }

        /** Returns the place of the first listed id that is {@code id} or greater, at {@code place} or behind it. */
        private int from(long id, int place) {
            int next = place;
            while (next < ids().length && ids()[next] < id) {
                next++;
            }
            return next;
        }

        @Override
        public String toString() {
            return (inside ? "" : "not ") + (list.limit() == 1 ? "id " + list.get(0) : list.limit() + " ids");
        }
    }
}
