package io.github.afterimage.experiments;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The errors on examples that an index learns while they arrive: each batch is predicted, and then becomes keys with its
 * labels (prequential evaluation; Dawid, 1984).
 *
 * @param batches in the order of their arrival
 * @param all the errors of all batches
 */
public record PrequentialErrors(List<Batch> batches, ErrorCounts all) {
    /**
     * A batch of examples that were predicted with the keys of the batches before it.
     *
     * @param learned the number of examples before it
     * @param used the θ and λ of the mixture
     */
    public record Batch(int learned, Hyperparameters used, ErrorCounts errors) {}

    /**
     * Predicts the examples and adds them to the index. θ, λ and β of a batch are those of the grid with the fewest errors on the
     * batches before it.
     *
     * @param index changes; examples that are reduced already skip its reduction
     * @param examples with the network's probabilities
     * @param batch the number of examples after which labels become known
     * @param first the θ, λ and β of the first batch
     * @param grid without examples so far, and with the θ and β of the first batch
     * @throws IllegalArgumentException if the examples do not fit the index or have no probabilities, or the grid lacks the θ or the β
     */
    public static PrequentialErrors measure(
            CacheIndex index, Examples examples, int batch, Hyperparameters first, Tuner grid, Progress progress)
            throws IOException {
        CacheIndex learner = CompatibleIndex.of(index, examples.requireProbabilities());
        double[] thetas = grid.thetas();
        double[] betas = grid.betas();
        List<Batch> batches = new ArrayList<>();
        ErrorCounts all = new ErrorCounts();
        examples.forEachBatch(batch, progress, arrived -> {
            Hyperparameters used = grid.examples() == 0 ? first : grid.best().hyperparameters();
            Answer cache =
                    learner.answer(Query.of(arrived.features()).thetas(thetas).classFactor(betas));
            Answer chosen = cache.at(position(used.theta(), thetas), position(used.beta(), betas));
            ErrorCounts errors = new ErrorCounts();
            for (int row = 0; row < arrived.labels().length; row++) {
                Prediction prediction =
                        Prediction.of(arrived, row, arrived.network(row), used.lambda(), chosen, chosen);
                errors.add(prediction);
                all.add(prediction);
            }
            batches.add(new Batch(arrived.first(), used, errors));
            grid.accept(cache, arrived.probabilities(), arrived.labels());
            learner.add(KeyBatch.of(arrived.features(), arrived.labels()));
        });
        return new PrequentialErrors(batches, all);
    }

    /** Returns the last batch. */
    public Batch last() {
        return batches.get(batches.size() - 1);
    }

    private static int position(double value, double[] grid) {
        return IntStream.range(0, grid.length)
                .filter(i -> grid[i] == value)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("theta or beta " + value
                        + " of the first batch is not in the grid " + Arrays.toString(grid) + ": add it"));
    }
}
