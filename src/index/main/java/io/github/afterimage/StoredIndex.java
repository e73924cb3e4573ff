package io.github.afterimage;

import io.github.afterimage.answer.StoredAttributes;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.file.IndexCheck;
import io.github.afterimage.file.IndexFile;
import io.github.afterimage.file.SavedFiles;
import io.github.afterimage.file.StoredReduction;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.log.LogState;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import io.github.afterimage.tensors.ArrayFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An index file that is open to be converted, reduced or exported, not to be queried.
 *
 * <pre>{@code
 * try (StoredIndex stored = StoredIndex.open(Path.of("cache.safetensors"), true)) {
 *     stored.convert(Path.of("small.safetensors"), ElementType.INT8, Progress.NONE);
 *     stored.export(Path.of("keys.npz"), Progress.NONE);
 * }
 * }</pre>
 *
 * <p>Guarantees: keys are mapped where the native library is available, so memory is needed for labels, ids and names
 * only.
 * All keys are those that the file held when it was opened. A file that is written appears under its name when it is
 * complete.
 *
 * <p>Threads: for one thread. Lifetime: holds native memory until closed.
 */
public final class StoredIndex implements AutoCloseable {
    /** Keys that one thread reduces together. */
    private static final int BLOCK_ROWS = 256;

    private final Path file;
    private final IndexFile.Contents contents;
    private final Snapshot snapshot;

    private StoredIndex(Path file, IndexFile.Contents contents) {
        this.file = file;
        this.contents = contents;
        snapshot = contents.keys().snapshot();
    }

    /**
     * Opens an index.
     *
     * @param verify true to compare every byte with its checksum
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or is damaged
     */
    public static StoredIndex open(Path file, boolean verify) throws IOException {
        return new StoredIndex(file, IndexFile.open(file, verify));
    }

    /**
     * Lists the files that an index consists of: itself, then its parts, whether they exist or not.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or its header is damaged
     */
    public static List<Path> files(Path file) throws IOException {
        return IndexFile.files(file);
    }

    /**
     * Returns the bytes of all files that an index consists of.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or its header is damaged
     */
    public static long bytes(Path file) throws IOException {
        return IndexFile.bytes(file);
    }

    /**
     * Describes what an index holds beside keys and labels, from its headers.
     *
     * @throws java.nio.file.NoSuchFileException if a file does not exist
     * @throws CorruptIndexException if it is not an index, or a header is damaged
     */
    public static StoredContents contents(Path file) throws IOException {
        return IndexFile.contents(file);
    }

    /**
     * Describes the log of an index. Verifies every byte of it; {@link #check} also compares it with the index.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or its header or its log is damaged
     */
    public static StoredLog log(Path file) throws IOException {
        LogState log = IndexFile.log(file);
        return new StoredLog(log.files(), log.changes(), log.bytes(), log.ignoredBytes(), log.foreign());
    }

    /**
     * Verifies every byte of an index, its parts and its log, and lists all errors, one a line. Only a header that cannot be
     * parsed hides errors behind it. Reads each file once and holds a few megabytes.
     *
     * @return empty if the index is as it was saved
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws IOException if it cannot be read
     */
    public static List<String> check(Path file) throws IOException {
        return IndexCheck.findings(file);
    }

    /**
     * Writes a new index from all that is intact in a damaged one: keys whose bytes are possible, and changes of the log before the
     * damage and behind it. No file of the damaged index is changed. All keys are in native memory meanwhile.
     *
     * <p>Where the checksum of a section does not match, a wrong value that is possible too, such as another label, cannot be told
     * from a right one and is kept; the losses say so.
     *
     * @param to the name of the new index, which nothing has; one file
     * @throws IllegalArgumentException if there is a file or a log of this name
     * @throws java.nio.file.NoSuchFileException if {@code file} does not exist
     * @throws CorruptIndexException if nothing can be repaired, because the header of an index of one file, or the matrix that a
     *     reduction needs, cannot be read
     * @throws NotEnoughMemoryException if the keys do not fit in memory
     */
    public static RepairedIndex repair(Path file, Path to) throws IOException {
        return RepairedIndex.write(file, to);
    }

    /**
     * Lists files beside an index that are named like its parts and are none: a killed save left them, or they belong to
     * another index.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or its header is damaged
     */
    public static List<Path> strayParts(Path file) throws IOException {
        return IndexCheck.unnamed(file);
    }

    /** Number of keys. */
    public long size() {
        return snapshot.size();
    }

    /** Values of a key. */
    public int dim() {
        return contents.keys().dim();
    }

    /** Number of classes. */
    public int classes() {
        return contents.keys().classes();
    }

    /** Element type of the keys. */
    public ElementType type() {
        return contents.keys().type();
    }

    /** Text that was saved with the index; see {@link CacheIndex#attributes}. */
    public Map<String, String> attributes() {
        return contents.attributes();
    }

