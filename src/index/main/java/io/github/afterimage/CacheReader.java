package io.github.afterimage;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.IndexQueries;
import io.github.afterimage.answer.Memory;
import io.github.afterimage.answer.PartialAnswer;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Query;
import io.github.afterimage.engine.RowEncoder;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.reduce.Reducer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Answers queries from the keys of an index with the operator of the paper: for a query φ,
 * p_mem(c) = Σ_{k: y_k = c} exp(θ φᵀμ_k) / Σ_k exp(θ φᵀμ_k), equations (1) and (2). A {@link CacheIndex} is a reader that also changes
 * its keys; its other readers are its keys of one moment ({@link #snapshot}), its keys for rows that are reduced already ({@link
 * #withoutReduction}), and its keys with another engine ({@link #withEngine}).
 *
 * <pre>{@code
 * static void compare(CacheIndex index, float[] query) {
 *     try (CacheReader now = index.snapshot()) {
 *         Answer fast = now.query(query, 60);
 *         Answer exact = now.withEngine(Engines.named("reference")).query(query, 60);
 *         System.out.println(fast.row(0).probability(0) - exact.row(0).probability(0));
 *     }
 * }
 * }</pre>
 *
 * <p>Arrays and buffers of rows hold float32 in row-major order; a buffer is read from its position to its limit, and its
 * position stays.
 *
 * <p>Threads: thread-safe. Queries never wait for a change. All callers together use no more threads than the index is configured
 * with. Interrupting a caller ends its query with {@link java.util.concurrent.CancellationException}.
 *
 * <p>Lifetime: of the readers that are no index, only a snapshot needs closing. Closing the index closes all its readers. Later calls that
 * read keys throw IllegalStateException, which names the place where the index was closed. Closing twice is harmless.
 */
public class CacheReader implements Memory, AutoCloseable {
    final SharedIndex shared;
    final RowEncoder encoder;
    private final IndexQueries queries;
    /** The snapshot that is read; null if each call reads the keys that are present then. */
    private final @Nullable Snapshot fixed;
    /** True if closing this reader releases the snapshot; false for readers of a snapshot. */
    private final boolean ownsFixed;
    /** Set by closing a reader that is no index; the lifetime of the index is that of {@link #shared}. */
    private final AtomicBoolean closed = new AtomicBoolean();

    /** The reader that is the index. */
    CacheReader(SharedIndex shared) {
        this(shared, shared.encoder, null, false);
    }

    private CacheReader(SharedIndex shared, RowEncoder encoder, @Nullable Snapshot fixed, boolean ownsFixed) {
        this.shared = shared;
        this.encoder = encoder;
        this.fixed = fixed;
        this.ownsFixed = ownsFixed;
        queries = shared.queries.with(encoder);
    }

    /** Number of keys at this moment, with all {@linkplain KeyBatch#views views} of a picture. */
    public long size() {
        try (SharedIndex.Use use = use()) {
            return use.keys.size();
        }
    }

    /**
     * Lists keys in the order of their ids, one entry for each id, from one moment. The id of the last one + 1 continues the list; a {@link #snapshot}
     * gives all pages from the same moment.
     *
     * <p>Cost: a binary search, then a few memory accesses and the copy of a name for each key. Rows of removed keys that are not
     * {@linkplain CacheIndex#compact compacted} yet are passed over.
     *
     * @param fromId smallest id in the list; no key needs to have it
     * @param limit maximum number of entries, positive; the list takes 32 bytes of the Java heap for each, and its name
     * @return the keys; empty if no key has this id or a greater one
     * @throws IllegalArgumentException if the limit is not positive
     * @throws IllegalStateException if the index is closed
     */
    public List<KeyEntry> list(long fromId, int limit) {
        if (limit <= 0) {
            throw new IllegalArgumentException("limit " + limit + ": expected a positive number of keys");
        }
        try (SharedIndex.Use use = use()) {
            return use.keys.pictures(fromId).limit(limit).map(KeyEntry::of).toList();
        }
    }

    /** Returns the entry of this id; empty if no key has it, or it was removed. */
    public Optional<KeyEntry> key(long id) {
        return list(id, 1).stream().filter(key -> key.id() == id).findFirst();
    }

    /** Returns a copy of the thumbnail of the key with this id; empty if there is no such key, or it has none. */
    public Optional<byte[]> thumbnail(long id) {
        try (SharedIndex.Use use = use()) {
            return use.keys.find(id).findFirst().map(key -> key.thumbnail(0)).filter(bytes -> bytes.length > 0);
        }
    }

    /** Returns the number of keys of each class, views too, {@code (classes)}. Cost: one pass over the labels, 4 bytes for each key. */
    public long[] classCounts() {
        try (SharedIndex.Use use = use()) {
            return use.keys.classCounts(classes());
        }
    }

    /** Number of changes since the index was opened; {@link Answer#version} names the state of an answer by it. */
    public long version() {
        try (SharedIndex.Use use = use()) {
            return use.keys.version();
        }
    }

    /** Number of values of a row that is added or queried, before it is reduced. */
    public int dim() {
        return encoder.dim();
    }

    /** Number of classes, spare ones included. */
    @Override
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
     * Returns whether a class is spare and {@link CacheIndex#nameClass} has not given it a name yet.
     *
     * @throws IndexOutOfBoundsException if there is no such class
     */
    public boolean isSpare(int label) {
        return shared.attributes().isSpare(label);
    }

    /**
     * The attributes that are saved with the keys, by name; {@link #calibration} reads the tuned values from
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
        return shared.attributes().calibration(views);
    }

    /** Returns how this index answers with the number of views that is best for it: 2 if nobody tuned it. */
    public Calibration calibration() {
        return shared.attributes().calibration();
    }

    /** Returns a reader of the same keys whose queries another engine answers. */
    public CacheReader withEngine(Engine other) {
        return new CacheReader(shared, encoder.withEngine(other), fixed, false);
    }

    /** Returns a reader of the same keys for rows of {@link IndexFormat#keyDim} values that are reduced already. */
    public CacheReader withoutReduction() {
        return new CacheReader(shared, encoder.withoutReduction(), fixed, false);
    }

    /**
     * Returns a reader of the keys of this moment. Later changes do not affect it. Close it: until then, keys that are removed from
     * the index keep their memory.
     *
     * @throws IllegalStateException if the index is closed
     */
    public CacheReader snapshot() {
        try (SharedIndex.Use use = use()) {
            use.keys.retain();
            return new CacheReader(shared, encoder, use.keys, true);
        }
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
    @Override
    public Answer answer(Query query) {
        int batch = queries.check(query);
        try (SharedIndex.Use use = useKeys()) {
            return use.answered(batch, queries.answer(use.keys, query));
        }
    }

    /**
     * Answers several queries in one pass, from the keys of one moment.
     *
     * @param queries of equal {@link Query#settings}, at least one
     * @return the answer to each
     * @throws IllegalArgumentException as {@link #answer(Query)}
     * @throws IllegalStateException as {@link #answer(Query)}
     */
    public List<Answer> answer(List<Query> queries) {
        return this.queries.answers(queries, this::answer);
    }

    /**
     * Checks a query as {@link #answer(Query)} does, but for its deadline, and reads no key.
     *
     * @return the number of its rows
     * @throws IllegalArgumentException as {@link #answer(Query)}
     * @throws IllegalStateException if the query asks for neighbors and this reader is closed
     */
    public int check(Query query) {
        return queries.checkRows(query, this::size);
    }

    /**
     * Answers a query by the rule with which the memory of this index answers alone, at its θ: {@link #calibration(int)} of {@link
     * Calibration#ALONE}. A rule that nobody tuned is the usual one.
     *
     * <pre>{@code
     * static void explain(CacheIndex index, float[] features) {
     *     Answer.Row answer = index.query(Query.of(features).neighbors(5)).row(0);
     *     System.out.println("p " + answer.probability(answer.best()) + ", because it is like");
     *     answer.neighbors().forEach(key -> System.out.println(key.name() + " " + key.share()));
     * }
     * }</pre>
     *
     * @throws IllegalArgumentException as {@link #answer}, and if the query has thetas, because the rule has one
     * @throws IllegalStateException as {@link #answer}
     */
    public Answer query(Query query) {
        AnswerRule rule = calibration(Calibration.ALONE).rule();
        Query asked = IndexQueries.asked(query, rule);
        int batch = queries.check(asked);
        try (SharedIndex.Use use = useKeys()) {
            return use.answered(batch, queries.answer(use.keys, asked, rule));
        }
    }

    /** Answers queries, {@code (batch, dim)}, by the rule of this index; see {@link #query(Query)}. */
    public Answer query(float[] queries) {
        return query(Query.of(queries));
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
     * @throws IllegalArgumentException as {@link #answer}, and if the sums, 8 bytes for each theta, query and class, exceed 1 GiB
     * @throws IllegalStateException as {@link #answer}
     */
    public PartialAnswer partial(Query query) {
        int batch = queries.check(query);
        try (SharedIndex.Use use = useKeys()) {
            return use.answered(batch, queries.partial(use.keys, query));
        }
    }

    /**
     * Encodes rows as the index compares them: reduced, if the index has a reduction, then scaled to unit norm.
     *
     * @param rows {@code (n, dim)}; not changed
     * @return {@code (n, keyDim)} row-major; {@link IndexFormat#keyDim}
     * @throws IllegalArgumentException as {@link #answer}
     */
    public float[] encode(FloatBuffer rows) {
        return open().use(() -> queries.encode(rows));
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
        int batch = queries.check(query);
        try (SharedIndex.Use use = useKeys()) {
            return use.answered(batch, queries.gradient(use.keys, query, cotangents));
        }
    }

    /**
     * Computes the gradient of Σ_c h_c log E_c + k_c zᵀm_c, of the {@linkplain Answer.Row#logEvidence evidence} and the {@linkplain
     * Answer.Row#direction directions} of the classes, likewise; that of a {@link Pool} follows from it.
     *
     * @param ofEvidence h: {@code (batch, classes)} row-major, finite
     * @param ofDirections k: {@code (batch, classes)} row-major, finite
     */
    public float[] gradient(Query query, float[] ofEvidence, float[] ofDirections) {
        int batch = queries.check(query);
        try (SharedIndex.Use use = useKeys()) {
            return use.answered(batch, queries.gradient(use.keys, query, ofEvidence, ofDirections));
        }
    }

    /**
     * Returns figures of this index at this moment, for metrics and health checks; works on a closed index too. Cost: the first call
     * reads 8 bytes for each key with a name, and later calls those of keys that were added since.
     */
    public IndexStatistics statistics() {
        return shared.statistics();
    }

    /** Closes this reader; the index stays open. */
    @Override
    public void close() {
        if (!closed.getAndSet(true) && fixed != null && ownsFixed) {
            fixed.close();
        }
    }

    /** Returns the index, if this reader is open. */
    SharedIndex open() {
        if (closed.get()) {
            throw new IllegalStateException("this reader of the index is closed: ask the index for another one");
        }
        return shared;
    }

    /** Returns whether the keys are those of one moment of an index. */
    boolean isSnapshotOf(SharedIndex index) {
        return shared == index && fixed != null;
    }

    /** Begins a call that reads the keys that this reader reads. */
    SharedIndex.Use use() {
        return open().new Use(fixed);
    }

    /** Begins a call that needs keys. */
    private SharedIndex.Use useKeys() {
        SharedIndex.Use use = use();
        if (use.keys.size() > 0) {
            return use;
        }
        use.close();
        throw new IllegalStateException("the index has no keys: add some before it is queried");
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
        return getClass().getSimpleName() + "[" + state + ", dim " + format.dim()
                + format.reduction()
                        .map(reduction -> " reduced by " + reduction)
                        .orElse("") + ", " + format.classes()
                + " classes, " + format.type().shortName() + ", engine " + engine() + "]";
    }
}
