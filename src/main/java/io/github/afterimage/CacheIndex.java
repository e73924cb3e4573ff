package io.github.afterimage;

import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.ElementType;
import io.github.afterimage.store.IndexFile;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.Memory;
import io.github.afterimage.store.Snapshot;
import io.github.afterimage.store.UnitRows;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keys with labels, and the operator of the paper over them: for a query φ,
 * p_mem(c) = Σ_{k: y_k = c} exp(θ φᵀμ_k) / Σ_k exp(θ φᵀμ_k), equations (1) and (2).
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>Keys and queries are scaled to unit L2 norm on the way in; callers pass them as they are.
 *   <li>A batch is taken or refused as a whole; a refused one changes nothing.
 *   <li>A query sees the keys of all batches added before it began, and of no other; {@link Distributions#keys} says how
 *       many. Any finite θ ≥ 0 gives finite probabilities that sum to 1 within 2e-6.
 * </ol>
 *
 * <p>Threads: thread-safe; queries run while keys are added. All callers together use no more threads than configured.
 * Interrupting a caller ends its query with {@link java.util.concurrent.CancellationException}.
 *
 * <p>Lifetime: keys are in native memory until {@link #close}, which waits for running calls; later ones get
 * IllegalStateException. Closing twice is harmless. Closing an index closes its views ({@link #with}) and the reverse.
 */
public final class CacheIndex implements AutoCloseable {
    private static final String CLASS_NAMES = "class_names";
    /** Less is within the rounding of float32 probabilities. */
    private static final double LEAST_TOLERANCE = 1e-6;

    private final SharedIndex shared;
    private final Reducer reducer;
    private final Engine engine;

    private CacheIndex(SharedIndex shared, Reducer reducer, Engine engine) {
        this.shared = shared;
        this.reducer = reducer;
        this.engine = engine;
    }

    /**
     * Begins an empty index.
     *
     * @param dim values of a key, positive
     * @param classes how many classes labels are of, positive
     */
    public static Builder builder(int dim, int classes) {
        return new Builder(dim, classes);
    }

    /**
     * Opens a saved index with all processors and the fastest engine, every byte verified.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws io.github.afterimage.store.CorruptIndexException if it is not an index, or is damaged
     */
    public static CacheIndex open(Path file) throws IOException {
        return open(file, new OpenOptions());
    }

    /**
     * Opens a saved index.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws io.github.afterimage.store.CorruptIndexException if it is not an index, or is damaged
     */
    public static CacheIndex open(Path file, OpenOptions options) throws IOException {
        IndexFile.Contents contents = IndexFile.open(file, options.verify);
        try {
            if (options.screen) {
                contents.keys().screen();
            }
            Reducer reducer = StoredReduction.open(contents, options.threads);
            SharedIndex shared = new SharedIndex(contents.keys(), reducer, contents.attributes(), options.threads);
            return new CacheIndex(shared, reducer, options.engine);
        } catch (RuntimeException e) {
            contents.keys().close();
            throw e;
        }
    }

    /** How an index is opened; change what is not to be as it is by default. */
    public static final class OpenOptions {
        private Engine engine = Engines.auto();
        private int threads = Runtime.getRuntime().availableProcessors();
        private boolean verify = true;
        private boolean screen;

        /** The engine that answers queries; the fastest by default. */
        public OpenOptions engine(Engine value) {
            engine = value;
            return this;
        }

        /**
         * How many threads all queries together use; as many as there are processors by default.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public OpenOptions threads(int value) {
            if (value <= 0) {
                throw new IllegalArgumentException("threads " + value + ": expected a positive number");
            }
            threads = value;
            return this;
        }

        /** Whether every byte is compared with its checksum; true by default. The header is always checked. */
        public OpenOptions verify(boolean value) {
            verify = value;
            return this;
        }

        /**
         * Whether keys, which must not be int8, get an int8 screen, which {@link CacheIndex#certified} reads; false by default. It is
         * made in memory from the keys, one byte and about 3 % for each value, and is not saved.
         */
        public OpenOptions screen(boolean value) {
            screen = value;
            return this;
        }
    }

    /** Makes an empty index. */
    public static final class Builder {
        private final int dim;
        private final int classes;
        private final Map<String, String> attributes = new LinkedHashMap<>();
        private final OpenOptions options = new OpenOptions();
        private ElementType type = ElementType.FLOAT32;
        private long expected;
        private Reduction reduction;
        private Reducer reducer;

        private Builder(int dim, int classes) {
            this.dim = dim;
            this.classes = classes;
        }

        /** How keys are stored; float32 by default. */
        public Builder type(ElementType value) {
            type = value;
            return this;
        }

        /** The engine that answers queries; the fastest by default. */
        public Builder engine(Engine value) {
            options.engine(value);
            return this;
        }

        /** How many threads all queries together use; as many as there are processors by default. */
        public Builder threads(int value) {
            options.threads(value);
            return this;
        }

        /** Whether keys get an int8 screen; see {@link OpenOptions#screen}. */
        public Builder screen(boolean value) {
            options.screen(value);
            return this;
        }

        /** How many keys will probably be added: their memory is reserved at once. */
        public Builder expectedKeys(long value) {
            expected = value;
            return this;
        }

        /**
         * Reduces keys and queries by a random projection before they are stored or compared; θ then has to be tuned again.
         * A reduction by tolerance is resolved for {@link #expectedKeys}.
         */
        public Builder reduce(Reduction value) {
            reduction = value;
            return this;
        }

        /** Reduces keys and queries by a reducer that was learned; the index closes it. */
        public Builder reduce(Reducer value) {
            reducer = value;
            return this;
        }

        /**
         * Names of the classes, saved with the index.
         *
         * @throws IllegalArgumentException if there is not one name for each class, or a name has a line break
         */
        public Builder classNames(List<String> names) {
            if (names.size() != classes) {
                throw new IllegalArgumentException(names.size() + " class names: expected " + classes);
            }
            for (String name : names) {
                if (name.indexOf('\n') >= 0) {
                    throw new IllegalArgumentException("class name \"" + name + "\" has a line break");
                }
            }
            attributes.put(CLASS_NAMES, String.join("\n", names));
            return this;
        }

        /** What else is to be saved with the index; see {@link CacheIndex#attributes}. */
        public Builder attributes(Map<String, String> more) {
            attributes.putAll(more);
            return this;
        }

        /** @throws IllegalArgumentException if a setting is out of range or cannot be had on this machine */
        public CacheIndex build() {
            Reducer chosen = reducer;
            if (reduction != null) {
                chosen = reduction.resolve(dim, Math.max(1, expected)).reducer(dim, options.threads);
            }
            if (chosen != null && chosen.inputDim() != dim) {
                throw new IllegalArgumentException(
                        "the reducer takes " + chosen.inputDim() + " values: expected dim " + dim);
            }
            int keyDim = chosen == null ? dim : chosen.outputDim();
            attributes.putAll(StoredReduction.attributes(chosen));
            KeyStore keys = new KeyStore(keyDim, classes, type, expected);
            if (options.screen) {
                keys.screen();
            }
            return new CacheIndex(new SharedIndex(keys, chosen, attributes, options.threads), chosen, options.engine);
        }
    }

    /** How many keys there are now. */
    public long size() {
        return shared.running(() -> shared.keys.snapshot().size());
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

    /** The names of the classes, or {@code class 0}, {@code class 1}, … where none were given. */
    public List<String> classNames() {
        if (shared.attributes.containsKey(CLASS_NAMES)) {
            return List.of(shared.attributes.get(CLASS_NAMES).split("\n", -1));
        }
        List<String> names = new ArrayList<>();
        for (int label = 0; label < classes(); label++) {
            names.add("class " + label);
        }
        return names;
    }

    /** What is saved with the keys, by name. Immutable. */
    public Map<String, String> attributes() {
        return shared.attributes;
    }

    /** The same keys, answered by another engine: a view that shares everything else, closing included. */
    public CacheIndex with(Engine other) {
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
     * @throws io.github.afterimage.store.NotEnoughMemoryException if memory is refused; nothing is added then
     */
    public long add(FloatBuffer features, int[] labels) {
        if (features.remaining() != (long) labels.length * dim()) {
            throw new IllegalArgumentException("features hold " + features.remaining() + " values: expected "
                    + labels.length + " labels x dim " + dim() + " = " + (long) labels.length * dim());
        }
        return shared.running(() -> shared.keys.add(StoredReduction.reduce(reducer, features, "key"), labels));
    }

    /** Adds keys from an array; see {@link #add(FloatBuffer, int[])}. */
    public long add(float[] features, int[] labels) {
        return add(FloatBuffer.wrap(features), labels);
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
     * @see #query(FloatBuffer, double)
     */
    public List<Distributions> query(FloatBuffer queries, double[] thetas) {
        float[] narrowed = new float[thetas.length];
        for (int t = 0; t < thetas.length; t++) {
            narrowed[t] = (float) Hyperparameters.checkTheta(thetas[t]);
        }
        int batch = batch(queries);
        return shared.running(() -> {
            Snapshot snapshot = filled();
            float[][] probabilities =
                    shared.scan.probabilities(engine, snapshot, classes(), reduced(queries), batch, keyDim(), narrowed);
            List<Distributions> distributions = new ArrayList<>();
            for (float[] values : probabilities) {
                distributions.add(new Distributions(values, classes(), snapshot.size()));
            }
            return distributions;
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
        return certify(queries, theta, 1);
    }

    /**
     * The class of each query with certainty, and every probability within a tolerance.
     *
     * @param tolerance how far a probability may be off: 1e-6 to 1
     * @throws IllegalArgumentException if the tolerance is out of range, or as in {@link #query(FloatBuffer, double)}
     * @see #certified(FloatBuffer, double)
     */
    public CertifiedDistributions certified(FloatBuffer queries, double theta, double tolerance) {
        if (!(tolerance >= LEAST_TOLERANCE && tolerance <= 1)) {
            throw new IllegalArgumentException(
                    "tolerance " + tolerance + ": expected " + LEAST_TOLERANCE + " to 1, of a probability");
        }
        return certify(queries, theta, tolerance);
    }

    private CertifiedDistributions certify(FloatBuffer queries, double theta, double tolerance) {
        float narrowed = (float) Hyperparameters.checkTheta(theta);
        int batch = batch(queries);
        return shared.running(() -> {
            if (!shared.keys.screened()) {
                throw new IllegalStateException("the index has no screen: build or open it with screen(true)");
            }
            Snapshot snapshot = filled();
            return new CertifiedDistributions(
                    shared.certifiedScan.answer(
                            engine, snapshot, classes(), reduced(queries), batch, keyDim(), narrowed, tolerance),
                    classes(),
                    snapshot.size());
        });
    }

    /**
     * The keys with the greatest inner products for each query.
     *
     * @param queries as in {@link #query(FloatBuffer, double)}
     * @param k how many for each query, positive; all keys where there are fewer
     */
    public Neighbors nearest(FloatBuffer queries, int k) {
        if (k <= 0) {
            throw new IllegalArgumentException("k " + k + ": expected a positive number");
        }
        int batch = batch(queries);
        return shared.running(() -> {
            Snapshot snapshot = filled();
            int places = (int) Math.min(k, snapshot.size());
            float[] scores = new float[Math.multiplyExact(batch, places)];
            long[] ids = new long[scores.length];
            int[] labels = new int[scores.length];
            shared.scan.nearest(engine, snapshot, reduced(queries), batch, keyDim(), scores, ids);
            for (int i = 0; i < ids.length; i++) {
                labels[i] = snapshot.label(ids[i]);
                ids[i] = snapshot.id(ids[i]);
            }
            return new Neighbors(places, scores, ids, labels);
        });
    }

    /**
     * What this index compares for a query: rows reduced, if it reduces, and scaled to unit norm.
     *
     * @param rows {@code (n, dim)} float32 row-major, from the buffer's position to its limit; not changed
     * @return {@code (n, keyDim)} row-major
     * @throws IllegalArgumentException as in {@link #query(FloatBuffer, double)}
     */
    public float[] compared(FloatBuffer rows) {
        int batch = batch(rows);
        return shared.running(() -> {
            float[] unit = new float[Math.multiplyExact(batch, keyDim())];
            try (Memory memory = Memory.allocate((long) unit.length * Float.BYTES)) {
                UnitRows.copy(reduced(rows), 0, batch, keyDim(), memory, 0, "query");
                memory.buffer(0, Math.multiplyExact(unit.length, Float.BYTES))
                        .asFloatBuffer()
                        .get(unit);
            }
            return unit;
        });
    }

    /**
     * The gradient of Σ_c g_c p_mem(c) with respect to each query after it was scaled to unit norm.
     *
     * @param queries as in {@link #query(FloatBuffer, double)}
     * @param cotangents g: {@code (batch, classes)} float32 row-major
     * @return {@code (batch, dim)} row-major
     * @throws IllegalStateException if the index is empty, closed, or reduces
     */
    public float[] gradient(FloatBuffer queries, double theta, float[] cotangents) {
        float narrowed = (float) Hyperparameters.checkTheta(theta);
        if (reducer != null) {
            throw new IllegalStateException("an index that reduces has no gradient with respect to what it is given");
        }
        int batch = batch(queries);
        if (cotangents.length != (long) batch * classes()) {
            throw new IllegalArgumentException("cotangents hold " + cotangents.length + " values: expected batch "
                    + batch + " x classes " + classes());
        }
        return shared.running(
                () -> shared.scan.gradient(engine, filled(), classes(), queries, batch, dim(), narrowed, cotangents));
    }

    /**
     * Saves the keys of this moment; {@code file} holds the old index until the new one is complete on the disk.
     *
     * @throws IOException if it cannot be written; what {@code file} held is unchanged
     */
    public void save(Path file) throws IOException {
        save(file, shared.attributes);
    }

    /** Saves the keys with other attributes than this index has; see {@link #save(Path)}. */
    public void save(Path file, Map<String, String> otherAttributes) throws IOException {
        Map<String, String> saved = new LinkedHashMap<>(otherAttributes);
        saved.putAll(StoredReduction.attributes(shared.reducer));
        shared.running(() -> {
            IndexFile.save(
                    file, shared.keys, shared.keys.snapshot(), saved, StoredReduction.projection(shared.reducer));
            return null;
        });
    }

    /** How many queries had only far keys and were done a second time, with a shift of their own. */
    public long rescues() {
        return shared.scan.rescues();
    }

    @Override
    public void close() {
        shared.close();
    }

    private int batch(FloatBuffer queries) {
        if (queries.remaining() == 0 || queries.remaining() % dim() != 0) {
            throw new IllegalArgumentException(
                    "queries hold " + queries.remaining() + " values: expected a positive multiple of dim " + dim());
        }
        return queries.remaining() / dim();
    }

    private FloatBuffer reduced(FloatBuffer queries) {
        return StoredReduction.reduce(reducer, queries, "query");
    }

    private Snapshot filled() {
        Snapshot snapshot = shared.keys.snapshot();
        if (snapshot.size() == 0) {
            throw new IllegalStateException("the index has no keys: add some before it is queried");
        }
        return snapshot;
    }
}
