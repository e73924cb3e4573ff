package io.github.afterimage.serving;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.Query;
import io.github.afterimage.platform.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Answers the queries of many callers in batches, because a pass over the keys takes little longer for many rows than for one.
 * A batcher owns its index: {@link #close} and {@link #replace} close it.
 *
 * <pre>{@code
 * OpenOptions options = new OpenOptions().log(Durability.everyChange()); // keys outlast the process once they are added
 * try (Batcher batcher = new Batcher(CacheIndex.open(Path.of("cache.safetensors"), options))) {
 *     float[] features = new float[batcher.index().dim()];
 *     features[0] = 1;
 *     batcher.index().add(features, new int[] {0});
 *     CompletableFuture<Answer> answer = batcher.submit(Query.of(features).thetas(60).within(Duration.ofSeconds(1)));
 *     System.out.println(answer.join().row(0).best());
 * } // the index is closed
 * }</pre>
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>All rows of a query are answered from the keys of one moment after its submission; {@link Answer#version} identifies
 *       it. A query sees every change that was complete when it was submitted, and belongs to the index of its submission, whatever
 *       {@linkplain #replace replaces} that before the answer.
 *   <li>A batch holds at most {@link BatchOptions#maxBatch} rows of queries of one index with the same thetas, number of neighbours
 *       and restriction to keys. It begins when it is full, when as many queries wait as the last batch had, or after {@link
 *       BatchOptions#maxDelay} at the latest, if no other batch is running.
 *   <li>Queries are answered in the order of their submission, with one exception: a query of more than {@code maxBatch} rows
 *       is cut into blocks, and others pass it after each block. While shorter queries come, blocks are small enough that
 *       these wait for no more than twice the time of their own pass.
 *   <li>If more than {@link BatchOptions#maxQueued} rows wait, {@link #submit} refuses a query at once.
 *   <li>A query that fails, or that lacks memory, fails alone.
 * </ol>
 *
 * <p>Threads: thread-safe; virtual threads may call it. Actions that depend on a returned future run on a thread of the batcher,
 * unless they are added by an async method; they must be short. Calls of the index that do not pass through the batcher run
 * beside it.
 */
public final class Batcher implements Monitored, AutoCloseable {
    private final Replaceable<CacheIndex> index;
    private final Dispatcher<Answer, PendingAnswer> dispatcher;

    /** Creates a batcher with the default options; see {@link #Batcher(CacheIndex, BatchOptions)}. */
    public Batcher(CacheIndex index) {
        this(index, new BatchOptions());
    }

    /**
     * Creates a batcher that takes over an index.
     *
     * @param index the index that answers; not a snapshot or another view
     */
    public Batcher(CacheIndex index, BatchOptions options) {
        this.index = new Replaceable<>(Objects.requireNonNull(index, "index"));
        dispatcher = Resources.guarded(this.index, () -> new Dispatcher<>(options, PresentKeys::new));
    }

    /**
     * Submits a query.
     *
     * <p>The future fails with {@link java.util.concurrent.TimeoutException} when the deadline of {@link Query#within} passes,
     * whether the query waits or runs. {@link CompletableFuture#cancel} ends a query that waits; a running pass is interrupted if
     * all its queries are cancelled or late. The future fails with {@link NotEnoughMemoryException} if memory for the query is
     * refused, and with IllegalStateException if the index has no keys or the batcher is closed before the answer.
     *
     * @throws IllegalArgumentException as {@link CacheIndex#answer}
     * @throws OverloadException if too many rows wait
     * @throws IllegalStateException if the batcher is closed
     */
    public CompletableFuture<Answer> submit(Query query) {
        try (Replaceable<CacheIndex>.Lease present = lease()) {
            return submit(query, present);
        }
    }

    /**
     * Submits a query to an index that was leased before; see {@link #submit(Query)}.
     *
     * @param lease of this batcher, open; it may be closed before the answer is there
     */
    public CompletableFuture<Answer> submit(Query query, Replaceable<CacheIndex>.Lease lease) {
        CacheIndex asked = lease.value();
        int rows = query.check(asked.dim(), asked.classes(), asked::size);
        Replaceable<CacheIndex>.Lease own = lease.again();
        return own.until(() -> dispatcher.submit(new PendingAnswer(own, query, rows), query.timeout()));
    }

    /**
     * Leases the index that answers new queries, for calls that all belong to it, whatever {@linkplain #replace replaces} it meanwhile.
     *
     * @return the index stays open until it is closed
     * @throws IllegalStateException if the batcher is closed
     */
    public Replaceable<CacheIndex>.Lease lease() {
        dispatcher.requireOpen();
        return index.lease();
    }

    /** Returns the index that answers new queries. Add and remove keys through it, and leave it open. */
    @Override
    public CacheIndex index() {
        return index.present();
    }

    /**
     * Answers later queries from another index, and takes that over. Queries that were submitted before are answered from the former
     * index, which is closed after the last of them.
     *
     * @return completes when the former index is closed
     * @throws IllegalArgumentException if dim or classes differ from those of the former index; {@code next} is not taken over
     *     then
     * @throws IllegalStateException if the batcher is closed; {@code next} is not taken over then
     */
    public CompletableFuture<Void> replace(CacheIndex next) {
        CacheIndex former = index.present();
        if (next.dim() != former.dim() || next.classes() != former.classes()) {
            throw new IllegalArgumentException("an index of dim " + next.dim() + " and " + next.classes()
                    + " classes: expected dim " + former.dim() + " and " + former.classes()
                    + " classes, because callers send rows of that form; make another batcher for it");
        }
        CompletableFuture<Void> closed = index.replace(next);
        dispatcher.replaced();
        return closed;
    }

    @Override
    public void observe(BatchListener listener) {
        dispatcher.observe(Objects.requireNonNull(listener, "listener"));
    }

    @Override
    public Health health() {
        return Health.of(
                index.present(),
                dispatcher.queued(),
                dispatcher.counts(),
                Optional.ofNullable(dispatcher.lastFailure()));
    }

    /**
     * Refuses new queries, waits for the running pass and answers the queries that it completes, fails the others with
     * IllegalStateException, and closes the index. Closing twice is harmless. To answer all queries first, wait for their
     * futures.
     *
     * @throws IllegalStateException if it is called on a thread of the batcher
     */
    @Override
    public void close() {
        dispatcher.close();
        index.close();
    }

    @Override
    public String toString() {
        return "Batcher[" + index.present() + ", " + dispatcher.queued() + " rows wait]";
    }

    /** Collects the answer to a query from the passes that answer its rows. Used by one thread at a time. */
    private static final class PendingAnswer extends Work<Answer> {
        private final Replaceable<CacheIndex>.Lease lease;
        private final Query query;
        private final int rows;
        /** In the order of the rows. */
        private final List<Answer> parts = new ArrayList<>();

        PendingAnswer(Replaceable<CacheIndex>.Lease lease, Query query, int rows) {
            this.lease = lease;
            this.query = query;
            this.rows = rows;
        }

        Query part(int first, int count) {
            return query.part(first, count, rows);
        }

        /** Receives the answer to the next rows. */
        void put(Answer part) {
            parts.add(part);
        }

        @Override
        public int rows() {
            return rows;
        }

        @Override
        public CacheIndex owner() {
            return lease.value();
        }

        @Override
        public Object group() {
            return query.settings();
        }

        @Override
        public Answer answer() {
            return Answer.joined(parts);
        }
    }

    /** Answers queries from the keys of one moment of their index. */
    private static final class PresentKeys extends Source<PendingAnswer> {
        private final Replaceable<CacheIndex>.Lease lease;
        private final CacheReader snapshot;

        /** @throws IllegalStateException if the index is closed */
        PresentKeys(PendingAnswer first) {
            lease = first.lease.again();
            snapshot = Resources.guarded(lease, () -> lease.value().snapshot());
        }

        @Override
        public boolean isPresent() {
            try {
                return lease.value().version() == snapshot.version();
            } catch (IllegalStateException closed) {
                return true; // the pass fails with the reason
            }
        }

        @Override
        public void answer(List<Slice<PendingAnswer>> slices) {
            Answer answer = snapshot.answer(Query.joined(slices.stream()
                    .map(slice -> slice.work().part(slice.first(), slice.count()))
                    .toList()));
            int from = 0;
            for (Slice<PendingAnswer> slice : slices) {
                slice.work().put(answer.rows(from, slice.count()));
                from += slice.count();
            }
        }

        @Override
        public void close() {
            snapshot.close();
            lease.close();
        }
    }
}
