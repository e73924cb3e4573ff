package io.github.afterimage;

import io.github.afterimage.answer.ChangeEffect;
import io.github.afterimage.answer.IndexQueries;
import io.github.afterimage.answer.IndexTuning;
import io.github.afterimage.answer.StoredAttributes;
import io.github.afterimage.answer.TuningRows;
import io.github.afterimage.engine.ClassMeansScan;
import io.github.afterimage.engine.QueryMemory;
import io.github.afterimage.engine.RowEncoder;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.file.ExtraTensors;
import io.github.afterimage.file.IndexFile;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.file.SavedFiles;
import io.github.afterimage.file.StoredReduction;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.Lifetime;
import io.github.afterimage.platform.Listeners;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.reduce.Reducer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The state that an index and its views share: the keys, the threads, and the lifetime, which ends after running calls. */
final class SharedIndex implements AutoCloseable {
    final KeyStore keys;
    final RowEncoder encoder;
    final IndexTuning tuning;
    final IndexQueries queries;
    final SavedFiles files;
    final Listeners<QueryListener> listeners = new Listeners<>();

    private final QueryMemory memory;
    private final Lifetime lifetime = new Lifetime("the index");
    private final LongAdder answered = new LongAdder();
    /** Makes saves, also those in the background, run one at a time. */
    private final Object saving = new Object();

    /** Whether a save writes parts with removed keys again. */
    final boolean erases;

    private volatile @Nullable String lastFailure;
    /** Time that opening took; set once, before others see the index. */
    Duration opening = Duration.ZERO;

    /**
     * Takes over the arguments, unless it fails.
     *
     * @param contents what the file holds that the index is opened from; the keys to begin with, if it was never saved
     * @param reducer null for rows that are stored as they are
     * @param engine that of the settings, or the fastest
     * @param lock the lock of a file, or null
     * @throws NotEnoughMemoryException if memory for queries is refused
     */
    SharedIndex(
            IndexFile.Contents contents,
            @Nullable Reducer reducer,
            Engine engine,
            IndexSettings<?> settings,
            @Nullable SaveLock lock) {
        erases = settings.eraseRemoved;
        SavedFiles.Settings saves = new SavedFiles.Settings(settings.log, settings.maxLogBytes, settings.eraseRemoved);
        files = new SavedFiles(settings.disk, contents, lock, saves, this::fold);
        keys = contents.keys();
        tuning = new IndexTuning(contents.attributes(), contents.extra().tuning(), keys.dim(), keys.classes());
        memory = new QueryMemory(keys.dim(), keys.classes(), settings.threads, RowEncoder.scratchBytes(reducer));
        encoder = Resources.guarded(memory, () -> new RowEncoder(keys.dim(), reducer, engine, settings.threads));
        ClassMeansScan meansScan = new ClassMeansScan(encoder.workers(), keys);
        queries = new IndexQueries(encoder, meansScan, keys.classes());
    }

    /**
     * Opens a file; see {@link CacheIndex#open(Path, OpenOptions)}.
     *
     * @param engine that of the options, or the fastest
     */
    static SharedIndex open(Path file, OpenOptions options, Engine engine) throws IOException {
        options.check();
        boolean logged = options.log != null;
        IndexFile.Reading reading =
                new IndexFile.Reading(options.verify, options.maxLoadedBytes(), options.firstPart, options.lastPart);
        try (Resources made = new Resources()) {
            SaveLock lock = logged ? made.add(SaveLock.take(file)) : null;
            IndexFile.Contents contents = IndexFile.open(file, reading);
            KeyStore keys = made.add(contents.keys());
            String finding = StoredAttributes.finding(contents.attributes(), keys.classes());
            if (finding != null) {
                throw new CorruptIndexException(file, finding);
            }
            Reducer reducer = StoredReduction.open(file, contents, options.threads);
            if (reducer != null) {
                made.add(reducer);
            }
            SharedIndex shared = new SharedIndex(contents, reducer, engine, options, lock);
            made.release();
            made.add(shared);
            if (logged) {
                shared.files.continueLog(file, contents);
            }
            made.release();
            return shared;
        }
    }

    /** A call that reads the keys of one moment, from its beginning until it is closed. */
    final class Use implements AutoCloseable {
        final Snapshot keys;
        private final long start = System.nanoTime();
        private int answered;

        /**
         * Begins the call.
         *
         * @param fixed null for the present moment
         * @throws IllegalStateException if the index or the snapshot is closed
         */
        Use(@Nullable Snapshot fixed) {
            lifetime.enter();
            try {
                keys = fixed == null ? SharedIndex.this.keys.snapshot() : retained(fixed);
            } catch (RuntimeException | Error e) {
                lifetime.exit();
                throw e;
            }
        }

        /** Has the end of the call count and report queries that it has answered. */
        <T> T answered(int batch, T answer) {
            answered = batch;
            return answer;
        }

        @Override
        public void close() {
            try {
                keys.close();
            } finally {
                lifetime.exit();
            }
            if (answered > 0) {
                SharedIndex.this.answered.add(answered);
                long nanos = System.nanoTime() - start;
                listeners.tell(listener -> listener.answered(answered, nanos));
            }
        }
    }

