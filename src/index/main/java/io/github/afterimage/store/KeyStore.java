package io.github.afterimage.store;

import io.github.afterimage.Capacity;
import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryKind;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.platform.Lifetime;
import io.github.afterimage.platform.NativeLibrary;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.stream.LongStream;

/**
 * Keys that come and go while queries run.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>{@link #snapshot} never waits and never shows part of a change.
 *   <li>A change that is refused, for its values or for want of memory, leaves the store as it was.
 *   <li>Ids are given in order, starting after the greatest one that the store has held, and never again.
 *   <li>Removed keys cost a query at most an eighth more than the keys that are left: where there are more, what is left of
 *       their segment is copied and the segment freed when no snapshot needs it. A copy of more than 1 GiB is made by
 *       {@link #compact} alone, and keys of a file that was opened stay there until the first change.
 * </ol>
 *
 * <p>Threads: changes may be made by several threads, one at a time is made; {@link #close} is the owner's, when no
 * snapshot is in use any more.
 */
public final class KeyStore implements AutoCloseable {
    /** Queries need 8 bytes of sums for each class and theta: 32 MiB of so many classes, more than any label set has. */
    public static final int MAX_CLASSES = 1 << 22;

    private static final System.Logger LOG = System.getLogger(KeyStore.class.getName());

    // Segments double in size between these bounds, so that small indexes stay small and large ones have few parts.
    private static final long FIRST_SEGMENT_BYTES = 1L << 20;
    private static final long LARGEST_SEGMENT_BYTES = 1L << 30;
    /** Of what a bounded capacity keeps: a segment is freed when the last of its keys has gone. */
    private static final int SEGMENTS_OF_CAPACITY = 8;

    private final int dim;
    private final int classes;
    private final ElementType type;
    private final long expected;
    private final long firstSegmentBytes;
    private final Lifetime lifetime = new Lifetime("the key store");
    private Capacity capacity = Capacity.keepAll();
    private Eviction eviction;
    private long nextId;
    private boolean compactionRefused;
    private ReadAhead readAhead;
    private volatile boolean screened;
    private volatile Snapshot snapshot;

    /**
     * An empty store that keeps every key.
     *
     * @param classes 1 to {@link #MAX_CLASSES}
     * @param expected how many keys will probably be added; room for them is reserved when the first one comes
     */
    public KeyStore(int dim, int classes, ElementType type, long expected) {
        this(FIRST_SEGMENT_BYTES, dim, classes, type, expected);
    }

    private KeyStore(long firstSegmentBytes, int dim, int classes, ElementType type, long expected) {
        this.firstSegmentBytes = firstSegmentBytes;
        this.dim = positive("dim", dim);
        this.classes = positive("classes", classes);
        if (classes > MAX_CLASSES) {
            throw new IllegalArgumentException("classes " + classes + ": expected at most " + MAX_CLASSES);
        }
        this.type = type;
        this.expected = expected;
        if (type != ElementType.FLOAT32 && !NativeLibrary.available()) {
            throw new IllegalArgumentException(
                    "element type " + type.shortName() + ": expected f32, because " + NativeLibrary.problem());
        }
        snapshot = new Snapshot(List.of(), 0);
        eviction = new Eviction(capacity, classes, snapshot);
    }

    /**
     * An empty store whose first key gets the id {@code firstId}.
     *
     * @throws IllegalArgumentException if that is negative, or 2^62 or more
     */
    public KeyStore(int dim, int classes, ElementType type, long expected, long firstId) {
        this(dim, classes, type, expected);
        if (firstId < 0 || firstId > IndexReader.MAX_ID) {
            throw new IllegalArgumentException("first id " + firstId + ": expected 0 to 2^62");
        }
        nextId = firstId;
    }

