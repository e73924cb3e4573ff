package io.github.afterimage.store;

import io.github.afterimage.Capacity;
import io.github.afterimage.MemoryKind;
import io.github.afterimage.NotEnoughMemoryException;
import java.util.ArrayList;
import java.util.List;

/** Copies keys out of segments with many removed rows into new ones. */
final class Compaction {
    /** Removed rows cost a query what others do: at most an eighth more than it needs. */
    private static final int REMOVED_SHARE = 8;

    private Compaction() {}

    /** Consecutive parts of a snapshot that are to become one. */
    record Group(int from, int to) {}

    /**
     * Parts of which it pays to copy what is left, or null: so many rows of one are removed, or of its memory unused, that
     * the copy costs a fixed number of rows for each removal. Smaller neighbours come along, so that parts stay few.
     *
     * @param mostBytes of keys that are copied at once
     */
    static Group worthwhile(List<Part> parts, Capacity capacity, long mostBytes) {
        for (int i = 0; i < parts.size(); i++) {
            if (!pays(parts, i, capacity) || bytes(parts.get(i)) > mostBytes) {
                continue;
            }
            int from = i;
            int to = i + 1;
            long live = parts.get(i).live();
            long bytes = bytes(parts.get(i));
            while (from > 0 && parts.get(from - 1).live() <= live && bytes + bytes(parts.get(from - 1)) <= mostBytes) {
                from--;
                live += parts.get(from).live();
                bytes += bytes(parts.get(from));
            }
            while (to < parts.size() - 1 && parts.get(to).live() <= live && bytes + bytes(parts.get(to)) <= mostBytes) {
                live += parts.get(to).live();
                bytes += bytes(parts.get(to));
                to++;
            }
            return new Group(from, to);
        }
        return null;
    }

    private static boolean pays(List<Part> parts, int index, Capacity capacity) {
        Part part = parts.get(index);
        if (part.removed() * REMOVED_SHARE > part.rows()) {
            return true;
        }
        // The first segment of a queue is about to go, and the last one still fills up.
        boolean changing = index == parts.size() - 1 || capacity.firstInFirstOut();
        return !changing && part.segment().rows.kind() != MemoryKind.MAPPED && part.live() * 2 < part.to();
    }

    /** Groups that leave no removed row and no unused memory but the last part's, as few as {@code mostBytes} allows. */
    static List<Group> all(List<Part> parts, long mostBytes) {
        List<Group> groups = new ArrayList<>();
        int from = 0;
        while (from < parts.size()) {
            int to = from + 1;
            long bytes = bytes(parts.get(from));
            while (to < parts.size() && bytes + bytes(parts.get(to)) <= mostBytes) {
                bytes += bytes(parts.get(to));
                to++;
            }
            Part only = parts.get(from);
            if (to - from > 1 || only.live() < only.to()) {
                groups.add(new Group(from, to));
            }
            from = to;
        }
        return groups;
    }

    /**
     * The parts with those of a group copied into one.
     *
     * @throws NotEnoughMemoryException if memory is refused
     */
    static List<Part> apply(List<Part> parts, Group group, long version) {
        List<Part> sources = parts.subList(group.from(), group.to());
        long live = sources.stream().mapToLong(Part::live).sum();
        Segment target = sources.get(0).segment().like(live);
        try {
            copy(sources, target, version);
        } catch (RuntimeException e) {
            target.close();
            throw e;
        }
        List<Part> next = new ArrayList<>(parts.subList(0, group.from()));
        next.add(new Part(target, 0, live, 0));
        next.addAll(parts.subList(group.to(), parts.size()));
        return next;
    }

    private static void copy(List<Part> sources, Segment target, long version) {
        long row = 0;
        for (Part source : sources) {
            Keys keys = new Keys(source.segment(), source.from(), source.rows(), 0, version, source.removed() > 0);
            List<Keys> contiguous = new ArrayList<>();
            keys.addContiguous(contiguous);
            for (Keys run : contiguous) {
                target.copy(source.segment(), source.from() + run.firstRow(), run.count(), row);
                row += run.count();
            }
        }
    }

    private static long bytes(Part part) {
        return Segment.rowBytes(part.segment().type, part.segment().dim, part.live());
    }
}
