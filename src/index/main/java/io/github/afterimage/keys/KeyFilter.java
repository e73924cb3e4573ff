package io.github.afterimage.keys;

import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Conditions on the id and the label of a key, all of which it meets. Immutable; filters of equal conditions are equal. */
public final class KeyFilter {
    /** Every key meets it. */
    public static final KeyFilter ALL = new KeyFilter(List.of());

    /** Rows whose labels are read through one buffer. */
    private static final int STEP = 1 << 16;

    private final List<Condition> conditions;

    private KeyFilter(List<Condition> conditions) {
        this.conditions = List.copyOf(conditions);
    }

    /** Makes a filter that keeps the keys with these ids, in any order. */
    public static KeyFilter ids(long... ids) {
        return new KeyFilter(List.of(
                new Ids(LongBuffer.wrap(Arrays.stream(ids).sorted().distinct().toArray()), true)));
    }

    /**
     * Makes a filter that keeps the keys with these labels.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public static KeyFilter labels(int... labels) {
        BitSet set = new BitSet();
        for (int label : labels) {
            if (label < 0) {
                throw new IllegalArgumentException("label " + label + ": expected 0 or more");
            }
            set.set(label);
        }
        return new KeyFilter(List.of(new Labels(set, true)));
    }

    /** Returns a filter that keeps the keys that both keep. */
    public KeyFilter and(KeyFilter other) {
        return new KeyFilter(
                Stream.concat(conditions.stream(), other.conditions.stream()).toList());
    }

    /** Returns a filter that keeps the keys that meet none of the conditions. */
    public KeyFilter inverted() {
        return new KeyFilter(conditions.stream().map(Condition::inverted).toList());
    }

    /** Returns whether every key passes. */
    public boolean isAll() {
        return conditions.isEmpty();
    }

    /** @throws IllegalArgumentException if it names a label outside {@code 0..classes-1} */
    public void checkLabels(int classes) {
        for (Condition condition : conditions) {
            if (condition instanceof Labels named && named.labels.length() > classes) {
                throw new IllegalArgumentException("the query names the label " + (named.labels.length() - 1)
                        + ": expected 0.." + (classes - 1) + ", the classes of the index");
            }
        }
    }

    /** Returns the ids that it rejects, if it otherwise keeps all keys of a class or none; null if it chooses keys by their ids. */
    long @Nullable [] exceptions() {
        boolean chooses = conditions.stream().anyMatch(condition -> condition instanceof Ids ids && ids.inside);
        return chooses
                ? null
                : conditions.stream()
                        .flatMapToLong(condition ->
                                condition instanceof Ids ids ? Arrays.stream(ids.ids()) : LongStream.empty())
                        .toArray();
    }

    /** Returns whether a key of this class can pass. */
    boolean keepsClass(int label) {
        return conditions.stream().allMatch(condition -> condition instanceof Ids || condition.isMet(0, label));
    }

    /** Returns whether a key passes. */
    boolean keeps(long id, int label) {
        return conditions.stream().allMatch(condition -> condition.isMet(id, label));
    }

    /** Marks the rows of a slice that are not removed and that the filter keeps. */
    RowBits rows(SegmentSlice slice, long version) {
        RowBits kept = new RowBits(slice.rows());
        if (slice.removed() > 0) {
            for (long row = 0; row < kept.rows(); row++) {
                if (slice.isRemoved(row, version)) {
                    kept.clear(row);
                }
            }
        }
        conditions.forEach(condition -> condition.restrict(kept, slice));
        return kept;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyFilter filter && conditions.equals(filter.conditions);
    }

    @Override
    public int hashCode() {
        return conditions.hashCode();
    }

    /** Describes the keys that pass, such as {@code labels 3, 5 and not 2 ids}. */
    @Override
    public String toString() {
        return isAll() ? "all" : conditions.stream().map(Condition::toString).collect(Collectors.joining(" and "));
    }

    private interface Condition {
        Condition inverted();

        boolean isMet(long id, int label);

        /** Clears the marks of rows that do not meet it. */
        void restrict(RowBits kept, SegmentSlice slice);
    }

    private record Labels(BitSet labels, boolean inside) implements Condition {
        @Override
        public Condition inverted() {
            return new Labels(labels, !inside);
        }

        @Override
        public boolean isMet(long id, int label) {
            return labels.get(label) == inside;
        }

        @Override
        public void restrict(RowBits kept, SegmentSlice slice) {
            for (long first = 0; first < kept.rows(); first += STEP) {
                int count = (int) Math.min(STEP, kept.rows() - first);
                IntBuffer stored = slice.segment()
                        .labels
                        .buffer((slice.from() + first) * Integer.BYTES, count * Integer.BYTES)
                        .asIntBuffer();
                for (int i = 0; i < count; i++) {
                    if (labels.get(stored.get(i)) != inside) {
                        kept.clear(first + i);
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
        public boolean isMet(long id, int label) {
            return Arrays.binarySearch(ids(), id) >= 0 == inside;
        }

        @Override
        public void restrict(RowBits kept, SegmentSlice slice) {
            RowBits listed = new RowBits(slice.rows());
            listed.clear();
            long[] ids = ids();
            int next = 0;
            for (long first = 0; first < kept.rows(); first += STEP) {
                int count = (int) Math.min(STEP, kept.rows() - first);
                LongBuffer stored = slice.segment()
                        .ids
                        .buffer((slice.from() + first) * Long.BYTES, count * Long.BYTES)
                        .asLongBuffer();
                next = from(stored.get(0), next);
                boolean some = next < ids.length && ids[next] <= stored.get(count - 1);
                for (int row = 0; some && row < count; row++) {
                    next = from(stored.get(row), next);
                    if (next < ids.length && ids[next] == stored.get(row)) {
                        listed.mark(first + row);
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
