package io.github.afterimage.cli.answers;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Query;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.evaluation.BadExample;
import io.github.afterimage.model.evaluation.Examples;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Predicts the classes of features that another program computed.
 *
 * @param index takes the features as they are
 * @param neighbors how many of the nearest keys to look up
 * @param refuses whether rows that are like nothing remembered get no answer
 * @param coverage of the sets of classes; 0 for none
 * @param tolerance greatest half width of estimates; 0 for exact answers
 */
record FeaturePredictor(
        CacheIndex index,
        Examples examples,
        Hyperparameters chosen,
        int neighbors,
        boolean refuses,
        double coverage,
        double tolerance) {

    /** @throws IllegalArgumentException if a row is refused; the message names it */
    List<ImagePrediction> predict(Examples.Batch batch) {
        Answer answer;
        try {
            answer = index.answer(Query.of(batch.features())
                    .thetas(chosen.theta())
                    .classFactor(chosen.beta())
                    .neighbors(neighbors)
                    .novelty(batch.probabilities() == null ? null : FloatBuffer.wrap(batch.probabilities()))
                    .tolerance(tolerance));
        } catch (IllegalArgumentException e) {
            throw BadExample.in(batch, index, e);
        }
        List<Classification> answers = Classification.of(index, answer, chosen, batch.probabilities());
        return IntStream.range(0, answers.size())
                .mapToObj(i ->
                        new ImagePrediction(examples.name(batch.first() + i), answers.get(i), "", refuses, coverage))
                .toList();
    }
}
