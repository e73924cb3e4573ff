package io.github.afterimage.experiments;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import java.io.IOException;
import java.util.ArrayList;
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
     * @param used the rule of network and memory
     */
    public record Batch(int learned, AnswerRule used, ErrorCounts errors) {}

    /**
     * Predicts the examples and adds them to the index. The rule of a batch is fitted to the batches before it; that of the first
     * batch is the rule of the index.
     *
     * @param index changes; examples that are reduced already skip its reduction
     * @param examples with the network's probabilities; several passes read each
     * @param batch the number of examples after which labels become known
     * @param tuner without examples so far
     * @throws IllegalArgumentException if the examples do not fit the index or have no probabilities
     */
    public static PrequentialErrors measure(
            CacheIndex index, Examples examples, int batch, Tuner tuner, Progress progress) throws IOException {
        examples.requireProbabilities();
        int views = examples.views();
        List<Batch> batches = new ArrayList<>();
        ErrorCounts all = new ErrorCounts();
        for (int first = 0; first < examples.size(); first += batch) {
            int last = Math.min(examples.size(), first + batch);
            Examples arrived = examples.select(IntStream.range(first, last).toArray());
            Evaluation evaluation = new Evaluation(index, arrived);
            AnswerRule used = first == 0 ? index.calibration(views).rule() : tuner.rule(views);
            AnswerRule alone = first == 0 ? index.calibration(Calibration.ALONE).rule() : tuner.rule(Calibration.ALONE);
            ErrorCounts errors = new ErrorCounts();
            evaluation.predict(Calibration.of(used, views), alone, Progress.NONE, prediction -> {
                errors.add(prediction);
                all.add(prediction);
            });
            batches.add(new Batch(first, used, errors));
            evaluation.tune(tuner, Progress.NONE);
            IndexFiller.fill(index, arrived, Progress.NONE);
            progress.report(last, examples.size());
        }
        return new PrequentialErrors(batches, all);
    }

    /** Returns the last batch. */
    public Batch last() {
        return batches.get(batches.size() - 1);
    }
}
