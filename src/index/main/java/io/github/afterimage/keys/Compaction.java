package io.github.afterimage.keys;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.MemoryKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Copies the remaining keys of segments with many removed rows into new segments. */
final class Compaction {
    /** Maximum bytes of keys in one copy, and in a large segment unless the keys of one change need more. */
    static final long LARGEST_BYTES = 1L << 30;

    /**
     * One in this many rows of a segment may be removed before it is copied. A removed row costs a query as much as a
     * key.
     */
    private static final int REMOVED_SHARE = 8;

    private Compaction() {}

    /** Names consecutive slices {@code [from, to)} of a snapshot that become one. */
    record Group(int from, int to) {}

    /**
     * Finds slices whose remaining keys are worth copying: many rows are removed, or much memory is unused, so the copy
     * costs a bounded number of rows per removal. Smaller neighbours join the group to keep slices few. Returns null if
     * no slice qualifies.
     */
    static @Nullable Group worthwhile(List<SegmentSlice> slices) {
        for (int i = 0; i < slices.size(); i++) {
            if (!pays(slices, i) || bytes(slices.get(i)) > LARGEST_BYTES) {
                continue;
            }
            int from = i;
            int to = i + 1;
            long live = slices.get(i).live();
            long bytes = bytes(slices.get(i));
            while (from > 0
                    && slices.get(from - 1).live() <= live
                    && bytes + bytes(slices.get(from - 1)) <= LARGEST_BYTES) {
                from--;
                live += slices.get(from).live();
                bytes += bytes(slices.get(from));
            }
            while (to < slices.size() - 1
                    && slices.get(to).live() <= live
                    && bytes + bytes(slices.get(to)) <= LARGEST_BYTES) {
                live += slices.get(to).live();
                bytes += bytes(slices.get(to));
                to++;
            }
            return new Group(from, to);
        }
        return null;
    }

    private static boolean pays(List<SegmentSlice> slices, int index) {
        SegmentSlice slice = slices.get(index);
        if (slice.removed() * REMOVED_SHARE > slice.rows()) {
            return true;
        }
        boolean filling = index == slices.size() - 1;
        return !filling && slice.segment().rows.kind() != MemoryKind.MAPPED && slice.live() * 2 < slice.to();
    }

    /**
     * Groups slices to remove every removed row and all unused memory except that of the last slice. Makes as few
     * groups as {@link #LARGEST_BYTES} allows.
     */
    static List<Group> all(List<SegmentSlice> slices) {
        List<Group> groups = new ArrayList<>();
        int from = 0;
        while (from < slices.size()) {
            int to = from + 1;
            long bytes = bytes(slices.get(from));
            while (to < slices.size() && bytes + bytes(slices.get(to)) <= LARGEST_BYTES) {
                bytes += bytes(slices.get(to));
                to++;
            }
            SegmentSlice only = slices.get(from);
            if (to - from > 1 || only.live() < only.to()) {
                groups.add(new Group(from, to));
            }
            from = to;
        }
        return groups;
    }

    /**
     * Returns the slices after copying those of one group into a single slice.
     *
     * @throws NotEnoughMemoryException if memory is refused
     */
    static List<SegmentSlice> apply(List<SegmentSlice> slices, Group group, long version) {
        List<SegmentSlice> sources = slices.subList(group.from(), group.to());
        long live = sources.stream().mapToLong(SegmentSlice::live).sum();
        Segment target = new Segment(sources.get(0).segment().format, live);
        Resources.filled(target, made -> copy(sources, made, version));
        List<SegmentSlice> next = new ArrayList<>(slices.subList(0, group.from()));
        next.add(SegmentSlice.of(target, live));
        next.addAll(slices.subList(group.to(), slices.size()));
        return next;
    }

    private static void copy(List<SegmentSlice> sources, Segment target, long version) {
        long row = 0;
        for (SegmentSlice source : sources) {
            Keys keys = Keys.of(source, 0, version);
            List<Keys> contiguous = new ArrayList<>();
            keys.addContiguous(contiguous);
            for (Keys run : contiguous) {
                long from = source.from() + run.firstRow();
                target.copy(source.segment(), from, run.count(), row);
                row += run.count();
            }
        }
    }

    private static long bytes(SegmentSlice slice) {
        return slice.segment().format.rowBytes(slice.live());
    }
}
