package io.github.afterimage.model.evaluation;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import java.io.IOException;
import java.util.List;

/**
 * Queries the nearest keys of an index with labelled examples, for several numbers of keys and several thetas in one pass.
 *
 * <p>Threads: each pass runs in the thread that calls it. Lifetime: holds nothing; index and examples must stay open.
 */
public final class NearestEvaluation {
    /** Bounds the answers to a batch: 64 MB. */
    private static final long MAX_VALUES = 1 << 24;

    private final CacheIndex index;
    private final Examples examples;

    /** @throws IllegalArgumentException if dim or classes of the examples differ from the index's */
    public NearestEvaluation(CacheIndex index, Examples examples) {
        this.index = CompatibleIndex.of(index, examples);
        this.examples = examples;
    }

    /** Receives the answers to batches, in the order of the examples. */
    public interface Consumer {
        /**
         * Receives the next batch.
         *
         * @param answers for each k and each theta
         */
        void accept(Examples.Batch batch, Answer answers) throws IOException;
    }

    /**
     * Answers all examples.
     *
     * @throws IllegalArgumentException if an example is refused; the message names it
     * @see Query#nearest
     */
    public PassTime run(int[] ks, double[] thetas, Progress progress, Consumer consumer) throws IOException {
        Stopwatch total = new Stopwatch();
        Stopwatch cache = new Stopwatch();
        total.start();
        examples.forEachBatch(batchSize(ks.length, thetas.length, index.classes()), progress, batch -> {
            cache.start();
            Answer answers;
            try {
                answers = index.answer(Query.of(batch.features()).thetas(thetas).nearest(ks));
            } catch (IllegalArgumentException e) {
                throw BadExample.in(batch, index, e);
            } finally {
                cache.stop();
            }
            consumer.accept(batch, answers);
        });
        total.stop();
        return new PassTime(total.seconds() - cache.seconds(), cache.seconds());
    }

    /**
     * Counts the errors at every point of the tuners' grids, in one pass.
     *
     * @param tuners one for each k in order, all with the same thetas
     */
    public PassTime tune(int[] ks, List<Tuner> tuners, Progress progress) throws IOException {
        return run(ks, tuners.get(0).thetas(), progress, (batch, answers) -> {
            for (int i = 0; i < ks.length; i++) {
                tuners.get(i).accept(answers.nearest(i), batch.probabilities(), batch.labels());
            }
        });
    }

    /** {@return the number of examples in a batch} */
    public static int batchSize(int ks, int thetas, int classes) {
        long fit = MAX_VALUES / ((long) ks * thetas * classes);
        return (int) Math.max(1, Math.min(Evaluation.BATCH, fit));
    }
}
