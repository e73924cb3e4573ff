package io.github.afterimage.experiments.reductions;

import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.experiments.EngineComparison;
import io.github.afterimage.model.evaluation.BadExample;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Tunes several indexes over the same keys on the same examples, in one pass of the network. */
public final class ReductionComparison {
    private ReductionComparison() {}

    /**
     * Tunes every index. The network runs once for each example, and all indexes get its features.
     *
     * @param examples of more than a tuner keeps, some are drawn at random
     * @param thetas to choose from
     * @param minSeconds the minimum time for which the rate of an index is measured
     * @throws IllegalArgumentException if the examples do not fit an index, or an index rejects one, which the message names
     */
    public static List<TunedReduction> compare(
            List<? extends CacheReader> indexes,
            Examples examples,
            double[] thetas,
            double minSeconds,
            Progress progress)
            throws IOException {
        Examples some = Evaluation.kept(new Tuner(thetas), examples);
        List<CacheReader> compatible = new ArrayList<>();
        List<Evaluation> evaluations = new ArrayList<>();
        List<Tuner> tuners = new ArrayList<>();
        for (CacheReader index : indexes) {
            compatible.add(CompatibleIndex.of(index, some));
            evaluations.add(new Evaluation(index, some));
            tuners.add(new Tuner(thetas));
        }
        double[] rates = new double[indexes.size()];
        some.forEachBatch(Evaluation.BATCH, progress, batch -> {
            for (int i = 0; i < rates.length; i++) {
                CacheReader index = compatible.get(i);
                evaluations.get(i).tune(tuners.get(i), batch, answer(index, some, batch, thetas));
                if (batch.first() == 0) {
                    // The first answer has made the reducer and touched the memory.
                    rates[i] = batch.labels().length
                            / EngineComparison.medianSeconds(
                                    index, batch.features(), thetas[thetas.length / 2], minSeconds);
                }
            }
        });
        List<TunedReduction> rows = new ArrayList<>();
        for (int i = 0; i < rates.length; i++) {
            rows.add(new TunedReduction(tuners.get(i), rates[i]));
        }
        return rows;
    }

    private static Answer answer(CacheReader index, Examples examples, Examples.Batch batch, double[] thetas) {
        try {
            return index.answer(Query.of(batch.features()).thetas(thetas).evidence(true));
        } catch (IllegalArgumentException e) {
            throw BadExample.in(batch, examples, index, e);
        }
    }

    /**
     * The rule and the speed of one index in a {@link ReductionComparison}.
     *
     * @param tuner fitted to the examples
     * @param queriesPerSecond the rate for one θ, in batches of {@link
     *     io.github.afterimage.model.evaluation.Evaluation#BATCH}, with the reduction of queries
     */
    public record TunedReduction(Tuner tuner, double queriesPerSecond) {
        /** Returns how the rule does on the examples, with the views that are best for it. */
        public Tuner.Score score() {
            return tuner.score(tuner.rule(tuner.views()), tuner.views());
        }
    }
}
