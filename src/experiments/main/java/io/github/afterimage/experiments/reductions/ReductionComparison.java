package io.github.afterimage.experiments.reductions;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.EngineComparison;
import io.github.afterimage.model.evaluation.BadExample;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Tunes several indexes over the same keys on the same examples, in one pass of the network. */
public final class ReductionComparison {
    private ReductionComparison() {}

    /**
     * Tunes every index. The network runs once for each example, and all indexes get its features.
     *
     * @param minSeconds the minimum time for which the rate of an index is measured
     * @throws IllegalArgumentException if the examples do not fit an index, or an index rejects one, which the message names
     */
    public static List<TunedReduction> compare(
            List<CacheIndex> indexes,
            Examples examples,
            double[] thetas,
            double[] betas,
            double[] lambdas,
            double minSeconds,
            Progress progress)
            throws IOException {
        List<Tuner> tuners = new ArrayList<>();
        for (CacheIndex index : indexes) {
            CompatibleIndex.of(index, examples);
            tuners.add(new Tuner(thetas, betas, lambdas));
        }
        double[] rates = new double[indexes.size()];
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            for (int i = 0; i < rates.length; i++) {
                tuners.get(i)
                        .accept(
                                query(indexes.get(i), examples, batch, thetas, betas),
                                batch.probabilities(),
                                batch.labels());
                if (batch.first() == 0) {
                    FloatBuffer queries = batch.features();
                    // The first answer has made the reducer and touched the memory.
                    rates[i] = batch.labels().length
                            / EngineComparison.medianSeconds(
                                    indexes.get(i), queries, thetas[thetas.length / 2], minSeconds);
                }
            }
        });
        List<TunedReduction> rows = new ArrayList<>();
        for (int i = 0; i < rates.length; i++) {
            rows.add(new TunedReduction(tuners.get(i), rates[i]));
        }
        return rows;
    }

    private static Answer query(
            CacheIndex index, Examples examples, Examples.Batch batch, double[] thetas, double[] betas) {
        try {
            return index.answer(Query.of(batch.features()).thetas(thetas).classFactor(betas));
        } catch (IllegalArgumentException e) {
            throw BadExample.in(batch, examples, index, e);
        }
    }

    /**
     * The errors and the speed of one index in a {@link ReductionComparison}.
     *
     * @param tuner the errors over the grid
     * @param queriesPerSecond the rate for one θ, in batches of {@link
     *     io.github.afterimage.model.evaluation.Evaluation#BATCH}, with the reduction of queries
     */
    public record TunedReduction(Tuner tuner, double queriesPerSecond) {}
}
