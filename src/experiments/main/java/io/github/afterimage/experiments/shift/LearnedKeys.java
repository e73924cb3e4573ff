package io.github.afterimage.experiments.shift;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Capacity;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.PartialAnswer;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Keys of labelled images that a memory received after a change, with the θ and λ that {@link Retuning} finds on
 * them: each is answered by the clean keys and the other received ones. β stays that of the clean keys.
 *
 * <p>The keys are an index of their own. Its class sums, added to those of the clean keys, are those of one index with all keys;
 * so the many clean keys are asked once for all numbers of received images. Only for the tuning there is an index of all: it alone
 * can leave an image's own key out of the class's mean.
 *
 * @param received the images, with the network's probabilities
 * @param withoutKeys the θ and λ that the received images lead to if they do not become keys
 * @param ofReceived those that they lead to if there are no clean keys
 */
record LearnedKeys(
        Examples received,
        CacheIndex keys,
        Hyperparameters hyperparameters,
        Hyperparameters withoutKeys,
        Hyperparameters ofReceived,
        Hyperparameters alone,
        double addSeconds,
        double tuneSeconds)
        implements TunedMemory.Memory, AutoCloseable {
    /**
     * Learns.
     *
     * @param memory the clean memory
     * @param clean its keys; takes features as the examples have them
     * @param received at least two, with the network's probabilities
     */
    static LearnedKeys of(CleanMemory memory, CacheIndex clean, Examples received, Protocol protocol)
            throws IOException {
        CacheIndex keys = protocol.recipe().full().build(received, received.size(), Progress.NONE);
        return Resources.guarded(keys, () -> {
            double addSeconds = IndexFiller.fill(keys, received, Progress.NONE).cacheSeconds();
            Retuning retuning = new Retuning(protocol);
            Retuning ofClean = new Retuning(protocol);
            Retuning ofReceived = new Retuning(protocol);
            CleanMemory.Tuned before = memory.tuned();
            Stopwatch watch = Stopwatch.started();
            try (CacheIndex opened = memory.open(Capacity.keepAll())) {
                CacheIndex all = opened.withoutReduction();
                IndexFiller.fill(all, received, Progress.NONE);
                received.forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {
                    Query query =
                            Query.of(batch.features()).thetas(protocol.thetas()).classFactor(before.betas());
                    retuning.accept(all.answer(others(query, batch, clean.size())), batch);
                    ofClean.accept(clean.answer(query), batch);
                    ofReceived.accept(keys.answer(others(query, batch, 0)), batch);
                });
            }
            return new LearnedKeys(
                    received,
                    keys,
                    Retuning.best(List.of(retuning), before.mixture()),
                    Retuning.best(List.of(ofClean), before.mixture()),
                    Retuning.best(List.of(ofReceived), before.mixture()),
                    retuning.bestAlone(before.alone()),
                    addSeconds,
                    watch.seconds());
        });
    }

    /** Leaves out the key of each image. Ids of keys are consecutive; the first image has the id {@code first}. */
    private static Query others(Query query, Examples.Batch batch, long first) {
        long from = first + batch.first();
        return query.excludingEach(
                LongStream.range(from, from + batch.labels().length).toArray());
    }

    /** Returns the method that asks the received keys only, with the θ and λ that are best for them. */
    TunedMemory withoutClean() {
        return new TunedMemory((clean, query) -> keys.partial(query), ofReceived);
    }

    /** Returns what was found, beside the time for the training of a read-out. */
    ShiftErrors.Learned figures(int perClass, double readoutSeconds) {
        return new ShiftErrors.Learned(
                perClass,
                received.size(),
                hyperparameters.theta(),
                hyperparameters.lambda(),
                alone.theta(),
                addSeconds,
                tuneSeconds,
                readoutSeconds);
    }

    @Override
    public PartialAnswer sums(PartialAnswer clean, Query query) {
        return clean.merge(keys.partial(query));
    }

    @Override
    public void close() {
        keys.close();
    }
}
