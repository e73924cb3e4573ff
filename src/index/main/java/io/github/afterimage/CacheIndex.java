package io.github.afterimage;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.ChangeEffect;
import io.github.afterimage.answer.TuningRows;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.failure.RequestConflictException;
import io.github.afterimage.failure.UnerasedKeysException;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.RequestId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;

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
 *       Answer#keys} counts the keys, {@link Answer#version} identifies them. Keys that were removed have no effect.
 *   <li>Ids ascend in the order in which keys were added; no id is used twice, not even after saving and opening. An id names a
 *       picture: its keys, usually one, share the id, the label, the name and the thumbnail, and are removed together. {@link #size} and
 *       {@link #classCounts} count keys; lists, receipts and results of changes count ids.
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
 * query and no {@link #snapshot} reads it any more. Closing twice is harmless. Closing the index closes all its readers.
 */
public final class CacheIndex extends CacheReader {
    CacheIndex(SharedIndex shared) {
        super(shared);
    }

    /**
     * Opens a saved index with all processors and the fastest engine, and verifies every byte.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws CorruptIndexException if it is not an index, or is damaged
     * @throws NotEnoughMemoryException if there is no memory for its keys, or for queries of them
     */
    public static CacheIndex open(Path file) throws IOException {
        return open(file, new OpenOptions());
    }

    /** Opens a saved index; throws as {@link #open(Path)}. */
    public static CacheIndex open(Path file, OpenOptions options) throws IOException {
        long start = System.nanoTime();
        SharedIndex shared = SharedIndex.open(file, options, Engines.orAuto(options.engine));
        shared.opening = Duration.ofNanos(System.nanoTime() - start);
        return new CacheIndex(shared);
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
     * @throws IllegalStateException if the index is closed
     */
    public Optional<AddedKeys> added(String requestId, long digest) {
        RequestId request = new RequestId(requestId, digest);
        return open().use(() -> shared.keys.added(request));
    }

    /**
     * Removes all keys with these ids in one step; ignores ids that no key has.
     *
     * @return number of ids whose keys were removed
     * @throws NotEnoughMemoryException if memory to mark them is refused; nothing is removed then
     * @throws UnsavedChangeException as {@link #add(KeyBatch)}; the keys are removed
     * @throws java.io.UncheckedIOException otherwise, as {@link #add(KeyBatch)}; nothing is removed then
     */
    public long remove(long... ids) {
        return open().change(() -> shared.keys.remove(ids));
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
     * <p>The predicate is called once for each id of this moment, before the removal; queries and other changes run meanwhile, and
     * a key that is added meanwhile stays. If the predicate throws, nothing is removed.
     *
     * @return number of ids whose keys were removed
     * @throws NotEnoughMemoryException as {@link #remove(long...)}
     * @throws UnsavedChangeException as {@link #remove(long...)}
     * @throws java.io.UncheckedIOException as {@link #remove(long...)}
     */
    public long remove(Predicate<KeyEntry> chosen) {
        return open().change(() -> shared.keys.removeIf(key -> chosen.test(KeyEntry.of(key))));
    }

    /**
     * Removes keys and adds others in one step: every query sees either the old keys or the new ones.
     *
     * @param ids whose keys to remove; their number may differ from the number of new ids
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
        open().run(shared.keys::compact);
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
        open().run(() -> shared.tuning.nameClass(label, name));
    }

    /**
     * Tells what changes do to the answers to the {@link TuningRows} that the index keeps: how many are right now that were not before, and
     * the other way round. The keys are those of two moments, and the rule of both is that of now; a change of another caller between the
     * two moments counts too.
     *
     * <pre>{@code
     * static Optional<ChangeEffect> learn(CacheIndex index, KeyBatch lesson) {
     *     try (CacheReader before = index.snapshot()) {
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
    public Optional<ChangeEffect> effect(CacheReader before) {
        if (!before.isSnapshotOf(shared)) {
            throw new IllegalArgumentException(
                    "the keys before are not those of a snapshot of this index: take one before the change");
        }
        try (SharedIndex.Use then = before.use();
                SharedIndex.Use now = use()) {
            return shared.effect(then.keys, now.keys);
        }
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
        open().save(file, null, null, true);
    }

    /**
     * Removes keys and saves the index at once, so that no byte of them, their names and thumbnails is in any file of the index or in its
     * log, also where {@link OpenOptions#eraseRemoved} is off. Drops the {@link io.github.afterimage.answer.TuningRows} that equal one of
     * these keys. If the process is killed meanwhile, call it again with the same ids.
     *
     * @param ids those that no key has are ignored, but for the receipt
     * @return the receipt, with SHA-256 of the files, which takes as long as reading them
     * @throws UnerasedKeysException if the keys are removed, and what follows fails, also by an interrupt
     * @throws IOException as {@link IndexFiles#lock}; no key is removed then
     */
    public ForgottenKeys forget(Path file, long... ids) throws IOException {
        return files().forget(file, ids);
    }

    /**
     * Returns the files of this index: saves with other attributes or into one file, the lock, and taking changes back.
     */
    public IndexFiles files() {
        return new IndexFiles(open());
    }

    /**
     * Reports answers, changes and saves of this index and its readers to a listener from now on; adding it twice has no effect. A
     * listener that throws does not fail the call: its first failure is logged, and all are counted.
     *
     * @param listener thread-safe and quick
     */
    public void observe(QueryListener listener) {
        shared.listeners.add(Objects.requireNonNull(listener, "listener"));
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
     * Closes the index and all its readers.
     *
     * @throws UnsavedChangeException if the index has a log, and the last changes may be missing on the disk; it is closed
     */
    @Override
    public void close() {
        shared.close();
    }

    private AddedKeys change(KeyBatch keys, BiFunction<KeyStore, KeyRows, AddedKeys> change) {
        return open().change(() -> keys.encoder(encoder).add(keys.rows(), rows -> change.apply(shared.keys, rows)));
    }
}
