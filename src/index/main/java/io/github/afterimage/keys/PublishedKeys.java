package io.github.afterimage.keys;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.Lifetime;
import io.github.afterimage.platform.Resources;
import java.util.List;

/**
 * The keys that queries see: the present snapshot with its segments.
 *
 * <p>Threads: {@link #snapshot} is thread-safe; the store makes all other calls one at a time.
 */
final class PublishedKeys implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PublishedKeys.class.getName());

    private final Lifetime lifetime = new Lifetime("the key store");
    private boolean compactionRefused;
    private volatile Snapshot present = new Snapshot(List.of(), 0);

    /** @throws IllegalStateException if this is closed */
    void check() {
        lifetime.check();
    }

    /** Returns the present snapshot, which is not retained for the caller. */
    Snapshot present() {
        return present;
    }

    /**
     * Returns the present snapshot. The caller closes it after reading the keys.
     *
     * @throws IllegalStateException if this is closed
     */
    Snapshot snapshot() {
        while (true) {
            lifetime.check();
            Snapshot current = present;
            if (current.retain()) {
                return current;
            }
        }
    }

    /** Replaces the present snapshot. */
    void publish(Snapshot next) {
        Snapshot last = present;
        present = next;
        last.close();
    }

    /** Compacts where it pays, but leaves keys in their file if nothing has changed. */
    void compactIfChanged(Snapshot before) {
        if (present == before) {
            return;
        }
        try {
            Compaction.Group group;
            while ((group = Compaction.worthwhile(present.slices())) != null) {
                compact(group);
            }
            compactionRefused = false;
        } catch (NotEnoughMemoryException | OutOfMemoryError e) { // the change is made already
            if (!compactionRefused) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "removed keys keep their memory until there is enough memory to copy the other keys: "
                                + e.getMessage());
            }
            compactionRefused = true;
        }
    }

    /** Copies the keys into as few segments as possible; see {@link KeyStore#compact}. */
    void compact() {
        List<Compaction.Group> groups = Compaction.all(present.slices());
        for (int i = groups.size() - 1; i >= 0; i--) {
            compact(groups.get(i));
        }
    }

    private void compact(Compaction.Group group) {
        long rows = present.rows();
        Snapshot next = new Snapshot(Compaction.apply(present.slices(), group, present.version()), present.version());
        ClassMeans means = present.means();
        if (means != null) {
            next.means(means.share());
        }
        publish(next);
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> "compacted " + (group.to() - group.from()) + " segments: " + present.size() + " keys in "
                        + present.rows() + " rows, " + rows + " before");
    }

    /** Frees the keys, including those of open snapshots. */
    @Override
    public void close() {
        lifetime.close(() -> {
            List<Segment> segments =
                    present.slices().stream().map(SegmentSlice::segment).toList();
            ClassMeans means = present.means();
            Resources.closeAll(() -> Resources.closeAll(segments), means == null ? null : means::closeAll, present);
        });
    }
}
