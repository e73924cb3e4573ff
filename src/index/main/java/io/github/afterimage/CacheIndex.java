package io.github.afterimage;

import io.github.afterimage.engine.CertifiedScan;
import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.IndexFile;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.Memory;
import io.github.afterimage.store.SavedFiles;
import io.github.afterimage.store.Snapshot;
import io.github.afterimage.store.UnitRows;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Keys with labels, and the operator of the paper over them: for a query φ,
 * p_mem(c) = Σ_{k: y_k = c} exp(θ φᵀμ_k) / Σ_k exp(θ φᵀμ_k), equations (1) and (2).
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>Keys and queries are scaled to unit L2 norm on the way in; callers pass them as they are.
 *   <li>A change (add, remove, replace) is made or refused as a whole; a refused one changes nothing.
 *   <li>A query sees the keys that all changes completed before it began have left, and no other; {@link
 *       Distributions#keys} says how many these are, {@link Distributions#version} which. Keys that were removed, or had
 *       no room in the index's {@link Capacity}, count for nothing.
 *   <li>Ids ascend in the order in which keys were added; none is given twice, not even after saving and opening.
 *   <li>Any finite θ ≥ 0 gives finite probabilities that sum to 1 within 2e-6; more than 1e9 counts as 1e9.
 * </ol>
 *
 * <p>Threads: thread-safe; queries never wait for a change, and changes are made one at a time. All callers together use no
 * more threads than configured. Interrupting a caller ends its query with {@link
 * java.util.concurrent.CancellationException}.
 *
 * <p>Memory: of the limit of {@link io.github.afterimage.MemoryUse} an open index sets a part aside for its queries: per
 * thread some MB, what 32 queries take. So when keys have taken all the rest, in this index or in others of the process, and
 * {@link #add} is refused, these calls still work with the engines of the processor, whatever the size of a batch and the
 * number of thetas, if not as fast: {@link #query}, {@link #nearest} with k up to 10,000, {@link #gradient}, {@link
 * #certified} (by the plain pass), {@link #remove}, {@link #save}. Not so {@link #partial} and {@link #encode}, which take
 * memory for a whole batch, {@link #compact} and {@link #replace}, which copy or add keys, and an index whose limit was
 * lowered below what is in use. Room for keys doubles as they come, up to 1 GiB at a time, so {@link #add} may be refused
 * while less than that is free; {@link CacheIndexBuilder#expectedKeys} takes the room at once and no more.
 *
 * <p>Lifetime: keys are in native memory until {@link #close}, which waits for running calls; later ones get
 * IllegalStateException, which says where the index was closed. The memory of removed keys is freed when no query needs
 * it. Closing twice is harmless. Closing an index closes its views ({@link #withEngine}) and the reverse.
 */
public final class CacheIndex implements AutoCloseable {
    static final String CLASS_NAMES = "class_names";
    /** Neighbours in one answer, up to 24 bytes each without the characters of names: 1.5 GiB. */
    private static final int MAX_NEIGHBORS = 1 << 26;

    private final SharedIndex shared;
    private final Reducer reducer;
    private final Engine engine;

    CacheIndex(SharedIndex shared, Reducer reducer, Engine engine) {
        this.shared = shared;
        this.reducer = reducer;
        this.engine = engine;
    }

    /**
     * Begins an empty index.
     *
     * @param dim values of a key, positive
     * @param classes how many classes labels are of, 1 to 4,194,304: each query needs 8 bytes of sums for each
     */
    public static CacheIndexBuilder builder(int dim, int classes) {
        return new CacheIndexBuilder(dim, classes);
    }

    /**
     * Opens a saved index with all processors and the fastest engine, every byte verified.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws io.github.afterimage.CorruptIndexException if it is not an index, or is damaged
     */
    public static CacheIndex open(Path file) throws IOException {
        return open(file, new OpenOptions());
    }

    /**
     * Opens a saved index.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws io.github.afterimage.CorruptIndexException if it is not an index, or is damaged
     */
    public static CacheIndex open(Path file, OpenOptions options) throws IOException {
        boolean keep = options.residentBytes == Long.MAX_VALUE;
        IndexFile.Contents contents = IndexFile.open(
                file,
                new IndexFile.Reading(options.verify, options.mostLoaded(), keep, options.firstPart, options.lastPart));
        Reducer reducer = null;
        try {
            contents.keys().capacity(options.capacity);
            if (options.screen) {
                contents.keys().screen();
            }
            contents.keys().residentBytes(options.residentBytes, options.threads);
            String finding = StoredAttributes.finding(
                    contents.attributes(), contents.keys().classes());
            if (finding != null) {
                throw new CorruptIndexException(file, finding);
            }
            reducer = StoredReduction.open(file, contents, options.threads);
            SavedFiles files = new SavedFiles(contents.saved(), null);
            SharedIndex shared =
                    new SharedIndex(contents.keys(), reducer, contents.attributes(), options.threads, files);
            return new CacheIndex(shared, reducer, options.engine);
        } catch (IOException | RuntimeException e) {
            contents.keys().close();
            if (reducer != null) {
                reducer.close();
            }
            throw e;
        }
    }

    /** How many keys there are now. */
    public long size() {
        return shared.reading(Snapshot::size);
    }

    /** Values of what is added and asked for, before it is reduced. */
    public int dim() {
        return reducer == null ? shared.keys.dim() : reducer.inputDim();
    }

    /** Values of a key as it is stored: {@link #dim} unless the index reduces. */
    public int keyDim() {
        return shared.keys.dim();
    }

    /** How keys and queries are reduced, or empty. */
    public Optional<Reduction> reduction() {
        return Optional.ofNullable(reducer).map(Reducer::reduction);
    }

    /** How many classes there are. */
    public int classes() {
        return shared.keys.classes();
    }

    /** How keys are stored. */
    public ElementType type() {
        return shared.keys.type();
    }

    /** Bytes of the int8 screen; 0 where there is none. */
    public long screenBytes() {
        return shared.running(shared.keys::screenBytes);
    }

    /** The engine that answers queries. */
    public Engine engine() {
        return engine;
    }

    /** The names of the classes, or {@code class 0}, {@code class 1}, … where none were given. Immutable. */
    public List<String> classNames() {
        if (shared.attributes.containsKey(CLASS_NAMES)) {
            return List.of(shared.attributes.get(CLASS_NAMES).split("\n", -1));
        }
        int classes = classes();
        return new AbstractList<>() {
            @Override
            public String get(int label) {
                return "class " + Objects.checkIndex(label, classes);
            }

            @Override
            public int size() {
                return classes;
            }
        };
    }

    /** What is saved with the keys, by name. Immutable. */
    public Map<String, String> attributes() {
        return shared.attributes;
    }

    /** The same keys, answered by another engine: a view that shares everything else, closing included. */
    public CacheIndex withEngine(Engine other) {
        return new CacheIndex(shared, reducer, other);
    }

    /**
     * The same keys for queries that are reduced already, of {@link #keyDim} values: a view that shares everything else,
     * closing included.
     */
    public CacheIndex withoutReduction() {
        return new CacheIndex(shared, null, engine);
    }

    /**
     * Adds keys.
     *
     * @param features {@code (labels.length, dim)} float32 row-major, from the buffer's position to its limit
     * @param labels a class in {@code 0..classes-1} for each row
     * @return the id of the first key; the others have the ids that follow
     * @throws IllegalArgumentException if counts do not fit, a label is out of range, or a row has a value that is not
     *     finite or is all zeros; nothing is added then
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused; nothing is added then
     */
    public long add(FloatBuffer features, int[] labels) {
        return add(features, labels, unnamed(labels));
    }

    /** Adds keys from an array; see {@link #add(FloatBuffer, int[])}. */
    public long add(float[] features, int[] labels) {
        return add(FloatBuffer.wrap(features), labels);
    }

    /**
     * Adds keys with names, such as the files that they were made from; {@link Neighbors#name} gives them back. A name takes
     * its bytes in UTF-8; the first name of an index adds 8 bytes for each key beside it. An index that has names is saved in
     * a version of the format that releases without names do not read.
     *
     * @param names one for each row, at most 1,024 bytes of UTF-8, enough for a path, without control characters; empty for a
     *     key without a name
     * @throws IllegalArgumentException as {@link #add(FloatBuffer, int[])}, or if a name is not of that kind; nothing is
     *     added then
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused; nothing is added then
     */
    public long add(FloatBuffer features, int[] labels, List<String> names) {
        requireRows(features, labels);
        return shared.running(() -> shared.keys.add(reduced(features, "key"), labels, names));
    }

    /** Adds keys with names from an array; see {@link #add(FloatBuffer, int[], List)}. */
    public long add(float[] features, int[] labels, List<String> names) {
        return add(FloatBuffer.wrap(features), labels, names);
    }

    /**
     * Removes the keys with these ids, all in one step; ids that no key has are passed over.
     *
     * @return how many keys were removed
     * @throws io.github.afterimage.NotEnoughMemoryException if memory to mark them is refused; nothing is removed
     *     then
     */
    public long remove(long... ids) {
        return shared.running(() -> shared.keys.remove(ids));
    }

    /**
     * Removes the keys of the classes that {@code chosen} accepts, all in one step. It is asked once for each class and
     * must not close the index.
     *
     * @return how many keys were removed
     * @throws io.github.afterimage.NotEnoughMemoryException as {@link #remove(long...)}
     */
    public long remove(IntPredicate chosen) {
        return shared.running(() -> shared.keys.remove(chosen));
    }

    /**
     * Removes keys and adds others in one step: no query sees both, or neither.
     *
     * @param ids of the keys that go; as many as come, or more, or fewer
     * @param features as in {@link #add(FloatBuffer, int[])}
     * @return the id of the first key that was added; the others have the ids that follow
     * @throws IllegalArgumentException if no key has one of the ids, or as {@link #add(FloatBuffer, int[])} throws it;
     *     nothing changes then
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused; nothing changes then
     */
    public long replace(long[] ids, FloatBuffer features, int[] labels) {
        return replace(ids, features, labels, unnamed(labels));
    }

    /** The same from an array; see {@link #replace(long[], FloatBuffer, int[])}. */
    public long replace(long[] ids, float[] features, int[] labels) {
        return replace(ids, FloatBuffer.wrap(features), labels);
    }

    /**
     * Removes keys and adds others with names in one step; see {@link #replace(long[], FloatBuffer, int[])}.
     *
     * @param names of the keys that come, as in {@link #add(FloatBuffer, int[], List)}; those of the keys that go go with them
     */
    public long replace(long[] ids, FloatBuffer features, int[] labels, List<String> names) {
        requireRows(features, labels);
        return shared.running(() -> shared.keys.replace(ids, reduced(features, "key"), labels, names));
    }

    /** The same from an array; see {@link #replace(long[], FloatBuffer, int[], List)}. */
    public long replace(long[] ids, float[] features, int[] labels, List<String> names) {
        return replace(ids, FloatBuffer.wrap(features), labels, names);
    }

    /**
     * Copies the keys together, so that removed ones cost neither time nor memory any more; mapped ones are in memory then.
     * The index does so by itself, after a change, where more than an eighth of a part is removed; only parts of more than
     * 1 GiB wait for this. Queries run meanwhile.
     *
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused; the keys are the same then
     */
    public void compact() {
        shared.running(() -> {
            shared.keys.compact();
            return null;
        });
    }

    /**
     * The distribution of the cache for each query, equations (1) and (2).
     *
     * @param queries {@code (batch, dim)} float32 row-major, from the buffer's position to its limit; not changed
     * @param theta sharpness, finite and not negative
     * @throws IllegalArgumentException if the length is not a multiple of dim, theta is out of range, or a query has a
     *     value that is not finite or is all zeros
     * @throws IllegalStateException if the index is empty or closed
     */
    public Distributions query(FloatBuffer queries, double theta) {
        return query(queries, new double[] {theta}).get(0);
    }

    /** The same from an array; see {@link #query(FloatBuffer, double)}. */
    public Distributions query(float[] queries, double theta) {
        return query(FloatBuffer.wrap(queries), theta);
    }

    /**
     * The distributions for several thetas in one pass over the keys, in the order of the thetas.
     *
     * @throws IllegalArgumentException if there are no thetas, or as in {@link #query(FloatBuffer, double)}
     * @see #query(FloatBuffer, double)
     */
    public List<Distributions> query(FloatBuffer queries, double[] thetas) {
        float[] narrowed = Hyperparameters.narrowed(thetas);
        int batch = batch(queries);
        return shared.answering(batch, snapshot -> {
            float[][] probabilities = shared.scan.probabilities(
                    engine, snapshot, classes(), reduced(queries, "query"), batch, keyDim(), narrowed);
            List<Distributions> distributions = new ArrayList<>();
            for (float[] values : probabilities) {
                distributions.add(new Distributions(values, classes(), snapshot.size(), snapshot.version()));
            }
            return distributions;
        });
    }

    /**
     * What the keys of this index, which are some of all, say of each query; see {@link OpenOptions#parts}. All queries are
     * answered in one pass over the keys.
     *
     * @throws IllegalArgumentException as in {@link #query(FloatBuffer, double)}, or if the sums, 8 bytes for each theta,
     *     query and class, are more than 1 GiB
     * @throws IllegalStateException if the index is empty or closed
     */
    public PartialDistributions partial(FloatBuffer queries, double[] thetas) {
        float[] narrowed = Hyperparameters.narrowed(thetas);
        int batch = batch(queries);
        if ((long) thetas.length * batch * classes() > Integer.MAX_VALUE / Double.BYTES / 2) {
            throw new IllegalArgumentException("sums of " + batch + " queries x " + thetas.length + " thetas x "
                    + classes() + " classes: expected at most 1 GiB; ask for fewer queries at once");
        }
        return shared.answering(batch, snapshot -> {
            try (Partial partial = shared.scan.partial(
                    engine, snapshot, classes(), reduced(queries, "query"), batch, keyDim(), narrowed)) {
                return new PartialDistributions(partial.bytes(), snapshot.size());
            }
        });
    }

    /**
     * The class of each query with certainty, mostly from the screen: keys are read as they are stored only where they could
     * change the answer.
     *
     * @param queries as in {@link #query(FloatBuffer, double)}
     * @param theta sharpness, finite and not negative
     * @throws IllegalStateException if the index has no screen, is empty or closed
     */
    public CertifiedDistributions certified(FloatBuffer queries, double theta) {
        return certified(queries, theta, 1);
    }

    /**
     * The class of each query with certainty, and every probability within a tolerance.
     *
     * @param tolerance how far a probability may be off: 1e-6 to 1
     * @throws IllegalArgumentException if the tolerance is out of range, or as in {@link #query(FloatBuffer, double)}
     * @see #certified(FloatBuffer, double)
     */
    public CertifiedDistributions certified(FloatBuffer queries, double theta, double tolerance) {
        float narrowed = Hyperparameters.narrowed(theta);
        CertifiedDistributions.checkTolerance(tolerance);
        int batch = batch(queries);
        return shared.answering(batch, snapshot -> {
            if (!shared.keys.screened()) {
                throw new IllegalStateException("the index has no screen: build or open it with screen(true)");
            }
            CertifiedScan.Answer answer = shared.certifiedScan.answer(
                    engine, snapshot, classes(), reduced(queries, "query"), batch, keyDim(), narrowed, tolerance);
            return new CertifiedDistributions(answer, classes(), snapshot.size(), snapshot.version());
        });
    }

    /**
     * The keys with the greatest inner products for each query; of equal ones, first those that were added first. Equal keys
     * have equal products, but for the engine {@code blas}, whose last bits depend on where a key lies.
     *
     * @param queries as in {@link #query(FloatBuffer, double)}
     * @param k how many for each query, positive; all keys where there are fewer
     * @throws IllegalArgumentException if k is not positive, if queries x k is more than 2^26 = 67,108,864 neighbours, which
     *     take 1.5 GiB of the Java heap and their names, or as in {@link #query(FloatBuffer, double)}
     * @throws IllegalStateException if the index is empty or closed
     */
    public Neighbors nearest(FloatBuffer queries, int k) {
        if (k <= 0) {
            throw new IllegalArgumentException("k " + k + ": expected a positive number");
        }
        int batch = batch(queries);
        return shared.answering(batch, snapshot -> {
            int places = (int) Math.min(k, snapshot.size());
            if ((long) batch * places > MAX_NEIGHBORS) {
                throw new IllegalArgumentException(
                        batch + " queries x k " + places + ": expected at most " + MAX_NEIGHBORS
                                + " neighbours in one answer, which take 1.5 GiB of the Java heap; ask for fewer"
                                + " queries at once");
            }
            float[] scores = new float[batch * places];
            long[] ids = new long[scores.length];
            int[] labels = new int[scores.length];
            String[] names = new String[scores.length];
            FloatBuffer compared = reduced(queries, "query");
            shared.scan.nearest(engine, snapshot, compared, batch, keyDim(), scores, ids, labels, names);
            return new Neighbors(places, scores, ids, labels, names, snapshot.size(), snapshot.version());
        });
    }

    /**
     * What this index compares for a query: rows reduced, if it reduces, and scaled to unit norm.
     *
     * @param rows {@code (n, dim)} float32 row-major, from the buffer's position to its limit; not changed
     * @return {@code (n, keyDim)} row-major
     * @throws IllegalArgumentException as in {@link #query(FloatBuffer, double)}
     */
    public float[] encode(FloatBuffer rows) {
        int batch = batch(rows);
        return shared.running(() -> {
            float[] unit = new float[Math.multiplyExact(batch, keyDim())];
            try (Memory memory = Memory.allocateScratch((long) unit.length * Float.BYTES)) {
                UnitRows.copy(reduced(rows, "query"), 0, batch, keyDim(), memory, 0, "query");
                memory.buffer(0, Math.multiplyExact(unit.length, Float.BYTES))
                        .asFloatBuffer()
                        .get(unit);
            }
            return unit;
        });
    }

    /**
     * The gradient of Σ_c g_c p_mem(c) with respect to each query after it was scaled to unit norm; where the index
     * reduces, before that.
     *
     * @param queries as in {@link #query(FloatBuffer, double)}
     * @param cotangents g: {@code (batch, classes)} float32 row-major, finite
     * @return {@code (batch, dim)} row-major
     * @throws IllegalStateException if the index is empty or closed
     */
    public float[] gradient(FloatBuffer queries, double theta, float[] cotangents) {
        float narrowed = Hyperparameters.narrowed(theta);
        int batch = batch(queries);
        if (cotangents.length != (long) batch * classes()) {
            throw new IllegalArgumentException("cotangents hold " + cotangents.length + " values: expected batch "
                    + batch + " x classes " + classes());
        }
        for (int i = 0; i < cotangents.length; i++) {
            if (!Float.isFinite(cotangents[i])) {
                throw new IllegalArgumentException("cotangent " + i % classes() + " of query " + i / classes() + " is "
                        + cotangents[i] + ": expected a finite number");
            }
        }
        return shared.answering(batch, snapshot -> {
            FloatBuffer compared = reduced(queries, "query");
            float[] gradients =
                    shared.scan.gradient(engine, snapshot, classes(), compared, batch, keyDim(), narrowed, cotangents);
            if (reducer == null) {
                return gradients;
            }
            Normalization.pullBack(compared, keyDim(), gradients);
            float[] unreduced = new float[Math.multiplyExact(batch, dim())];
            reducer.transpose(FloatBuffer.wrap(gradients), FloatBuffer.wrap(unreduced));
            return unreduced;
        });
    }

    /**
     * Saves the keys of this moment; {@code file} holds the old index until the new one is complete on the disk.
     *
     * <p>If this index was opened from {@code file}, or was last saved to it, only what changed is written, into a file
     * beside it: {@code cache.safetensors} then names {@code cache.0001.safetensors} and so on, which hold the keys, and
     * they are moved together. Where {@code file} is a symbolic link, the
     * file that it points at is replaced, by one that holds everything.
     *
     * <p>Of all indexes of all processes, one may save to a file. This one may from its first save to {@code file}, or from
     * {@link #lock}, until it saves to another file or is closed: it holds a lock, {@code .cache.safetensors.lock}, that the
     * system releases should the process end. Under the lock, a save is refused if this index was opened from {@code file} or
     * saved to it and {@code file} has another index since, so that no keys are lost in silence. A file that this index never
     * had to do with is replaced, whatever it holds; so is one that this index was opened from in {@link OpenOptions#parts}.
     * Opening an index needs no lock.
     *
     * @throws IllegalArgumentException if the attributes have class names, theta or lambda that do not fit the index
     * @throws java.nio.file.FileSystemException if {@code file} is a folder, a device or a pipe, or another index may save to
     *     it or has saved to it; nothing is written then
     * @throws java.nio.channels.ClosedByInterruptException if the thread is interrupted; otherwise as the next
     * @throws IOException if it cannot be written; {@code file} holds the old index, or the new one if only the last step,
     *     waiting for the disk, failed; the next save removes what is left behind
     */
    public void save(Path file) throws IOException {
        save(file, shared.attributes);
    }

    /**
     * Takes the lock now that the first save to {@code file} takes, so that work that could not be saved is not begun.
     *
     * @throws java.nio.file.FileSystemException as {@link #save(Path)}
     */
    public void lock(Path file) throws IOException {
        shared.running(() -> {
            shared.files.lock(file);
            return null;
        });
    }

    /** Saves the keys with other attributes than this index has; see {@link #save(Path)}. */
    public void save(Path file, Map<String, String> otherAttributes) throws IOException {
        shared.running(() -> shared.save(file, otherAttributes, true));
    }

    /** Saves all keys into one file, whatever {@code file} holds; otherwise as {@link #save(Path, Map)}. */
    public void saveWhole(Path file, Map<String, String> otherAttributes) throws IOException {
        shared.running(() -> shared.save(file, otherAttributes, false));
    }

    /**
     * Saves all keys into one file, with the ids that the keys of another index have, as many and in the same order: what was
     * made of an index key by key is found by the same ids.
     *
     * @throws IllegalArgumentException if there are not as many
     * @throws IOException as {@link #save(Path)}
     */
    public void saveNumbered(Path file, KeyStore numbered) throws IOException {
        shared.running(() -> shared.saveNumbered(file, numbered));
    }

    /**
     * How many queries were done a second time, relative to their best key: those whose keys are all far, which up to
     * theta = 100 is a best score below 0.
     */
    public long rescues() {
        return shared.scan.rescues();
    }

    /** How many queries were answered, those of all views together. */
    public long queries() {
        return shared.queries();
    }

    /**
     * Tells a listener of every call that is answered from now on, through any view; one that is told already is not told
     * twice. A listener that throws does not fail the call: its first failure is logged, and all are counted.
     *
     * @param listener thread-safe and quick
     */
    public void observe(QueryListener listener) {
        shared.listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    /** How many times a listener has thrown. */
    public long listenerFailures() {
        return shared.listeners.failures();
    }

    @Override
    public void close() {
        shared.close();
    }

    private static List<String> unnamed(int[] labels) {
        return Collections.nCopies(labels.length, "");
    }

    private void requireRows(FloatBuffer features, int[] labels) {
        if (features.remaining() != (long) labels.length * dim()) {
            throw new IllegalArgumentException("features hold " + features.remaining() + " values: expected "
                    + labels.length + " labels x dim " + dim() + " = " + (long) labels.length * dim());
        }
    }

    private int batch(FloatBuffer queries) {
        if (queries.remaining() == 0 || queries.remaining() % dim() != 0) {
            throw new IllegalArgumentException(
                    "queries hold " + queries.remaining() + " values: expected a positive multiple of dim " + dim());
        }
        return queries.remaining() / dim();
    }

    private FloatBuffer reduced(FloatBuffer rows, String what) {
        return StoredReduction.reduce(reducer, engine, rows, what, shared.workers);
    }

    /** How many keys this holds, or that it is closed, with what a caller needs to know to use it. */
    @Override
    public String toString() {
        String state;
        try {
            state = size() + " keys";
        } catch (IllegalStateException e) {
            state = "closed";
        }
        return "CacheIndex[" + state + ", dim " + dim() + (reducer == null ? "" : " reduced by " + reducer.reduction())
                + ", " + classes() + " classes, " + type().shortName() + ", engine " + engine + "]";
    }
}