    /**
     * A store that begins with sealed segments, which it takes over.
     *
     * @param sealed completely filled, their ids ascending from one to the next
     * @param nextId greater than all of them
     */
    KeyStore(int dim, int classes, ElementType type, List<Segment> sealed, long nextId) {
        this(dim, classes, type, 0);
        this.nextId = nextId;
        publish(new Snapshot(
                sealed.stream()
                        .map(segment -> new Part(segment, 0, segment.capacity, 0))
                        .toList(),
                0));
    }

    /** A store whose smallest segments have so many bytes of keys. */
    static KeyStore ofSmallSegments(long bytes, int dim, int classes, ElementType type) {
        return new KeyStore(bytes, dim, classes, type, 0);
    }

    public int dim() {
        return dim;
    }

    public int classes() {
        return classes;
    }

    public ElementType type() {
        return type;
    }

    /**
     * Makes an int8 screen of the keys, and of those that will be added; to be called before there are queries.
     *
     * @throws IllegalArgumentException if keys are int8, or the native library is missing
     * @throws NotEnoughMemoryException if memory is refused
     */
    public synchronized void screen() {
        if (type == ElementType.INT8) {
            throw new IllegalArgumentException("a screen of i8 keys: expected element type f32, f16 or bf16");
        }
        if (!NativeLibrary.available()) {
            throw new IllegalArgumentException("a screen needs the kernels: " + NativeLibrary.problem());
        }
        lifetime.check();
        for (Part part : snapshot.segments()) {
            part.segment().makeScreen(part.to());
        }
        screened = true;
    }

    /**
     * Keeps no more bytes of keys that are mapped in memory than this, where they are more; to be called before there are
     * queries.
     *
     * @param walks how many queries read keys at the same time, at the most
     * @throws IllegalArgumentException if that is too little to read on while keys are compared, or keys cannot be mapped
     */
    public synchronized void residentBytes(long bytes, int walks) {
        lifetime.check();
        if (bytes < Long.MAX_VALUE && !NativeLibrary.available()) {
            throw new IllegalArgumentException(
                    "resident bytes " + bytes + ": expected no limit, because " + NativeLibrary.problem());
        }
        List<Segment> mapped = snapshot.segments().stream()
                .map(Part::segment)
                .filter(segment -> segment.rows.kind() == MemoryKind.MAPPED)
                .toList();
        long mappedBytes =
                mapped.stream().mapToLong(segment -> segment.rows.bytes()).sum();
        if (mappedBytes > bytes) {
            readAhead = new ReadAhead(mappedBytes, bytes, walks);
            mapped.forEach(segment -> segment.readAhead(readAhead));
        }
    }

    /** Whether keys have an int8 screen. */
    public boolean screened() {
        return screened;
    }

    /** Bytes of the screen; 0 where there is none. */
    public synchronized long screenBytes() {
        return snapshot.segments().stream()
                .map(part -> part.segment().screen())
                .filter(Objects::nonNull)
                .mapToLong(Screen::bytes)
                .sum();
    }

    /**
     * The keys at this moment; the caller closes the snapshot when it has read them.
     *
     * @throws IllegalStateException if the store is closed
     */
    public Snapshot snapshot() {
        while (true) {
            lifetime.check();
            Snapshot current = snapshot;
            if (current.retain()) {
                return current;
            }
        }
    }

    /** The id of the next key that is added. */
    public synchronized long nextId() {
        return nextId;
    }

    /** Gives no id below {@code id} to the keys added from now on. */
    public synchronized void skipIdsBelow(long id) {
        nextId = Math.max(nextId, id);
    }

    /** Keeps no more keys than this from now on; what is too much already is removed. */
    public synchronized void capacity(Capacity value) {
        lifetime.check();
        capacity = value;
        eviction = new Eviction(value, classes, snapshot);
        change(new long[0], NewKeys.NONE);
    }

