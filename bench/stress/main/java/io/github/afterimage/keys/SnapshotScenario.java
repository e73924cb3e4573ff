package io.github.afterimage.keys;

import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A small store, a reader that takes two snapshots of it, and the versions that the reader may see. The content of a key follows
 * from its id, which exposes keys that are mixed up, half written or freed.
 */
final class SnapshotScenario {
    /** The answer of {@link #seen} if a snapshot has other keys than those of its version. */
    static final int TORN = -1;

    private static final int DIM = 4;
    private static final int CLASSES = 3;
    /** The number of keys in a segment. */
    private static final int SEGMENT_KEYS = 4;

    final KeyStore store =
            KeyStore.ofSmallSegments((long) SEGMENT_KEYS * DIM * Float.BYTES, DIM, CLASSES, ElementType.FLOAT32);

    private final long[][] versions;
    private final long firstVersion;
    private final Segment firstSegment;

    /**
     * @param keys the number of keys at first, with ids from 0
     * @param removed the ids that are removed before the first version
     * @param versions the ids of each version that the reader may see, in their order
     */
    SnapshotScenario(int keys, long[] removed, long[]... versions) {
        this.versions = versions;
        add(keys);
        store.remove(removed);
        try (Snapshot snapshot = store.snapshot()) {
            firstVersion = snapshot.version();
            firstSegment = snapshot.slices().get(0).segment();
        }
    }

    void add(int count) {
        replace(new long[0], count);
    }

    void replace(long[] gone, int count) {
        long firstId = store.nextId();
        float[] features = new float[count * DIM];
        int[] labels = new int[count];
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            features[i * DIM + axis(firstId + i)] = 2 + i;
            labels[i] = label(firstId + i);
            names.add(name(firstId + i));
        }
        store.replace(gone, KeyRows.of(FloatBuffer.wrap(features), labels).with(KeyDetails.named(names)), null);
    }

    private static int axis(long id) {
        return (int) (id % DIM);
    }

    private static int label(long id) {
        return (int) (id % CLASSES);
    }

    /** Returns the empty name for the first keys: a segment has names from the first key that has one. */
    private static String name(long id) {
        return id < 2 ? "" : "key " + id;
    }

    /** Takes a snapshot and returns its place among the allowed versions, or {@link #TORN}. */
    int seen() {
        try (Snapshot snapshot = store.snapshot()) {
            long version = snapshot.version() - firstVersion;
            if (version < 0 || version >= versions.length) {
                return TORN;
            }
            long[] ids = versions[(int) version];
            boolean whole = snapshot.size() == ids.length
                    && has(snapshot.parts(), ids)
                    && has(snapshot.range(0, snapshot.rows()), ids);
            return whole ? (int) version : TORN;
        }
    }

    private static boolean has(List<Keys> parts, long[] ids) {
        int next = 0;
        double[] key = new double[DIM];
        for (Keys part : parts) {
            for (long row = 0; row < part.count(); row++) {
                if (part.isRemoved(row)) {
                    continue;
                }
                if (next == ids.length
                        || part.id(row) != ids[next]
                        || part.label(row) != label(ids[next])
                        || !part.name(row).equals(name(ids[next]))) {
                    return false;
                }
                part.read(row, key);
                for (int i = 0; i < DIM; i++) {
                    if (key[i] != (i == axis(ids[next]) ? 1 : 0)) {
                        return false;
                    }
                }
                next++;
            }
        }
        return next == ids.length;
    }

    /** Closes the store; returns 1 if the first segment was already freed, because no snapshot needs it. */
    int end() {
        int freed = 0;
        try {
            firstSegment.id(0);
        } catch (IllegalStateException closed) {
            freed = 1;
        }
        store.close();
        return freed;
    }
}
