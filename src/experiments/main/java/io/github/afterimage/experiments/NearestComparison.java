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
        Counter mixed = new Counter(nearest.ks().get(nearest.best()), all.best(), nearest.bestPoint());
        Counter alone = new Counter(
                nearest.ks().get(nearest.bestCacheOnly()), all.bestCacheOnly(), nearest.bestCacheOnlyPoint());
        CacheIndex compatible = CompatibleIndex.of(index, examples);
        double[] thetas = {mixed.all.theta(), alone.all.theta()};
        double[] nearestThetas = {mixed.nearest.theta(), alone.nearest.theta()};
        int[] ks = {mixed.k, alone.k};
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            Answer byAll = compatible.answer(Query.of(batch.features()).thetas(thetas));
            Answer byNearest = compatible.answer(
                    Query.of(batch.features()).thetas(nearestThetas).nearest(ks));
            mixed.add(byAll, byNearest.nearest(0), batch);
            alone.add(byAll.at(1), byNearest.nearest(1).at(1), batch);
        });
        return new NearestComparison(all.hasNetwork() ? mixed.pair() : null, alone.pair());
    }

    /** Counts the answers of one pair. */
    private static final class Counter {
        private final int k;
        private final Hyperparameters all;
        private final Hyperparameters nearest;
        private final BitSet wrong = new BitSet();
        private final BitSet wrongByNearest = new BitSet();
        private int examples;

        Counter(int k, Tuner.Point all, Tuner.Point nearest) {
            this.k = k;
            this.all = all.hyperparameters();
            this.nearest = nearest.hyperparameters();
        }

        void add(Answer byAll, Answer byNearest, Examples.Batch batch) {
            for (int row = 0; row < batch.labels().length; row++, examples++) {
                wrong.set(examples, best(byAll, all.lambda(), batch, row) != batch.labels()[row]);
                wrongByNearest.set(examples, best(byNearest, nearest.lambda(), batch, row) != batch.labels()[row]);
            }
        }

        private static int best(Answer cache, double lambda, Examples.Batch batch, int row) {
            if (lambda == 1 || batch.probabilities() == null) {
                return cache.row(row).best();
            }
            return Mixture.best(lambda, batch.network(row), cache.row(row).probabilities());
        }

        Pair pair() {
            return new Pair(k, all, nearest, wrong.cardinality(), Gain.of(wrong, wrongByNearest, examples));
        }
    }
}
