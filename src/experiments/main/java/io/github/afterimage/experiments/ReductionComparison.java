package io.github.afterimage.experiments;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.BadExample;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Several indexes over the same keys, tuned on the same examples in one pass of the network. */
public final class ReductionComparison {
    private ReductionComparison() {}

    /**
     * What one index is good for.
     *
     * @param tuner errors over the grid
     * @param queriesPerSecond of one theta, in batches of {@link Evaluation#BATCH}, reducing included
     */
    public record Row(Tuner tuner, double queriesPerSecond) {}

    /**
     * Tunes every index; each example goes through the network once, and its features to all indexes.
     *
     * @throws IllegalArgumentException if the examples do not fit an index, or one is refused; names it
     */
    public static List<Row> compare(
            List<CacheIndex> indexes, Examples examples, double[] thetas, double[] lambdas, Progress progress)
            throws IOException {
        List<Tuner> tuners = new ArrayList<>();
        for (CacheIndex index : indexes) {
            CompatibleIndex.of(index, examples.requireProbabilities());
            tuners.add(new Tuner(thetas, lambdas));
        }
        double[] rates = new double[indexes.size()];
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            for (int i = 0; i < rates.length; i++) {
                tuners.get(i).accept(query(indexes.get(i), batch, thetas), batch.probabilities(), batch.labels());
                if (batch.first() == 0) {
                    FloatBuffer queries = batch.features();
                    // Timed after the index has answered once: its reducer is made and its memory is there.
                    rates[i] = batch.labels().length
                            / EngineComparison.medianSeconds(indexes.get(i), queries, thetas[thetas.length / 2]);
                }
            }
        });
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < rates.length; i++) {
            rows.add(new Row(tuners.get(i), rates[i]));
        }
        return rows;
    }

    private static List<Distributions> query(CacheIndex index, Examples.Batch batch, double[] thetas) {
        try {
            return index.query(batch.features(), thetas);
        } catch (IllegalArgumentException e) {
            throw BadExample.in(batch, index, e);
        }
    }
}