    /**
     * Adds keys, normalised on the way in, and publishes them together.
     *
     * @param features rows {@code (labels.length, dim)} float32 row-major, from the buffer's position to its limit
     * @param labels a class in {@code 0..classes-1} for each row
     * @return the id of the first one; the others follow
     * @throws IllegalArgumentException if the counts do not fit, a label is out of range, or a row has a value that is
     *     not finite or is all zeros; nothing is added then
     * @throws NotEnoughMemoryException if memory is refused; nothing is added then
     */
    public long add(FloatBuffer features, int[] labels) {
        return add(features, labels, Collections.nCopies(labels.length, ""));
    }

    /**
     * Adds keys with names; otherwise as {@link #add(FloatBuffer, int[])}.
     *
     * @param names one for each row, at most 1,024 bytes of UTF-8 without control characters; empty for none
     * @throws IllegalArgumentException also if a name is not of that kind
     */
    public synchronized long add(FloatBuffer features, int[] labels, List<String> names) {
        return change(new long[0], numbered(features, labels, names));
    }

    /**
     * Adds keys with given ids; otherwise as {@link #add(FloatBuffer, int[], List)}.
     *
     * @param ids ascending, from {@link #nextId} on
     */
    public synchronized void add(FloatBuffer features, int[] labels, List<String> names, long[] ids) {
        change(new long[0], checked(features, labels, names, ids));
    }

    /**
     * Removes the keys with these ids; ids that no key has are passed over.
     *
     * @return how many keys were removed
     */
    public synchronized long remove(long... ids) {
        lifetime.check();
        long before = snapshot.size();
        change(Arrays.stream(ids).map(snapshot::row).filter(row -> row >= 0).toArray(), NewKeys.NONE);
        return before - snapshot.size();
    }

    /**
     * Removes the keys in these rows of the present snapshot and leaves the others where they are, in a file perhaps, until
     * the next change.
     */
    synchronized void removeInPlace(long[] rows) {
        try (Draft draft = new Draft(snapshot)) {
            for (long row : rows) {
                draft.remove(row);
            }
            publish(draft);
        }
    }

    /**
     * Removes the keys of the classes that are chosen.
     *
     * @return how many keys were removed
     */
    public synchronized long remove(IntPredicate chosen) {
        lifetime.check();
        Snapshot before = snapshot;
        boolean[] chosenLabels = new boolean[classes];
        for (int label = 0; label < classes; label++) {
            chosenLabels[label] = chosen.test(label);
        }
        try (Draft draft = new Draft(snapshot)) {
            draft.forEachKey(0, (row, segment, place) -> {
                if (chosenLabels[segment.label(place)]) {
                    draft.remove(row);
                }
                return true;
            });
            publish(draft);
        }
        compactIfChanged(before);
        return before.size() - snapshot.size();
    }

