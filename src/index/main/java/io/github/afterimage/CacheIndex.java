package io.github.afterimage;

import io.github.afterimage.engine.RowEncoder;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.RequestId;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.reduce.Reducer;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An index of labelled keys that answers queries with the operator of the paper: for a query φ,
 * p_mem(c) = Σ_{k: y_k = c} exp(θ φᵀμ_k) / Σ_k exp(θ φᵀμ_k), equations (1) and (2).
 *
 * <pre>{@code
 * try (CacheIndex index = new CacheIndexBuilder(2, 3).build()) {
 *     float[] features = {1, 0, 0, 1, 1, 1};
 *     index.add(features, new int[] {0, 1, 2});
 *     Answer.Row row = index.query(new float[] {2, 0.1f}, 60).row(0);
 *     System.out.println("class " + row.best() + ", p " + row.probability(row.best()));
 *     index.save(Path.of("cache.safetensors"));
 * }
 * }</pre>
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>The index scales keys and queries to unit L2 norm; callers pass them as they are.
 *   <li>A change (add, remove, replace) succeeds or is refused as a whole; a refused change leaves the index as it was.
 *   <li>A query sees the result of exactly those changes that were complete when it began; {@link
 *       Answer#keys} counts the keys, {@link Answer#version} identifies them. Keys that were removed, or that
 *       exceeded the {@link Capacity}, have no effect.
 *   <li>Ids ascend in the order in which keys were added; no id is used twice, not even after saving and opening.
 *   <li>Any finite θ ≥ 0 gives finite probabilities that sum to 1 within 2e-6; θ above 1e9 is treated as 1e9.
 * </ol>
 *
 * <p>Arrays and buffers of rows hold float32 in row-major order; a buffer is read from its position to its limit, and its
 * position stays.
 *
 * <p>Threads: thread-safe. Queries never wait for a change; changes run one at a time. All callers together use no more threads
 * than configured. Interrupting a caller ends its query with {@link java.util.concurrent.CancellationException}.
 *
 * <p>Memory: an open index sets a part of the limit of {@link MemoryUse} aside for its queries: a few MB per thread, enough for 32
 * queries. When keys have taken all other memory, in this index or in others of the process, calls that need more are refused:
 * {@link #add}, {@link #replace}, {@link #compact}, {@link #partial} and {@link #encode}. {@link #answer} with up to 10,000 nearest
 * keys, {@link #gradient}, {@link #remove} and {@link #save} still work with the engines of the processor, for any batch size and
 * up to 32 thetas (fewer with more than 65,536 classes), if more slowly. This does not hold once the limit was lowered below the
 * memory in use.
 *
 * <p>The memory for keys doubles as they are added, by at most 1 GiB at a time, so {@link #add} may be refused while less than that
 * is free; {@link CacheIndexBuilder#expectedKeys} allocates it once, in the right size.
 *
 * <p>Lifetime: keys are in native memory until {@link #close}, which waits for running calls. Later calls that read or change
 * keys throw IllegalStateException, which names the place where the index was closed. The memory of removed keys is freed when no
 * query and no {@link #snapshot} reads it any more. Closing twice is harmless. Closing a view ({@link #withEngine}, {@link
 * #withoutReduction}, {@link #snapshot}) closes the view only; only a snapshot needs closing. Closing the index closes all its
 * views.
 */
public final class CacheIndex implements AutoCloseable {
    private final SharedIndex shared;
    private final RowEncoder encoder;
    private final IndexQueries queries;
    /** The snapshot that this view reads; null if each call reads the keys that are present then. */
    private final @Nullable Snapshot fixed;
    /** True if closing this view releases the snapshot; false for views of a snapshot. */
    private final boolean ownsFixed;
    /** Set by closing a view; the lifetime of the index is that of {@link #shared}. */
    private final AtomicBoolean viewClosed = new AtomicBoolean();

    CacheIndex(SharedIndex shared) {
        this(shared, shared.encoder, null, false);
    }

    private CacheIndex(SharedIndex shared, RowEncoder encoder, @Nullable Snapshot fixed, boolean ownsFixed) {
        this.shared = shared;
        this.encoder = encoder;
        this.fixed = fixed;
        this.ownsFixed = ownsFixed;
        queries = new IndexQueries(shared, encoder, fixed);
    }

    /**
     * Opens a saved index with all processors and the fastest engine, and verifies every byte.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or is damaged
     */
    public static CacheIndex open(Path file) throws IOException {
        return open(file, new OpenOptions());
    }

    /**
     * Opens a saved index.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or is damaged
     */
    public static CacheIndex open(Path file, OpenOptions options) throws IOException {
        long start = System.nanoTime();
        SharedIndex shared = SharedIndex.open(file, options, Engines.orAuto(options.engine));
        shared.opening = Duration.ofNanos(System.nanoTime() - start);
        return new CacheIndex(shared);
    }

    /** Number of keys at this moment. */
    public long size() {
        return open().read(fixed, Snapshot::size);
    }

    /**
     * Lists keys in the order of their ids, from one moment. The id of the last one + 1 continues the list; a {@link #snapshot}
     * gives all pages from the same moment.
     *
     * <p>Cost: a binary search, then a few memory accesses and the copy of a name for each key. Rows of removed keys that are not
     * {@link #compact compacted} yet are passed over.
     *
     * @param fromId smallest id in the list; no key needs to have it
     * @param limit maximum number of keys, positive; the list takes 32 bytes of the Java heap for each key, and its name
     * @return the keys; empty if no key has this id or a greater one
     * @throws IllegalArgumentException if the limit is not positive
     * @throws IllegalStateException if the index is closed
     */
    public List<KeyEntry> list(long fromId, int limit) {
        if (limit <= 0) {
            throw new IllegalArgumentException("limit " + limit + ": expected a positive number of keys");
        }
        return open().read(fixed, now -> KeyEntry.list(now, fromId, limit));
    }

    /** Returns the key with this id; empty if there is none, or it was removed. */
    public Optional<KeyEntry> key(long id) {
        return list(id, 1).stream().filter(key -> key.id() == id).findFirst();
    }

    /** Returns a copy of the thumbnail of the key with this id; empty if there is no such key, or it has none. */
    public Optional<byte[]> thumbnail(long id) {
        byte[] bytes = open().read(fixed, now -> now.thumbnail(id));
        return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
    }

    /** Returns the number of keys of each class, {@code (classes)}. Cost: one pass over the labels, 4 bytes for each key. */
    public long[] classCounts() {
        return open().read(fixed, now -> now.classCounts(classes()));
    }

    /** Number of changes since the index was opened; {@link Answer#version} names the state of an answer by it. */
    public long version() {
        return open().read(fixed, Snapshot::version);
    }

    /** Number of values of a row that is added or queried, before it is reduced. */
    public int dim() {
        return encoder.dim();
    }

    /** Number of classes, spare ones included. */
    public int classes() {
        return shared.keys.classes();
    }

    /** Describes how keys are made from rows, and how they are stored. */
    public IndexFormat format() {
        KeyFormat stored = shared.keys.format();
        return new IndexFormat(
                dim(),
                Optional.ofNullable(encoder.reducer()).map(Reducer::reduction),
                encoder.keyDim(),
                stored.type(),
                stored.classes(),
                shared.attributes().spareClasses());
    }

    /** The engine that answers queries. */
    public Engine engine() {
        return encoder.engine();
    }

    /** The names of the classes at this moment, or {@code class 0}, {@code class 1}, … if none were given. Immutable. */
    public List<String> classNames() {
        return shared.attributes().classNames();
    }

    /**
     * Gives a class another name, for example to a {@link #isSpare spare} one. Answers show it at once. It is not a change of
     * the keys: it is not in a log, but saved with the next {@link #save}.
     *
     * @param label a class in {@code 0..classes-1}
     * @param name 1 to 255 bytes of UTF-8, which bounds the header of the file, without control characters
     * @throws IllegalArgumentException if there is no such class, the name breaks these rules, or another class has it
     * @throws IllegalStateException if this is a snapshot, or the index is closed
     */
    public void nameClass(int label, String name) {
        changeable().run(() -> shared.nameClass(label, name));
    }

    /**
     * Returns whether a class is spare and {@link #nameClass} has not given it a name yet.
     *
     * @throws IndexOutOfBoundsException if there is no such class
     */
    public boolean isSpare(int label) {
        return shared.attributes().isSpare(label);
    }

    /**
     * The attributes that are saved with the keys, by name; {@link #calibration} and {@link NoveltyThreshold#of} read the tuned values from
     * them. Immutable.
     */
    public Map<String, String> attributes() {
        return shared.attributes().values();
    }

    /**
     * Returns how this index answers.
     *
     * @param views views of an image that the network sees, 1 or 2; {@link Calibration#ALONE} for the memory alone
     * @throws IllegalArgumentException if there is no such number of views
     */
    public Calibration calibration(int views) {
        Calibration.checkViews(views);
        return shared.attributes().calibrations().get(views);
    }

    /** Returns how this index answers with the number of views that is best for it: 2 if nobody tuned it. */
    public Calibration calibration() {
        return calibration(Calibration.views(attributes()));
    }

    /** Returns a view of this index that another engine answers. */
    public CacheIndex withEngine(Engine other) {
        return new CacheIndex(shared, encoder.withEngine(other), fixed, false);
    }

    /** Returns a view of this index for rows of {@link IndexFormat#keyDim} values that are reduced already. */
    public CacheIndex withoutReduction() {
        return new CacheIndex(shared, encoder.withoutReduction(), fixed, false);
    }

    /**
     * Returns a view of the keys of this moment. Later changes do not affect it, and it refuses changes and saves with
     * IllegalStateException. Close it: until then, keys that are removed from the index keep their memory.
     *
     * @throws IllegalStateException if the index is closed
     */
    public CacheIndex snapshot() {
        return open().read(fixed, now -> {
            now.retain();
            return new CacheIndex(shared, encoder, now, true);
        });
    }

    /**
     * Adds keys. A batch with a {@linkplain KeyBatch#requestId request id} that an earlier call has added adds nothing.
     *
     * @return their ids, and whether an earlier call has added them
     * @throws InvalidRowException if a row has a value that is not finite or is all zeros; nothing is added then
     * @throws IllegalArgumentException if counts do not fit, a label is out of range, or a name or thumbnail breaks its rules;
     *     nothing is added then
     * @throws RequestConflictException if other keys were added with the same {@linkplain KeyBatch#requestId request id}; nothing
     *     is added then
     * @throws NotEnoughMemoryException if memory is refused; nothing is added then
     * @throws UnsavedChangeException if the keys are added, but the disk failed, so that the {@linkplain OpenOptions#log log} may
     *     lack them
     * @throws java.io.UncheckedIOException otherwise, if the log cannot take the change; nothing is added then
     */
    public AddedKeys add(KeyBatch keys) {
        return change(keys, (store, rows) -> store.add(rows, keys.request()));
    }

    /**
     * Adds keys without names; see {@link #add(KeyBatch)}.
     *
     * @param features {@code (labels.length, dim)}
     * @param labels a class in {@code 0..classes-1} for each row
     */
    public AddedKeys add(float[] features, int[] labels) {
        return add(KeyBatch.of(features, labels));
    }

    /**
     * Finds the keys that were added with a request id, before its caller makes them again.
     *
     * @param digest as for {@link KeyBatch#requestId(String, long)}
     * @return empty if no keys were added with this id, or it is forgotten
     * @throws RequestConflictException if other keys were added with it
     * @throws IllegalArgumentException if it is not 1 to 255 bytes of UTF-8 without control characters
     * @throws UnsavedChangeException if the keys are there, but may still be missing in the log
     * @throws IllegalStateException if this is a snapshot, or the index is closed
     */
    public Optional<AddedKeys> added(String requestId, long digest) {
        RequestId request = new RequestId(requestId, digest);
        return changeable().use(() -> shared.keys.added(request));
    }

    /**
     * Removes the keys with these ids in one step; ignores ids that no key has.
     *
     * @return number of keys removed
     * @throws NotEnoughMemoryException if memory to mark them is refused; nothing is removed then
     * @throws UnsavedChangeException as {@link #add(KeyBatch)}; the keys are removed
     * @throws java.io.UncheckedIOException otherwise, as {@link #add(KeyBatch)}; nothing is removed then
     */
    public long remove(long... ids) {
        return changeable().change(() -> shared.keys.remove(ids));
    }

    /**
     * Removes the keys that {@code chosen} accepts, such as those of a class or those whose names match, in one step:
     *
     * <pre>{@code
     * static long forget(CacheIndex index, int label) {
     *     return index.remove(key -> key.label() == label);
     * }
     * }</pre>
     *
     * <p>The predicate is called once for each key of this moment, before the removal; queries and other changes run meanwhile, and
     * a key that is added meanwhile stays. If the predicate throws, nothing is removed.
     *
     * @return number of keys removed
     * @throws NotEnoughMemoryException as {@link #remove(long...)}
     * @throws UnsavedChangeException as {@link #remove(long...)}
     * @throws java.io.UncheckedIOException as {@link #remove(long...)}
     */
    public long remove(Predicate<KeyEntry> chosen) {
        return changeable().change(() -> shared.keys.removeIf(KeyEntry.accepted(chosen)));
    }

    /**
     * Removes keys and adds others in one step: every query sees either the old keys or the new ones.
     *
     * @param ids of the keys to remove; their number may differ from the number of new keys
     * @return the ids of the keys that were added
     * @throws IllegalArgumentException if one of the ids belongs to no key, or as {@link #add(KeyBatch)}; nothing changes then
     * @throws NotEnoughMemoryException if memory is refused; nothing changes then
     * @throws UnsavedChangeException as {@link #add(KeyBatch)}; the keys are replaced
     * @throws java.io.UncheckedIOException otherwise, as {@link #add(KeyBatch)}; nothing changes then
     */
    public AddedKeys replace(long[] ids, KeyBatch keys) {
        return change(keys, (store, rows) -> store.replace(ids, rows, keys.request()));
    }

    /**
     * Copies the remaining keys into contiguous memory, so that removed ones cost neither time nor memory any more; mapped keys
     * are in memory afterwards. The index compacts a part by itself, after a change, once more than an eighth of it is removed;
     * only parts of more than 1 GiB wait for this call. Queries run meanwhile.
     *
     * @throws NotEnoughMemoryException if memory is refused; the keys stay as they were
     */
    public void compact() {
        changeable().run(shared.keys::compact);
    }

    /**
     * Answers a query: probabilities, nearest keys, or both, from the keys of one moment.
     *
     * <p>Of keys with equal scores, the one that was added first is nearer. Equal keys have equal scores, except with the engine
     * {@code blas}, whose last bits depend on the position of a key, and {@code cuda}, where they may depend on the memory segment of a
     * key. With {@code cuda} and 16-bit keys all scores are a little too low, because tensor cores truncate: by 3e-5 to 6e-5 at 25,088
     * values of a key, and by less in proportion with fewer.
     *
     * @throws NotEnoughMemoryException if memory for the query is refused, or that for the sums of the keys of each class, which the
     *     first query with {@link Query#evidence} needs
     * @throws IllegalArgumentException if the query asks for no result or has a setting without effect, such as a deadline; if its
     *     length is not a positive multiple of dim; if a row has a value that is not finite or is all zeros; if it names a label that is
     *     no class; or if its neighbours exceed 2^26 = 67,108,864, which take 1.6 GiB of the Java heap and their names
     * @throws IllegalStateException if the index is empty or closed, or has no key that the query is restricted to
     */
    public Answer answer(Query query) {
        return openQueries().answer(query);
    }

    /**
     * Computes the probabilities of the cache for each query, equations (1) and (2): {@code answer(Query.of(queries).thetas(thetas))}.
     *
     * @param queries {@code (batch, dim)}; not changed
     * @param thetas sharpness, finite and not negative; several share one pass over the keys
     */
    public Answer query(float[] queries, double... thetas) {
        return answer(Query.of(queries).thetas(thetas));
    }

    /**
     * Finds the keys with the greatest inner products for each query: {@code answer(Query.of(queries).neighbors(k))}.
     *
     * @param queries {@code (batch, dim)}; not changed
     * @param k number of keys for each query, positive; all keys if there are fewer
     */
    public Answer nearest(float[] queries, int k) {
        return answer(Query.of(queries).neighbors(k));
    }

    /**
     * Answers a query from an index that holds a part of all keys; merging the results of all parts gives the answer. See {@link
     * OpenOptions#parts}. With {@link Query#evidence}, the sums of the keys of each class are among them.
     *
     * @throws IllegalArgumentException as {@link #answer}, and if the query has {@link Query#evidence} and {@link Query#excludingEach}, or
     *     if the sums, 8 bytes for each theta, query and class, exceed 1 GiB
     * @throws IllegalStateException as {@link #answer}
     */
    public PartialAnswer partial(Query query) {
        return openQueries()
                .answer(query, request -> PartialAnswer.of(request, query.options(), shared.scan, shared.meansScan));
    }

    /**
     * Encodes rows as the index compares them: reduced, if the index has a reduction, then scaled to unit norm.
     *
     * @param rows {@code (n, dim)}; not changed
     * @return {@code (n, keyDim)} row-major; {@link IndexFormat#keyDim}
     * @throws IllegalArgumentException as {@link #answer}
     */
    public float[] encode(FloatBuffer rows) {
        return openQueries().encode(rows);
    }

    /**
     * Computes the gradient of Σ_c g_c p_mem(c) with respect to each
     * query after scaling to unit norm, before reduction, from the keys that the query is restricted to.
     *
     * @param query has one theta
     * @param cotangents g: {@code (batch, classes)} row-major, finite
     * @return {@code (batch, dim)} row-major
     * @throws IllegalArgumentException as {@link #answer}, and if the cotangents are not as many or not finite, or the query has another
     *     number of thetas, or neighbours
     * @throws IllegalStateException as {@link #answer}
     */
    public float[] gradient(Query query, float[] cotangents) {
        return openQueries().gradient(query, cotangents);
    }

    /**
     * Computes the gradient of Σ_c h_c log E_c + k_c zᵀm_c, of the {@linkplain Answer.Row#logEvidence evidence} and the {@linkplain
     * Answer.Row#direction directions} of the classes, likewise; that of a {@link Pool} follows from it.
     *
     * @param ofEvidence h: {@code (batch, classes)} row-major, finite
     * @param ofDirections k: {@code (batch, classes)} row-major, finite
     */
    public float[] gradient(Query query, float[] ofEvidence, float[] ofDirections) {
        return openQueries().gradient(query, ofEvidence, ofDirections);
    }

    /**
     * Tells what changes do to the answers to the {@link TuningRows} that the index keeps: how many are right now that were not before, and
     * the other way round. The keys are those of two moments, and the rule of both is that of now; a change of another caller between the
     * two moments counts too.
     *
     * <pre>{@code
     * static Optional<ChangeEffect> learn(CacheIndex index, KeyBatch lesson) {
     *     try (CacheIndex before = index.snapshot()) {
     *         index.add(lesson);
     *         return index.effect(before);
     *     }
     * }
     * }</pre>
     *
     * <p>Cost: a query of at most {@value TuningRows#MOST} rows for each of the two moments; the answers of the last moment are remembered.
     *
     * @param before a {@link #snapshot} of this index
     * @return empty if the index keeps no examples or has no keys at one of the moments, if it has more than 64 keys more or fewer than
     *     before, or if the products of keys, values and examples exceed 2^32, which take about 0.1 s
     * @throws IllegalArgumentException if it is no snapshot of this index
     * @throws IllegalStateException if the index or the snapshot is closed
     */
    public Optional<ChangeEffect> effect(CacheIndex before) {
        if (before.shared != shared || before.fixed == null) {
            throw new IllegalArgumentException(
                    "the keys before are not those of a snapshot of this index: take one before the change");
        }
        return before.open().read(before.fixed, then -> open().read(fixed, now -> shared.effect(then, now)));
    }

    /**
     * Saves the keys of this moment with their attributes; only changes, if this index was opened from {@code file} or was last saved to
     * it. {@link IndexFiles} has the rules, and other ways to save.
     *
     * @throws java.nio.file.FileSystemException if {@code file} is a folder, a device or a pipe, or another index may save to
     *     it or has saved to it; nothing is written then
     * @throws java.nio.channels.ClosedByInterruptException if the thread is interrupted; {@code file} is as after any other
     *     IOException
     * @throws IOException if writing fails; {@code file} holds the old index, or the new one if only the last step,
     *     waiting for the disk, failed; the next save removes leftovers
     */
    public void save(Path file) throws IOException {
        changeable().save(file, null, null, true);
    }

    /**
     * Returns the files of this index: saves with other attributes or into one file, the lock, and taking changes back.
     *
     * @throws IllegalStateException if this is a snapshot
     */
    public IndexFiles files() {
        return new IndexFiles(changeable());
    }

    /** Returns the keys, for {@link StoredIndex#reduce}. */
    KeyStore keys() {
        return shared.keys;
    }

    /** Returns the threads of the index, for {@link StoredIndex#reduce}. */
    Workers workers() {
        return encoder.workers();
    }

    /**
     * Returns figures of this index at this moment, for metrics and health checks; works on a closed index too. Cost: the first call
     * reads 8 bytes for each key with a name, and later calls those of keys that were added since.
     */
    public IndexStatistics statistics() {
        return shared.statistics();
    }

    /**
     * Reports answers, changes and saves of this index and its views to a listener from now on; adding it twice has no effect. A
     * listener that throws does not fail the call: its first failure is logged, and all are counted.
     *
     * @param listener thread-safe and quick
     */
    public void observe(QueryListener listener) {
        shared.listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Closes the index, or this view of it.
     *
     * @throws UnsavedChangeException if the index has a log, and the last changes may be missing on the disk; it is closed
     */
    @Override
    public void close() {
        if (fixed == null && encoder == shared.encoder) {
            shared.close();
        } else if (!viewClosed.getAndSet(true) && fixed != null && ownsFixed) {
            fixed.close();
        }
    }

    private SharedIndex open() {
        if (viewClosed.get()) {
            throw new IllegalStateException("this view of the index is closed: ask the index for another one");
        }
        return shared;
    }

    private SharedIndex changeable() {
        if (fixed != null) {
            throw new IllegalStateException(
                    "a snapshot of the index cannot be changed or saved: change the index itself");
        }
        return open();
    }

    private IndexQueries openQueries() {
        open();
        return queries;
    }

    private AddedKeys change(KeyBatch keys, BiFunction<KeyStore, KeyRows, AddedKeys> change) {
        return changeable().change(() -> encoder.add(keys.rows(), rows -> change.apply(shared.keys, rows)));
    }

    /** Returns the number of keys, or "closed", and the settings of the index. */
    @Override
    public String toString() {
        String state;
        try {
            state = size() + " keys";
        } catch (IllegalStateException e) {
            state = "closed";
        }
        IndexFormat format = format();
        return "CacheIndex[" + state + ", dim " + format.dim()
                + format.reduction()
                        .map(reduction -> " reduced by " + reduction)
                        .orElse("") + ", " + format.classes()
                + " classes, " + format.type().shortName() + ", engine " + engine() + "]";
    }
}
