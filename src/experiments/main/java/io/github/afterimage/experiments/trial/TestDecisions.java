package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.report.Decision;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.Thumbnail;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Explains a few of the answers to test examples by the keys that decided.
 *
 * @param pictures those of the test; null for features
 */
record TestDecisions(
        CacheIndex index, TrialExamples examples, @Nullable ImageSet pictures, TunedIndex tuned) {
    private static final int SHOWN = 12;
    private static final int NEIGHBORS = 5;

    /** Pixels of the longer side of a picture: 24 of them and their neighbours take at most 2 MB of the page. */
    private static final int SIDE = 192;

    /** Returns whether the answer of both is right and that of the network for the same views is not, or the memory that answers alone. */
    static boolean corrected(Prediction each) {
        return each.hasNetwork()
                ? each.averaged() != each.label() && each.together() == each.label()
                : each.memory() == each.label();
    }

    /** Returns whether the network is right for these views and the answer of both is not, or the memory that answers alone is wrong. */
    static boolean broken(Prediction each) {
        return each.hasNetwork()
                ? each.averaged() == each.label() && each.together() != each.label()
                : each.memory() != each.label();
    }

    /** Explains the first of those answers that a predicate accepts. */
    List<Decision> of(List<Prediction> predictions, Predicate<Prediction> wanted) throws IOException {
        int[] rows = predictions.stream()
                .filter(wanted)
                .limit(SHOWN)
                .mapToInt(Prediction::example)
                .toArray();
        List<Decision> decisions = new ArrayList<>();
        if (rows.length == 0) {
            return decisions;
        }
        Examples chosen = examples.test().select(rows);
        chosen.forEachBatch(SHOWN, Progress.NONE, batch -> {
            float[] network = batch.probabilities(tuned.views());
            Query query = Query.of(batch.features())
                    .thetas(tuned.rule().theta())
                    .evidence(true)
                    .neighbors(NEIGHBORS);
            List<Classification> answers = Classification.of(
                    index,
                    index.answer(query),
                    tuned.calibration(),
                    network == null ? null : FloatBuffer.wrap(network));
            for (int row = 0; row < batch.labels().length; row++) {
                decisions.add(decision(rows[batch.first() + row], batch.labels()[row], answers.get(row)));
            }
        });
        return decisions;
    }

    private Decision decision(int example, int trueClass, Classification answer) throws IOException {
        String label = answer.classNames().get(trueClass);
        return new Decision(
                examples.test().name(example),
                pictures == null ? null : Thumbnail.of(pictures.image(example), SIDE),
                label,
                Decision.shown(answer, label),
                Decision.nearest(answer, index),
                index.size());
    }
}
