package io.github.afterimage.serving;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.failure.NotEnoughMemoryException;
import java.util.ArrayList;
import java.util.List;
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
 * <p>Calls of the index that do not pass through the batcher run beside it.
 */
public final class Batcher extends IndexBatcher<CacheIndex, Answer, Batcher.PendingAnswer> {
    /** Creates a batcher with the default options; see {@link #Batcher(CacheIndex, BatchOptions)}. */
    public Batcher(CacheIndex index) {
        this(index, new BatchOptions());
    }

    /** Creates a batcher that takes over an index. */
    public Batcher(CacheIndex index, BatchOptions options) {
        super(index, options);
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
        return leased(lease -> submit(query, lease));
    }

    /**
     * Submits a query to an index that was leased before; see {@link #submit(Query)}.
     *
     * @param lease of this batcher, open; it may be closed before the answer is there
     */
    public CompletableFuture<Answer> submit(Query query, Replaceable<CacheIndex>.Lease lease) {
        CacheIndex asked = lease.value();
        int rows = asked.check(query);
        return submit(lease, own -> new PendingAnswer(own, query, rows), query.timeout());
    }

    @Override
    protected CacheIndex index(CacheIndex owner) {
        return owner;
    }

    @Override
    protected void requireSameForm(CacheIndex next, CacheIndex present) {
        if (next.dim() != present.dim() || next.classes() != present.classes()) {
            throw new IllegalArgumentException("an index of dim " + next.dim() + " and " + next.classes()
                    + " classes: expected dim " + present.dim() + " and " + present.classes()
                    + " classes, because callers send rows of that form; make another batcher for it");
        }
    }

    @Override
    protected void answer(CacheIndex owner, CacheReader keys, List<Slice<PendingAnswer>> slices) {
        List<Answer> answers = keys.answer(slices.stream()
                .map(slice -> slice.work().part(slice.first(), slice.count()))
                .toList());
        for (int i = 0; i < answers.size(); i++) {
            slices.get(i).work().parts.add(answers.get(i));
        }
    }

    /** Collects the answer to a query from the passes that answer its rows. Used by one thread at a time. */
    static final class PendingAnswer extends Request<CacheIndex, Answer> {
        private final Query query;
        private final int rows;
        /** In the order of the rows. */
        private final List<Answer> parts = new ArrayList<>();

        PendingAnswer(Replaceable<CacheIndex>.Lease lease, Query query, int rows) {
            super(lease);
            this.query = query;
            this.rows = rows;
        }

        Query part(int first, int count) {
            return query.part(first, count, rows);
        }

        @Override
        public int rows() {
            return rows;
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
}