    /** Receives consecutive keys. */
    public interface KeyConsumer {
        /**
         * Receives the next keys.
         *
         * @param keys {@code (labels.length, dim)} float32 row-major, of unit norm
         * @param ids not descending
         */
        void accept(FloatBuffer keys, long[] ids, int[] labels);
    }

    /** Passes all keys to a consumer, in the order of their ids. */
    public void forEachKey(Progress progress, KeyConsumer consumer) {
        snapshot.forEachBatch(
                progress,
                (keys, first, count) ->
                        consumer.accept(keys.floats(first, count), keys.ids(first, count), keys.labels(first, count)));
    }

    /**
     * Writes all keys into one file, in another element type if wanted, with their order, ids, labels, names,
     * thumbnails and attributes. Only keys of a new type are held in memory.
     *
     * @param to may be the file of this index
     * @param type null for that of this index
     * @throws IllegalArgumentException if {@code type} is that of this index already
     * @throws java.nio.file.FileSystemException if another process saves to {@code to}, or changed this index
     * @throws IOException if {@code to} cannot be written; it then holds what it held
     */
    public void convert(Path to, @Nullable ElementType type, Progress progress) throws IOException {
        if (type() == type) {
            throw new IllegalArgumentException(file + " has " + type.shortName()
                    + " keys already: name another type, or none to write them as they are");
        }
        try (SavedFiles files = new SavedFiles(contents)) {
            files.lock(to);
            if (type == null) {
                save(files, to, contents.keys());
            } else {
                try (KeyStore target = new KeyStore(new KeyFormat(dim(), classes(), type), size())) {
                    snapshot.forEachBatch(
                            progress,
                            (keys, first, count) -> target.add(
                                    keys.keyRows(keys.floats(first, count), first, count), keys.ids(first, count)));
                    target.continueAfter(contents.keys());
                    save(files, to, target);
                }
            }
        }
    }

    private void save(SavedFiles files, Path to, KeyStore keys) throws IOException {
        files.save(to, keys, attributes(), contents.extra(), false);
    }

    /**
     * Writes all keys into one file as they are, with more spare classes; see {@link CacheIndexBuilder#spareClasses}. This index
     * has these classes afterwards.
     *
     * @param to may be the file of this index
     * @param count number of spare classes to add, positive
     * @throws IllegalArgumentException if there are too many classes then
     * @throws IOException as {@link #convert}
     */
    public void addSpareClasses(Path to, int count) throws IOException {
        if (count <= 0) {
            throw new IllegalArgumentException("spare classes " + count + ": expected a positive number");
        }
        Map<String, String> more = StoredAttributes.withMoreSpares(attributes(), classes(), count);
        contents.keys().addClasses(count);
        try (SavedFiles files = new SavedFiles(contents)) {
            files.save(to, contents.keys(), more, contents.extra(), false);
        }
    }

    /**
     * Makes an index in memory with shorter or whitened keys. Order, ids, labels, names and thumbnails stay; θ
     * and λ are left out, because they do not fit the new keys. Keys that are principal components can be whitened: the new index
     * takes the same rows as this one.
     *
     * @param sample maximum number of keys from which the reduction is learned
     * @param threads number of threads that learn and reduce, and then answer queries, positive
     * @return the caller closes its index
     * @throws IllegalArgumentException if this index is reduced already and its keys cannot be whitened, or the reduction does
     *     not fit its keys
     * @throws CorruptIndexException if the file describes a reduction that does not fit its keys
     * @throws NotEnoughMemoryException if memory for the new keys is refused
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public ReducedIndex reduce(Reduction reduction, ElementType type, int sample, int threads, Progress progress)
            throws CorruptIndexException {
        try (Reducer before = StoredReduction.open(file, contents, threads)) {
            if (before == null) {
                return reduce(reduction, null, type, sample, threads, progress);
            }
            LearnedReducer components = before instanceof LearnedReducer learned
                            && !before.reduction().whitens()
                            && before.inputDim() > dim() // a whitened reduction to as many values has no components
                    ? learned
                    : null;
            if (components != null && reduction.whitens() && reduction.dim() == dim()) {
                return reduce(reduction, components, type, sample, threads, progress);
            }
            throw new IllegalArgumentException(file + " is reduced already (" + before.reduction()
                    + "): reduce the index that it was made from"
                    + (components != null ? ", or whiten its keys (whiten:" + dim() + ")" : ""));
        }
    }

    /** @param first the components that made the keys; null if the keys are not reduced */
    private ReducedIndex reduce(
            Reduction reduction,
            @Nullable LearnedReducer first,
            ElementType type,
            int sample,
            int threads,
            Progress progress) {
        reduction.checked(dim());
        long start = System.nanoTime();
        int[] sampled = reduction.learned() ? ComponentLearner.sampleRows(reduction, size(), sample) : new int[0];
        Reducer ofKeys = sampled.length > 0
                ? LearnedReducer.learn(reduction, dim(), snapshot.parts(), sampled, threads)
                : reduction.reducer(dim(), threads);
        long learned = System.nanoTime();
        try (Resources made = new Resources()) {
            if (first != null) { // otherwise the index takes it
                made.add(ofKeys);
            }
            CacheIndex index = new CacheIndexBuilder(first == null ? dim() : first.inputDim(), classes())
                    .type(type)
                    .threads(threads)
                    .expectedKeys(size())
                    .attributes(StoredAttributes.untuned(attributes()))
                    .reduce(first == null ? ofKeys : behind(first, ofKeys))
                    .build();
            Resources.filled(index, empty -> addAll(ofKeys, empty, threads, progress));
            double reduceSeconds = (System.nanoTime() - learned) / 1e9;
            return new ReducedIndex(index, sampled.length, (learned - start) / 1e9, reduceSeconds);
        }
    }

