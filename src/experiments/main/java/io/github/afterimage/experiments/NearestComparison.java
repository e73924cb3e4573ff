package io.github.afterimage.experiments;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.GridSearch;
import java.io.IOException;
import java.util.BitSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Compares sums over all keys with sums over the nearest keys, each at the point with its fewest errors, on the same examples.
 *
 * @param mixed the mixtures with the network; null without a network
 * @param alone the caches alone
 */
public record NearestComparison(@Nullable Pair mixed, Pair alone) {
    /**
     * The answers of both.
     *
     * @param k number of nearest keys
     * @param all θ and λ with all keys
     * @param nearest θ and λ with the nearest keys
     * @param allErrors number of errors with all keys
     * @param gain the answers that only the nearest keys have right, and those that only all keys have right
     */
    public record Pair(int k, Hyperparameters all, Hyperparameters nearest, long allErrors, Gain gain) {
        /** Returns the number of errors with the nearest keys. */
        public long nearestErrors() {
            return allErrors - gain.corrected() + gain.broken();
        }

        /** Returns the 95 % interval of the error rate of so many errors. */
        public Interval interval(long errors) {
            return Interval.clopperPearson(errors, gain.examples(), Gain.CONFIDENCE);
        }

        /** Returns whether chance is an unlikely reason of the difference. */
        public boolean isClear() {
            return gain.isClear() || gain.isClearLoss();
        }
    }

    /** Compares the best points of two searches, on the examples of the searches or on others. */
    public static NearestComparison of(
            CacheIndex index, Examples examples, Tuner all, GridSearch.SearchedNearest nearest, Progress progress)
            throws IOException {
        Hyperparameters[] full = {
            all.best().hyperparameters(), all.bestCacheOnly().hyperparameters()
        };
        Hyperparameters[] near = {
            nearest.bestPoint().hyperparameters(), nearest.bestCacheOnlyPoint().hyperparameters()
        };
        int[] ks = {nearest.ks().get(nearest.best()), nearest.ks().get(nearest.bestCacheOnly())};
        BitSet[] wrong = {new BitSet(), new BitSet()};
        BitSet[] wrongByNearest = {new BitSet(), new BitSet()};
        CacheIndex compatible = CompatibleIndex.of(index, examples);
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            Query query = Query.of(batch.features());
            Answer byAll = compatible.answer(query.thetas(full[0].theta(), full[1].theta()));
            Answer byNearest = compatible.answer(
                    query.thetas(near[0].theta(), near[1].theta()).nearest(ks));
            for (int i = 0; i < ks.length; i++) {
                count(wrong[i], byAll.at(i), full[i].lambda(), batch);
                count(wrongByNearest[i], byNearest.nearest(i).at(i), near[i].lambda(), batch);
            }
        });
        IntFunction<Pair> pair = i -> new Pair(
                ks[i], full[i], near[i], wrong[i].cardinality(), Gain.of(wrong[i], wrongByNearest[i], examples.size()));
        return new NearestComparison(all.hasNetwork() ? pair.apply(0) : null, pair.apply(1));
    }

    private static void count(BitSet wrong, Answer cache, double lambda, Examples.Batch batch) {
        for (int row = 0; row < batch.labels().length; row++) {
            int best = lambda == 1 || batch.probabilities() == null
                    ? cache.row(row).best()
                    : Mixture.best(lambda, batch.network(row), cache.row(row).probabilities());
            wrong.set(batch.first() + row, best != batch.labels()[row]);
        }
    }
}
