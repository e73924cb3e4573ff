package io.github.afterimage;

import io.github.afterimage.engine.Engine;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.PartedIndexFile;
import io.github.afterimage.store.SaveLock;
import io.github.afterimage.store.SavedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Makes an empty index; see {@link CacheIndex#builder}. */
public final class CacheIndexBuilder {
    private static final long MAX_EXPECTED = 1L << 40;

    private final int dim;
    private final int classes;
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private final OpenOptions options = new OpenOptions();
    private ElementType type = ElementType.FLOAT32;
    private long expected;
    private Reduction reduction;
    private Reducer reducer;
    private SaveLock lock;

    CacheIndexBuilder(int dim, int classes) {
        this.dim = dim;
        this.classes = classes;
    }

    /** How keys are stored; float32 by default. */
    public CacheIndexBuilder type(ElementType value) {
        type = Objects.requireNonNull(value, "type");
        return this;
    }

    /** The engine that answers queries; the fastest by default. */
    public CacheIndexBuilder engine(Engine value) {
        options.engine(value);
        return this;
    }

    /** How many threads all queries together use; as many as there are processors by default. */
    public CacheIndexBuilder threads(int value) {
        options.threads(value);
        return this;
    }

    /** Whether keys get an int8 screen; see {@link OpenOptions#screen}. */
    public CacheIndexBuilder screen(boolean value) {
        options.screen(value);
        return this;
    }

    /**
     * How many keys will probably be added: their memory is reserved when the first one is.
     *
     * @throws IllegalArgumentException if it is negative, or more than 2^40
     */
    public CacheIndexBuilder expectedKeys(long value) {
        if (value < 0 || value > MAX_EXPECTED) {
            throw new IllegalArgumentException("expected keys " + value + ": expected 0 to " + MAX_EXPECTED);
        }
        expected = value;
        return this;
    }

    /** Which keys stay as others come; all by default. */
    public CacheIndexBuilder capacity(Capacity value) {
        options.capacity(value);
        return this;
    }

    /**
     * Reduces keys and queries by a random projection before they are stored or compared; θ then has to be tuned again.
     * A reduction by tolerance is resolved for {@link #expectedKeys}, which then have to be said.
     */
    public CacheIndexBuilder reduce(Reduction value) {
        reduction = value;
        return this;
    }

    /** Reduces keys and queries by a reducer that was learned; the index closes it. */
    public CacheIndexBuilder reduce(Reducer value) {
        reducer = value;
        return this;
    }

    /**
     * Names of the classes, saved with the index.
     *
     * @throws IllegalArgumentException if there is not one name for each class, or a name has a line break
     */
    public CacheIndexBuilder classNames(List<String> names) {
        if (names.size() != classes) {
            throw new IllegalArgumentException(names.size() + " class names: expected " + classes);
        }
        for (String name : names) {
            if (name.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("class name \"" + name + "\" has a line break");
            }
        }
        attributes.put(CacheIndex.CLASS_NAMES, String.join("\n", names));
        return this;
    }

    /**
     * The lock of the name that the index will be saved to, where work before the first key is to be done under it. The index
     * closes it; see {@link CacheIndex#save(Path)}.
     */
    public CacheIndexBuilder lock(SaveLock value) {
        lock = value;
        return this;
    }

    /** What else is to be saved with the index; see {@link CacheIndex#attributes}. */
    public CacheIndexBuilder attributes(Map<String, String> more) {
        attributes.putAll(more);
        return this;
    }

    /**
     * Makes the index.
     *
     * @throws IllegalArgumentException if a setting is out of range or cannot be had on this machine
     */
    public CacheIndex build() {
        Reducer chosen = reducer();
        attributes.putAll(StoredReduction.attributes(chosen));
        KeyStore keys = new KeyStore(keyDim(chosen), classes, type, expected);
        keys.capacity(options.capacity);
        if (options.screen) {
            keys.screen();
        }
        SavedFiles files = new SavedFiles(null, lock);
        return new CacheIndex(
                new SharedIndex(keys, chosen, attributes, options.threads, files), chosen, options.engine);
    }

    /**
     * Begins an index larger than memory, which goes to the disk part by part, or goes on with one that was interrupted.
     *
     * @param file the index that the parts become
     * @param partKeys how many keys a part has; one part is in memory
     * @throws IllegalArgumentException if a setting is out of range or cannot be had on this machine
     * @throws IOException if a file cannot be read
     */
    public PartitionedIndexWriter buildInParts(Path file, long partKeys) throws IOException {
        return new PartitionedIndexWriter(this, file, partKeys);
    }

    /** Begins one part of an index that several processes build; its first key gets the id {@code firstId}. */
    public IndexPartWriter buildPart(long firstId) {
        return new IndexPartWriter(this, firstId);
    }

    /** The lock of {@code file}: the one that was given, or one that is taken now. */
    SaveLock lockOf(Path file) throws IOException {
        return lock == null ? SaveLock.take(file) : lock;
    }

    /** What the index reduces with, or null. */
    Reducer reducer() {
        Reducer chosen = reducer;
        if (reduction != null) {
            if (reduction.byTolerance() && expected == 0) {
                throw new IllegalArgumentException("reduction \"" + reduction
                        + "\" holds its tolerance for a number of keys: say how many with expectedKeys");
            }
            chosen = reduction.resolve(dim, expected).reducer(dim, options.threads);
        }
        if (chosen != null && chosen.inputDim() != dim) {
            throw new IllegalArgumentException(
                    "the reducer takes " + chosen.inputDim() + " values: expected dim " + dim);
        }
        return chosen;
    }

    KeyStore keys(long firstId, long room, Reducer chosen) {
        return new KeyStore(keyDim(chosen), classes, type, room, firstId);
    }

    int keyDim(Reducer chosen) {
        return chosen == null ? dim : chosen.outputDim();
    }

    /** What names these parts of an index with the settings of this. */
    PartedIndexFile.Names names(List<String> parts, Reducer chosen) {
        return new PartedIndexFile.Names(
                parts, keyDim(chosen), classes, type, attributes(chosen), StoredReduction.projection(chosen));
    }

    Map<String, String> attributes(Reducer chosen) {
        Map<String, String> all = new LinkedHashMap<>(attributes);
        all.putAll(StoredReduction.attributes(chosen));
        String finding = StoredAttributes.finding(all, classes);
        if (finding != null) {
            throw new IllegalArgumentException("attributes: " + finding);
        }
        return all;
    }

    int dim() {
        return dim;
    }

    int classes() {
        return classes;
    }

    ElementType type() {
        return type;
    }

    int threads() {
        return options.threads;
    }

    Engine engine() {
        return options.engine;
    }

    @Override
    public String toString() {
        Object reduced = reducer == null ? reduction : reducer.reduction();
        return "CacheIndexBuilder[dim " + dim + (reduced == null ? "" : " reduced by " + reduced) + ", " + classes
                + " classes, " + type.shortName() + ", " + options + "]";
    }
}
