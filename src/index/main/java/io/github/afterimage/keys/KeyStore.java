package io.github.afterimage.keys;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.failure.RequestConflictException;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.ElementType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds the keys of an index; keys can be added and removed while queries run.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>{@link #snapshot} never waits and never shows part of a change.
 *   <li>A change that is refused, for its values or for lack of memory, leaves the store unchanged.
 *   <li>Ids ascend from the greatest id that the store has held; no id is given twice. The {@linkplain KeyRows#views views} of a
 *       picture share one, and are removed together.
 *   <li>Removed keys slow a query by at most an eighth. Beyond that share, the store copies the remaining keys of their
 *       segment and frees the segment when no snapshot needs it. Only {@link #compact} makes copies of more than 1 GiB.
 *       Keys of an opened file stay in the file until the first change.
 * </ol>
 *
 * <p>Threads: several threads may change the store; changes run one at a time. The owner calls {@link #close} when no
 * snapshot is in use.
 */
public final class KeyStore implements AutoCloseable {
    /** Bytes of keys in the smallest segments, so that small indexes stay small. */
    private static final long FIRST_BYTES = 1L << 20;

    /** Changes before the first query only, see {@link #addClasses}. */
    private KeyFormat format;

    private final long firstBytes;
    private final long expected;
    private final PublishedKeys published = new PublishedKeys();
    private long nextId;
    private final KnownRequests requests = new KnownRequests();
    private volatile @Nullable KeyLog log;

    /**
     * Creates an empty store.
     *
     * @param expected expected number of keys; the first addition reserves room for them
     */
    public KeyStore(KeyFormat format, long expected) {
        this(FIRST_BYTES, format, expected);
    }

    private KeyStore(long firstBytes, KeyFormat format, long expected) {
        this.firstBytes = firstBytes;
        this.expected = expected;
        this.format = format;
        format.requireInRange();
    }

    /**
     * Creates an empty store whose first key gets the id {@code firstId}.
     *
     * @throws IllegalArgumentException if {@code firstId} is negative or greater than 2^62
     */
    public KeyStore(KeyFormat format, long expected, long firstId) {
        this(format, expected);
        if (firstId < 0 || firstId > KeyFormat.MAX_ID) {
            throw new IllegalArgumentException("first id " + firstId + ": expected 0 to 2^62");
        }
        nextId = firstId;
    }

    /**
     * Creates a store that takes over full segments.
     *
     * @param sealed full segments; ids ascend from one segment to the next
     * @param nextId greater than every id in the segments
     */
    public KeyStore(KeyFormat format, List<Segment> sealed, long nextId) {
        this(format, 0);
        this.nextId = nextId;
        published.publish(new Snapshot(
                sealed.stream()
                        .map(segment -> SegmentSlice.of(segment, segment.capacity))
                        .toList(),
                0));
    }

    /** Creates a store whose smallest segments hold {@code bytes} bytes of keys. */
    static KeyStore ofSmallSegments(long bytes, int dim, int classes, ElementType type) {
        return new KeyStore(bytes, new KeyFormat(dim, classes, type), 0);
    }

    /** Describes the keys. */
    public KeyFormat format() {
        return format;
    }

    public int dim() {
        return format.dim();
    }

    public int classes() {
        return format.classes();
    }

    /** Adds classes without keys; for a store that no other thread uses. */
    public void addClasses(int count) {
        KeyFormat more = new KeyFormat(dim(), classes() + count, type());
        more.requireInRange();
        format = more;
    }

    public ElementType type() {
        return format.type();
    }

    /**
     * Returns the present keys. The caller closes the snapshot after reading them.
     *
     * @throws IllegalStateException if the store is closed
     */
    public Snapshot snapshot() {
        return published.snapshot();
    }

    /** Returns the id of the next key that is added. */
    public synchronized long nextId() {
        return nextId;
    }

    /** Takes over the next id and the requests of a store with the same keys; for stores that no other thread uses. */
    public synchronized void continueAfter(KeyStore other) {
        nextId = Math.max(nextId, other.nextId());
        requests.addAll(ByteBuffer.wrap(other.requests.encode()));
    }

    /** Sets the log of all later changes, or none. */
    public synchronized void log(@Nullable KeyLog value) {
        log = value;
    }

    /** Makes a change, and then waits, without keeping others from theirs, until the log has it. */
    private <T> T logged(Supplier<T> change) {
        KeyLog present = log;
        if (present != null) {
            present.admit();
        }
        KeyLog used;
        T result;
        synchronized (this) {
            published.check();
            used = log; // a save may have begun one
            result = change.get();
        }
        commit(used, result);
        return result;
    }

    /** @param result what the caller would get: the keys that it has added, or the number of pictures that it has removed */
    private static void commit(@Nullable KeyLog used, Object result) {
        if (used != null) {
            try {
                used.commit();
            } catch (UnsavedChangeException e) {
                throw e.returning(result instanceof AddedKeys added ? added.first() : ((Number) result).longValue());
            }
        }
    }

    /** Makes a change that a log holds. */
    public synchronized void replay(KeyChange change) {
        build(rows(change.removedIds()), change);
    }

    /** Returns the requests that have added keys, for a store that no other thread uses. */
    public KnownRequests requests() {
        return requests;
    }

    /**
     * Holds the keys of a moment, which a save writes.
     *
     * @param nextId id of the next key
     * @param requests the requests that are remembered
     */
    public record Moment(Snapshot snapshot, long nextId, byte[] requests) implements AutoCloseable {
        @Override
        public void close() {
            snapshot.close();
        }
    }

    /** Returns the present keys. */
    public synchronized Moment moment() {
        return new Moment(snapshot(), nextId, requests.encode());
    }

    /** Calls a function while no change is made. */
    public synchronized <T> T unchanged(Supplier<T> call) {
        return call.get();
    }

    /**
     * Normalises keys, adds them and publishes them together.
     *
     * @return the id of the first picture; the ids of the others follow it
     * @throws IllegalArgumentException if the counts do not fit, a label or a detail is out of range, or a row has a
     *     number that is not finite or is all zeros; nothing is added then
     * @throws NotEnoughMemoryException if memory is refused; nothing is added then
     */
    public long add(KeyRows rows) {
        return replace(new long[0], rows, null).first();
    }

    /**
     * Adds keys, unless a request has added them before.
     *
     * @param request identifies the keys when they are added again; null to add them each time
     * @throws RequestConflictException if the text of the request is that of an earlier one, and the digest is not
     * @throws IllegalArgumentException as {@link #add(KeyRows)}
     */
    public AddedKeys add(KeyRows rows, @Nullable RequestId request) {
        return replace(new long[0], rows, request);
    }

    /**
     * Finds the keys that a request has added; waits until its change is in the log, as the request has done.
     *
     * @throws RequestConflictException as {@link #add(KeyRows, RequestId)}
     */
    public Optional<AddedKeys> added(RequestId request) {
        @Nullable KeyLog used;
        KnownRequest known;
        synchronized (this) {
            published.check();
            used = log;
            known = requests.find(request);
        }
        Optional<AddedKeys> added = Optional.ofNullable(known).map(KnownRequest::again);
        added.ifPresent(again -> commit(used, again));
        return added;
    }

    /**
     * Adds keys with given ids; otherwise like {@link #add(KeyRows)}.
     *
     * @param ids one for each key, not descending, {@link #nextId} or greater; the first may also be the last one added, of which these
     *     are further keys, as long as nobody asks for {@linkplain #carryMeans means} and there is no log
     */
    public void add(KeyRows rows, long[] ids) {
        logged(() -> change(new long[0], adding(rows, ids, null)));
    }

    /**
     * Removes the keys with these ids. Ids without a key are ignored.
     *
     * @return the number of ids that had keys
     */
    public long remove(long... ids) {
        return logged(() -> {
            long[] present = Arrays.stream(ids)
                    .distinct()
                    .filter(id -> published.present().row(id) >= 0)
                    .toArray();
            change(rows(present), KeyChange.none(nextId));
            return (long) present.length;
        });
    }

    /**
     * Removes the pictures of this moment whose first key {@code chosen} accepts; it may take any time, and runs without the lock.
     *
     * @return the number of pictures removed
     */
    public long removeIf(Predicate<Keys> chosen) {
        try (Snapshot now = snapshot()) {
            return remove(
                    now.pictures(0).filter(chosen).mapToLong(key -> key.id(0)).toArray());
        }
    }

    /**
     * Removes keys and adds others in one step, unless a request has done so before. Every snapshot shows either the old keys or the new
     * ones.
     *
     * @param ids ids of the keys to remove
     * @param rows the keys to add
     * @throws IllegalArgumentException if an id has no key, or as {@link #add(KeyRows)} throws it; nothing changes then
     * @throws RequestConflictException as {@link #add(KeyRows, RequestId)}
     */
    public AddedKeys replace(long[] ids, KeyRows rows, @Nullable RequestId request) {
        Optional<AddedKeys> before = request == null ? Optional.empty() : added(request);
        return before.orElseGet(() -> logged(() -> {
            KnownRequest known = request == null ? null : requests.find(request); // another thread may have been faster
            if (known != null) {
                return known.again();
            }
            requirePresent(ids);
            return change(rows(ids), numbered(rows, request));
        }));
    }

    private void requirePresent(long[] ids) {
        for (int i = 0; i < ids.length; i++) {
            if (published.present().row(ids[i]) < 0) {
                throw new IllegalArgumentException("id " + ids[i] + " at place " + i
                        + ": no key has this id; it was never given, or its key was removed");
            }
        }
    }

    private KeyChange numbered(KeyRows rows, @Nullable RequestId request) {
        if (nextId > KeyFormat.MAX_ID - rows.pictures()) {
            throw new IllegalStateException("ids are used up: the next id is " + nextId + ", the greatest is 2^62");
        }
        long[] ids = new long[rows.count()];
        Arrays.setAll(ids, i -> nextId + i / rows.views());
        KnownRequest known =
                request == null || ids.length == 0 ? null : new KnownRequest(request, nextId, rows.pictures());
        return adding(rows, ids, known);
    }

    private KeyChange adding(KeyRows rows, long[] ids, @Nullable KnownRequest request) {
        published.check();
        rows.check(format);
        int[] labels = new int[ids.length];
        Arrays.setAll(labels, i -> rows.labels()[i / rows.views()]);
        NewKeys added = new NewKeys(rows::write, labels, rows.details().encode(rows.views()), ids);
        long next = ids.length > 0 ? ids[ids.length - 1] + 1 : nextId;
        return new KeyChange(new long[0], added, next, request);
    }

    /** Removes rows and makes the rest of a change in one step; returns the ids that it gives. */
    private AddedKeys change(long[] removedRows, KeyChange change) {
        AddedKeys added = new AddedKeys(nextId, change.nextId() - nextId, false);
        Snapshot before = published.present();
        build(removedRows, change);
        published.compactIfChanged(before);
        return added;
    }

    /** Returns the rows of the keys that have one of these ids. */
    private long[] rows(long[] ids) {
        return Arrays.stream(ids)
                .boxed()
                .flatMap(published.present()::find)
                .mapToLong(Keys::firstRow)
                .toArray();
    }

    /** Removes rows, makes the rest of a change and publishes it. */
    private void build(long[] removedRows, KeyChange change) {
        try (SnapshotBuilder builder = new SnapshotBuilder(published.present(), removedRows, change.added())) {
            builder.append(present ->
                    new Segment(format, segmentRows(present, change.added().count())));
            requests.add(change.request());
            Resources.filled(() -> requests.remove(change.request()), undo -> {
                if (!builder.isUnchanged()) {
                    publish(builder, change);
                }
            });
        }
        nextId = change.nextId();
    }

    /**
     * Returns the number of rows for the next segment. Sizes double between two bounds, so that large indexes have few segments.
     *
     * @param present rows that the present segments have room for
     * @param added rows that are added now
     */
    private long segmentRows(long present, long added) {
        long rowBytes = format.rowBytes(1);
        long least = Math.max(1, firstBytes / rowBytes);
        long room = Math.max(1, Math.min(Compaction.LARGEST_BYTES / rowBytes, Math.max(least, present)));
        return present > 0 ? room : Math.max(room, Math.max(expected, added));
    }

    private void publish(SnapshotBuilder builder, KeyChange change) {
        KeyLog used = log;
        KeyChange made = new KeyChange(builder.removedIds(), change.added(), change.nextId(), change.request());
        if (used != null) {
            used.reserve(made);
        }
        Snapshot built = builder.build();
        if (used != null) {
            used.append(built, made);
        }
        KeyChanges.carry(builder, built);
        published.publish(built);
    }

    /**
     * Gives the present keys means of classes, if they have none, from those of an earlier snapshot, so that changes continue
     * them. Does nothing if memory is refused.
     */
    public synchronized void carryMeans(Snapshot earlier) {
        Snapshot present = published.present();
        if (present.means() == null) {
            KeyChanges.carry(earlier, present);
        }
    }

    /**
     * Copies the keys into as few segments as possible, without the rows of removed keys. Mapped keys are copied into
     * memory. Queries continue meanwhile. Each old segment, at most about 1 GiB, is freed when no snapshot needs it.
     *
     * @throws NotEnoughMemoryException if memory is refused; the keys are unchanged then
     */
    public synchronized void compact() {
        published.check();
        published.compact();
    }

    /** Frees the keys, including those of open snapshots. */
    @Override
    public synchronized void close() {
        published.close();
    }
}
