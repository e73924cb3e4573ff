package io.github.afterimage.experiments.trial;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.experiments.report.Decision;
import io.github.afterimage.experiments.report.Decision.Candidate;
import io.github.afterimage.experiments.report.Decision.Neighbor;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.Thumbnail;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
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
            Query query = Query.of(batch.features())
                    .thetas(tuned.rule().theta())
                    .evidence(true)
                    .neighbors(NEIGHBORS);
            Answer answer = index.answer(query);
            for (int row = 0; row < batch.labels().length; row++) {
                decisions.add(decision(rows[batch.first() + row], batch, answer, row));
            }
        });
        return decisions;
    }

    private Decision decision(int example, Examples.Batch batch, Answer answer, int row) throws IOException {
        float[] all = batch.probabilities(tuned.views());
        float[] network =
                all == null ? null : Arrays.copyOfRange(all, row * answer.classes(), (row + 1) * answer.classes());
        double[] memory = tuned.alone().alone(answer.row(row));
        double[] together = tuned.rule().probabilities(network, answer.row(row));
        List<Candidate> candidates = IntStream.range(0, memory.length)
                .mapToObj(c -> new Candidate(
                        examples.className(c), network == null ? Double.NaN : network[c], memory[c], together[c]))
                .toList();
        String label = examples.className(batch.labels()[row]);
        List<Neighbor> neighbors = answer.row(row).neighbors().stream()
                .map(key -> new Neighbor(
                        index.thumbnail(key.id()).orElse(null),
                        key.name(),
                        examples.className(key.label()),
                        key.share()))
                .toList();
        return new Decision(
                examples.test().name(example),
                pictures == null ? null : Thumbnail.of(pictures.image(example), SIDE),
                label,
                Decision.shown(candidates, label),
                neighbors,
                answer.keys(),
                "");
    }
}