    /**
     * Removes keys and adds others in one step: no snapshot has both, or neither.
     *
     * @param ids of the keys that go
     * @param names of those that come; see {@link #add(FloatBuffer, int[], List)}
     * @return the id of the first one that was added; the others follow
     * @throws IllegalArgumentException if no key has one of the ids, or as {@link #add} throws it; nothing changes then
     */
    public synchronized long replace(long[] ids, FloatBuffer features, int[] labels, List<String> names) {
        lifetime.check();
        long[] rows = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            rows[i] = snapshot.row(ids[i]);
            if (rows[i] < 0) {
                throw new IllegalArgumentException(
                        "id " + ids[i] + " at place " + i + ": no key has it; it was never given, or was removed");
            }
        }
        return change(rows, numbered(features, labels, names));
    }

    private NewKeys numbered(FloatBuffer features, int[] labels, List<String> names) {
        if (nextId > IndexReader.MAX_ID - labels.length) {
            throw new IllegalStateException("ids are used up: the next one is " + nextId + ", the last possible 2^62");
        }
        return checked(
                features,
                labels,
                names,
                LongStream.range(nextId, nextId + labels.length).toArray());
    }

    private NewKeys checked(FloatBuffer features, int[] labels, List<String> names, long[] ids) {
        lifetime.check();
        if ((long) labels.length * dim != features.remaining()) {
            throw new IllegalArgumentException("features hold " + features.remaining() + " values: expected "
                    + labels.length + " labels x dim " + dim + " = " + (long) labels.length * dim);
        }
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= classes) {
                throw new IllegalArgumentException(
                        "label " + labels[row] + " at row " + row + " is outside 0.." + (classes - 1));
            }
        }
        if (names.size() != labels.length) {
            throw new IllegalArgumentException(
                    names.size() + " names: expected one for each of " + labels.length + " labels");
        }
        return new NewKeys(features, labels, KeyNames.encode(names), ids);
    }

    /** Removes rows and adds keys in one step; returns the id of the first one added. */
    private long change(long[] removedRows, NewKeys added) {
        lifetime.check();
        long firstId = nextId;
        Snapshot before = snapshot;
        try (Draft draft = new Draft(snapshot)) {
            draft.append(added, capacityNow -> Segment.create(type, dim, room(capacityNow, added.count()), screened));
            for (long row : removedRows) {
                draft.remove(row);
            }
            publish(draft);
        }
        if (added.count() > 0) {
            nextId = added.ids()[added.count() - 1] + 1;
        }
        compactIfChanged(before);
        return firstId;
    }

    private void publish(Draft draft) {
        eviction.apply(draft);
        Snapshot next = draft.finish();
        if (next != snapshot) {
            eviction.accept(draft, draft.removals());
            publish(next);
        }
    }

    private void publish(Snapshot next) {
        Snapshot last = snapshot;
        snapshot = next;
        last.close();
    }

    /** How many rows the next segment should have. */
    private long room(long capacityNow, long rows) {
        long rowBytes = Segment.rowBytes(type, dim, 1);
        long least = Math.max(1, firstSegmentBytes / rowBytes);
        long room = Math.max(1, Math.min(LARGEST_SEGMENT_BYTES / rowBytes, Math.max(least, capacityNow)));
        if (capacityNow == 0) {
            room = Math.max(room, Math.max(expected, rows));
        }
        return Math.min(room, Math.max(least, capacity.total(classes) / SEGMENTS_OF_CAPACITY));
    }

    /** Compacts where it pays; keys of a file stay there as long as nothing changes. */
    private void compactIfChanged(Snapshot before) {
        if (snapshot == before) {
            return;
        }
        try {
            Compaction.Group group;
            while ((group = Compaction.worthwhile(snapshot.segments(), capacity, LARGEST_SEGMENT_BYTES)) != null) {
                compact(group);
            }
            compactionRefused = false;
        } catch (NotEnoughMemoryException e) {
            if (!compactionRefused) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "removed keys keep their memory until there is enough to copy the others: "
                                + e.getMessage());
            }
            compactionRefused = true;
        }
    }

    /**
     * Copies the keys into as few segments as can be, without the rows of removed ones, and into memory if they are mapped.
     * Queries run on meanwhile; the old segments are freed as soon as no snapshot needs them, about 1 GiB at a time.
     *
     * @throws NotEnoughMemoryException if memory is refused; the keys are the same then
     */
    public synchronized void compact() {
        lifetime.check();
        List<Compaction.Group> groups = Compaction.all(snapshot.segments(), LARGEST_SEGMENT_BYTES);
        for (int i = groups.size() - 1; i >= 0; i--) {
            compact(groups.get(i));
        }
    }

    private void compact(Compaction.Group group) {
        long rows = snapshot.rows();
        publish(new Snapshot(Compaction.apply(snapshot.segments(), group, snapshot.version()), snapshot.version()));
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> "compacted " + (group.to() - group.from()) + " segments: " + snapshot.size() + " keys in "
                        + snapshot.rows() + " rows, " + rows + " before");
    }

    private static int positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected a positive number");
        }
        return value;
    }

    /** Frees the keys, of snapshots that are held too. */
    @Override
    public synchronized void close() {
        lifetime.close(() -> {
            snapshot.segments().forEach(part -> part.segment().close());
            snapshot.close();
            if (readAhead != null) {
                readAhead.close();
            }
        });
    }
}