    /** Returns a reducer of original rows: the components, then the map that was learned from what they made. */
    private static Reducer behind(LearnedReducer first, Reducer ofKeys) {
        LearnedReducer whitened = (LearnedReducer) ofKeys;
        return LearnedReducer.of(
                whitened.reduction(),
                first.inputDim(),
                first.projection(),
                whitened.whitening(),
                whitened.offset(),
                first.energy());
    }

    private void addAll(Reducer reducer, CacheIndex index, int threads, Progress progress) {
        KeyStore target = index.keys();
        int step = Math.multiplyExact(threads, BLOCK_ROWS);
        int dim = reducer.outputDim();
        FloatBuffer reduced = ByteBuffer.allocateDirect(Math.multiplyExact(step, Math.multiplyExact(dim, Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        long done = 0;
        for (Keys keys : snapshot.parts()) {
            for (long first = 0; first < keys.count(); first += step) {
                long begin = first;
                int count = (int) Math.min(step, keys.count() - first);
                index.workers().forEach((count + BLOCK_ROWS - 1) / BLOCK_ROWS, block -> {
                    int row = block * BLOCK_ROWS;
                    int rows = Math.min(BLOCK_ROWS, count - row);
                    reducer.reduce(keys.floats(begin + row, rows), reduced.slice(row * dim, rows * dim));
                });
                target.add(keys.keyRows(reduced.slice(0, count * dim), first, count), keys.ids(first, count));
                done += count;
                progress.report(done, size());
            }
        }
        target.continueAfter(contents.keys());
    }

    /** @throws IllegalArgumentException if {@link #export} knows no format of this name */
    public static void requireExportFormat(Path to) {
        ArrayFormat.of(to);
    }

    /** Returns the bytes that {@link #export} writes, without headers. */
    public long exportBytes() {
        return arrays().bytes();
    }

    /**
     * Writes {@code features} (n, dim) float32, {@code labels} (n) int32 and {@code ids} (n) int64 for other programs. The end of the name tells the format: .npz
     * and .safetensors hold them all; .npy holds the features, with {@code stem.labels.npy} and so on beside it. Names of keys are left out.
     *
     * @return the files written
     * @throws IllegalArgumentException if the name tells no format
     * @throws java.nio.file.FileSystemException if another file, such as {@code stem.probabilities.npy},
     *     would be read together with these; nothing is written then
     * @throws IOException if a file cannot be written; it then holds what it held
     */
    public List<Path> export(Path to, Progress progress) throws IOException {
        return ArrayFormat.write(to, arrays().all(progress));
    }

    private KeyArrays arrays() {
        return new KeyArrays(snapshot, dim());
    }

    @Override
    public void close() {
        snapshot.close();
        contents.keys().close();
    }

    @Override
    public String toString() {
        return "StoredIndex[" + file + ", " + size() + " keys]";
    }

    /** The arrays that {@link StoredIndex#export} writes. */
    private record KeyArrays(Snapshot snapshot, int dim) {
        long bytes() {
            return snapshot.size() * ((long) dim * Float.BYTES + Integer.BYTES + Long.BYTES);
        }

        List<ArrayFormat.Content> all(Progress progress) {
            ArrayFormat.Content features = new ArrayFormat.Content(
                    "features",
                    NumberType.F32,
                    List.of(snapshot.size(), (long) dim),
                    out -> snapshot.forEachBatch(
                            progress, (keys, first, count) -> write(out, bytes(keys.floats(first, count)))));
            return List.of(
                    features,
                    column("labels", NumberType.I32, Section.LABELS),
                    column("ids", NumberType.I64, Section.IDS));
        }

        private ArrayFormat.Content column(String name, NumberType type, Section section) {
            return new ArrayFormat.Content(
                    name,
                    type,
                    List.of(snapshot.size()),
                    out -> snapshot.forEachBatch(
                            Progress.NONE, (keys, first, count) -> write(out, keys.bytes(section, first, count))));
        }

        private static ByteBuffer bytes(FloatBuffer floats) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(floats.remaining(), Float.BYTES))
                    .order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(floats);
            return bytes;
        }

        private static void write(OutputStream out, ByteBuffer bytes) throws IOException {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            out.write(copy);
        }
    }
}