    /** @throws IllegalStateException if the index is closed */
    <T, E extends Exception> T use(Resources.Call<T, E> call) throws E {
        return lifetime.use(call);
    }

    /** @throws IllegalStateException if the index is closed */
    <E extends Exception> void run(Resources.Action<E> action) throws E {
        SharedIndex unused = use(() -> {
            action.run();
            return this;
        });
    }

    private static Snapshot retained(Snapshot fixed) {
        if (!fixed.retain()) {
            throw new IllegalStateException("the snapshot of the index is closed: take another one");
        }
        return fixed;
    }

    IndexStatistics statistics() {
        long[] ofKeys = new long[2]; // those of no keys where the index is closed
        try (Use use = new Use(null)) {
            ofKeys = new long[] {use.keys.size(), use.keys.longestName()};
        } catch (IllegalStateException closed) {
            // Its other figures stay.
        }
        Throwable failure = files.failure();
        return new IndexStatistics(
                ofKeys[0],
                (int) ofKeys[1],
                answered.sum(),
                queries.repeated(),
                files.logBytes(),
                opening,
                Optional.ofNullable(failure == null ? lastFailure : failure.toString()),
                listeners.failures());
    }

    StoredAttributes attributes() {
        return tuning.attributes();
    }

    /**
     * Changes the keys, and reports it.
     *
     * @throws IllegalStateException if the index is closed
     */
    <T> T change(Resources.Call<T, RuntimeException> call) {
        long start = System.nanoTime();
        T result;
        try {
            result = use(call);
        } catch (UncheckedIOException e) {
            throw failed(e);
        }
        long nanos = System.nanoTime() - start;
        listeners.tell(listener -> listener.changed(nanos));
        return result;
    }

    private <E extends Exception> E failed(E failure) {
        lastFailure = failure.toString();
        listeners.tell(listener -> listener.failed(failure));
        return failure;
    }

    /**
     * Saves the keys of this moment, and reports it.
     *
     * @param others attributes that the index has from then on; null for those that it has
     * @param tuned the examples that have chosen the weights in these attributes, which the index keeps from then on; null for those that
     *     it keeps
     * @param changes true writes only the changes where {@code file} holds the rest
     */
    void save(Path file, @Nullable Map<String, String> others, @Nullable TuningRows tuned, boolean changes)
            throws IOException {
        long start = System.nanoTime();
        try {
            run(() -> saveAs(file, others, tuned, changes));
        } catch (IOException e) {
            throw failed(e);
        }
        long nanos = System.nanoTime() - start;
        listeners.tell(listener -> listener.saved(nanos));
    }

    /** Saves the index because its log is long. Closing waits for it. */
    private void fold(Path file) throws IOException {
        saveAs(file, null, null, true);
    }

    private void saveAs(Path file, @Nullable Map<String, String> others, @Nullable TuningRows tuned, boolean changes)
            throws IOException {
        synchronized (saving) {
            IndexTuning.Draft fitted = fitted(tuning.draft(others, tuned));
            IndexTuning.Draft draft = fitted.with(allAttributes(fitted.attributes()));
            ExtraTensors extra = StoredReduction.extra(encoder.reducer()).withTuning(draft.tensors());
            files.save(file, keys, draft.attributes(), extra, changes);
            tuning.take(draft);
        }
    }

    /** Fits the weights again if many keys have changed. Where the keys cannot be asked now, the next save does. */
    private IndexTuning.Draft fitted(IndexTuning.Draft draft) {
        try {
            return use(() -> {
                try (KeyStore.Moment now = keys.moment()) {
                    return tuning.fitted(draft, now, encodedQueries());
                }
            });
        } catch (IllegalStateException | NotEnoughMemoryException e) { // closed, interrupted
            return draft;
        }
    }

    /** Returns queries of encoded rows, which nobody counts. */
    private IndexQueries encodedQueries() {
        return queries.with(encoder.withoutReduction());
    }

    /** Leaves those examples out that equal one of these keys; returns whether there are some. */
    boolean forgetExamples(long[] ids) {
        synchronized (saving) {
            try (Use use = new Use(null)) {
                return tuning.forget(use.keys, ids);
            }
        }
    }

    /** Compares the answers of two moments; see {@link CacheIndex#effect}. */
    Optional<ChangeEffect> effect(Snapshot before, Snapshot now) {
        return tuning.effect(before, now, encodedQueries());
    }

    private Map<String, String> allAttributes(Map<String, String> others) {
        Map<String, String> all = new LinkedHashMap<>(others);
        all.putAll(StoredReduction.attributes(encoder.reducer()));
        return StoredAttributes.checked(all, keys.classes());
    }

    /** Closes the index and takes back the changes of its log; see {@link IndexFiles#revert}. */
    boolean revert() {
        if (!files.hasContinuedLog()) {
            throw new IllegalStateException(
                    "the index was not opened with a log: open it with one to take changes back");
        }
        AtomicBoolean reverted = new AtomicBoolean();
        lifetime.check();
        lifetime.close(() -> Resources.closeAll(() -> reverted.set(files.revert()), encoder, memory, files, keys));
        return reverted.get();
    }

    @Override
    public void close() {
        lifetime.close(() -> Resources.closeAll(encoder, memory, files, keys));
    }
}
