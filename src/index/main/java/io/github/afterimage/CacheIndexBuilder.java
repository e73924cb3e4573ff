package io.github.afterimage;

import io.github.afterimage.answer.StoredAttributes;
import io.github.afterimage.engine.RowEncoder;
import io.github.afterimage.file.ExtraTensors;
import io.github.afterimage.file.IndexFile;
import io.github.afterimage.file.PartitionedIndexFile;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.file.StoredReduction;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.log.LogState;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Builds empty indexes.
 *
 * <pre>{@code
 * CacheIndexBuilder builder = new CacheIndexBuilder(2048, 1000)
 *         .type(ElementType.BFLOAT16)
 *         .reduce(Reduction.gaussian(512));
 * try (CacheIndex index = builder.build()) {
 *     System.out.println(index.format().keyDim());
 * }
 * }</pre>
 *
 * <p>Building leaves the settings as they are, so a builder builds several indexes. The exception is a builder with a {@link
 * #reduce(Reducer) reducer} or a {@link #lock lock}: these belong to the first index, and the builder refuses to build
 * another.
 *
 * <p>Not thread-safe.
 */
public final class CacheIndexBuilder extends IndexSettings<CacheIndexBuilder> {
    private static final long MAX_EXPECTED = 1L << 40;

    private final int dim;
    private final int classes;
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private ElementType type = ElementType.FLOAT32;
    private int spareClasses;
    private long expected;
    private @Nullable Reduction reduction;
    private @Nullable Reducer reducer;
    private @Nullable SaveLock lock;
    private boolean handedOver;

    /**
     * Begins with the default settings.
     *
     * @param dim values of a row that is added, positive
     * @param classes number of classes, 1 to 4,194,304, because each query needs 8 bytes of sums for each class
     */
    public CacheIndexBuilder(int dim, int classes) {
        this.dim = dim;
        this.classes = classes;
    }

    /** Sets the type in which elements of keys are stored; float32 by default. */
    public CacheIndexBuilder type(ElementType value) {
        type = Objects.requireNonNull(value, "type");
        return this;
    }

    /**
     * Sets the number of keys that will probably be added: their memory is reserved when the first one is.
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

    /**
     * Reduces keys and queries by a random projection before they are stored or compared; θ has to be tuned again then.
     *
     * @throws IllegalStateException if the builder has a {@link #reduce(Reducer) reducer}
     */
    public CacheIndexBuilder reduce(Reduction value) {
        requireOneReduction(reducer == null);
        reduction = Objects.requireNonNull(value, "reduction");
        return this;
    }

    /**
     * Reduces keys and queries by a reducer, such as a learned one; the index closes it, and a build that fails closes it too.
     *
     * @throws IllegalStateException if the builder has a {@link #reduce(Reduction) reduction}
     */
    public CacheIndexBuilder reduce(Reducer value) {
        requireOneReduction(reduction == null);
        reducer = Objects.requireNonNull(value, "reducer");
        return this;
    }

    private static void requireOneReduction(boolean one) {
        if (!one) {
            throw new IllegalStateException(
                    "the builder has a reduction and a reducer: call reduce once, with one of the two");
        }
    }

    /**
     * Sets the names of the classes, which are saved with the index.
     *
     * @throws IllegalArgumentException if there is not one name for each class, or a name has a line break
     */
    public CacheIndexBuilder classNames(List<String> names) {
        if (names.size() != classes) {
            throw new IllegalArgumentException(names.size() + " class names: expected " + classes);
        }
        for (String name : names) {
            if (name.indexOf('\n') >= 0) {
                throw new IllegalArgumentException(
                        "class name \"" + name + "\" has a line break: expected one line for each class");
            }
        }
        attributes.put(StoredAttributes.CLASS_NAMES, String.join("\n", names));
        return this;
    }

    /**
     * Gives the index more classes, behind the others, for keys that are added later. They are called {@code spare 1}, {@code
     * spare 2} and so on until {@link CacheIndex#nameClass} names them. A network without them gives them the probability 0.
     * By default there are none.
     *
     * @throws IllegalArgumentException if {@code count} is negative
     */
    public CacheIndexBuilder spareClasses(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("spare classes " + count + ": expected 0 or more");
        }
        spareClasses = count;
        return this;
    }

    /**
     * Sets the lock of the file that the index will be saved to, for callers that take it before the first key is there. The
     * index closes it; see {@link CacheIndex#save(Path)}. Only the command line needs this: on the module path, its type is
     * not visible.
     */
    public CacheIndexBuilder lock(SaveLock value) {
        lock = Objects.requireNonNull(value, "lock");
        return this;
    }

    /** Adds attributes that are saved with the index; see {@link CacheIndex#attributes}. */
    public CacheIndexBuilder attributes(Map<String, String> more) {
        attributes.putAll(more);
        return this;
    }

    /**
     * Builds an empty index.
     *
     * @throws IllegalArgumentException if a setting is out of range or cannot be used on this machine
     * @throws IllegalStateException if an earlier index has the reducer or the lock of this builder
     */
    public CacheIndex build() {
        Reducer taken = takeReducer();
        return Resources.guarded(taken, () -> {
            KeyStore keys = new KeyStore(format(taken), expected);
            IndexFile.Contents empty =
                    new IndexFile.Contents(keys, allAttributes(taken), ExtraTensors.NONE, null, LogState.begin());
            return new CacheIndex(new SharedIndex(empty, taken, Engines.orAuto(engine), this, lock));
        });
    }

    /**
     * Begins an index larger than memory, which goes to the disk part by part, or continues one that was interrupted.
     *
     * @param file the index that the parts become
     * @param partKeys number of keys of a part; one part is in memory
     * @throws IllegalArgumentException if a setting is out of range or cannot be used on this machine
     * @throws IllegalStateException if an earlier index has the reducer or the lock of this builder
     * @throws IOException if a file cannot be read
     */
    public PartitionedIndexWriter buildInParts(Path file, long partKeys) throws IOException {
        if (partKeys <= 0) {
            throw new IllegalArgumentException("keys of a part " + partKeys + ": expected a positive number");
        }
        try (Resources made = new Resources()) {
            RowEncoder encoder = made.add(encoder());
            PartitionedIndexFile.Manifest index = description(encoder.reducer());
            SaveLock taken = made.add(lock == null ? SaveLock.take(file) : lock);
            PartitionedIndexWriter writer = new PartitionedIndexWriter(encoder, index, taken, file, partKeys);
            made.release();
            return writer;
        }
    }

    /**
     * Begins one part of an index that several processes build; its first key gets the id {@code firstId}.
     *
     * @throws IllegalStateException if an earlier index has the reducer or the lock of this builder
     */
    public IndexPartWriter buildPart(long firstId) {
        RowEncoder encoder = encoder();
        return Resources.guarded(encoder, () -> new IndexPartWriter(encoder, format(encoder.reducer()), firstId));
    }

    /**
     * Writes the index that consists of parts, in place of what the file held, and deletes other parts that were attempted
     * for it.
     *
     * @param parts the results of {@link IndexPartWriter#write}, of builders with the settings of this one, in the order of their ids
     * @param firstNumber the result of {@link IndexPartWriter#firstNumber} before the parts were written
     */
    public void completeParts(Path file, List<String> parts, int firstNumber) throws IOException {
        PartitionedIndexFile index = new PartitionedIndexFile(file);
        try (Reducer taken = takeReducer()) {
            index.complete(description(taken).withParts(parts));
            index.deleteOthers(firstNumber);
        }
    }

    private RowEncoder encoder() {
        Reducer taken = takeReducer();
        return Resources.guarded(taken, () -> new RowEncoder(dim, taken, Engines.orAuto(engine), threads));
    }

    private KeyFormat format(@Nullable Reducer taken) {
        return new KeyFormat(taken == null ? dim : taken.outputDim(), allClasses(), type);
    }

    /** Returns a reducer that the caller closes, or null. */
    private @Nullable Reducer takeReducer() {
        if (handedOver) {
            throw new IllegalStateException(
                    "another index has the reducer or the lock of this builder: make a builder for each index");
        }
        Reducer taken = reducer;
        if (reduction != null) {
            taken = reduction.reducer(dim, threads);
        }
        if (taken != null && taken.inputDim() != dim) {
            throw new IllegalArgumentException(
                    "the reducer takes " + taken.inputDim() + " values: expected dim " + dim);
        }
        handedOver = reducer != null || lock != null;
        return taken;
    }

    /** Describes an index of these settings for its file, without parts. */
    private PartitionedIndexFile.Manifest description(@Nullable Reducer taken) {
        return new PartitionedIndexFile.Manifest(
                List.of(),
                format(taken),
                StoredAttributes.checked(allAttributes(taken), allClasses()),
                StoredReduction.extra(taken));
    }

    /** @throws IllegalArgumentException if there are too many */
    private int allClasses() {
        long all = (long) classes + spareClasses;
        if (all > KeyFormat.MAX_CLASSES) {
            throw new IllegalArgumentException(
                    "classes " + all + ", with spare ones: expected at most " + KeyFormat.MAX_CLASSES);
        }
        return (int) all;
    }

    private Map<String, String> allAttributes(@Nullable Reducer taken) {
        Map<String, String> all = new LinkedHashMap<>(attributes);
        all.putAll(StoredReduction.attributes(taken));
        return spareClasses == 0 ? all : StoredAttributes.withMoreSpares(all, classes, spareClasses);
    }

    @Override
    CacheIndexBuilder self() {
        return this;
    }

    @Override
    public String toString() {
        Object reduced = reducer == null ? reduction : reducer.reduction();
        return "CacheIndexBuilder[dim " + dim + (reduced == null ? "" : " reduced by " + reduced) + ", " + classes
                + " classes, " + type.shortName() + ", engine " + (engine == null ? "auto" : engine) + ", threads "
                + threads
                + (log == null ? "" : ", log forced " + log) + "]";
    }
}
