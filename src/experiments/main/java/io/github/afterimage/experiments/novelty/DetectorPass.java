package io.github.afterimage.experiments.novelty;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.NoveltyThreshold;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.experiments.novelty.NoveltyComparison.DetectorScores;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.evaluation.BadExample;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Scores examples by all detectors in one pass over the keys: scores that tell examples like the known ones from others, for which they
 * should be less. Labels are not used.
 */
final class DetectorPass {
    private final CacheIndex index;
    private final double[] thetas;
    private final int most;
    /** The place of the first θ that the threshold of the index holds for; negative if there is none. */
    private final int tuned;

    private final int logits;
    /** By their names for people. */
    private final Map<String, Detector> detectors = new LinkedHashMap<>();

    private interface Detector {
        double score(Answer.Row row, Scored example);
    }

    /**
     * An example of a batch.
     *
     * @param known the network's probabilities of the classes that it shares with the index; null if there are none
     */
    private record Scored(Answer answer, int row, float[] probabilities, float @Nullable [] known, float[] logits) {}

    /**
     * @param thetas of log masses
     * @param ks places of neighbours
     * @param probabilities whether the network's greatest probability is a detector
     * @param logits number of logits behind the features of each example; 0 for none
     * @throws IllegalArgumentException if there is no such neighbour, or a θ is out of range
     */
    DetectorPass(CacheIndex index, double[] thetas, int[] ks, boolean probabilities, int logits) {
        this.index = index;
        this.thetas = thetas;
        this.logits = logits;
        most = IntStream.of(ks).max().orElse(0);
        tuned = IntStream.range(0, thetas.length)
                .filter(t -> NoveltyThreshold.stored(index.attributes(), thetas[t], false)
                        .isPresent())
                .findFirst()
                .orElse(-1);
        if (probabilities && !KeySource.isCacheOnly(index)) {
            detectors.put("novelty", (row, example) -> -row.novelty(example.known));
        }
        detectors.put("novelty, memory alone", (row, example) -> -row.novelty(null));
        for (int t = 0; t < thetas.length; t++) {
            int place = t;
            Hyperparameters unused = new Hyperparameters(thetas[t], 1);
            detectors.put(
                    "log mass, theta " + number(thetas[t]),
                    (row, example) -> example.answer.at(place).row(example.row).logMass());
        }
        for (int k : ks) {
            if (k < 1 || k > index.size()) {
                throw new IllegalArgumentException(
                        "k " + k + ": expected 1 to " + index.size() + ", the number of keys");
            }
            detectors.put(
                    "similarity of neighbor " + k,
                    (row, example) -> row.neighbors().get(k - 1).score());
        }
        if (probabilities) {
            detectors.put("the network's greatest probability", (row, example) -> greatest(example.probabilities));
        }
        if (logits > 0) {
            detectors.put("the network's energy", (row, example) -> logSumExp(example.logits));
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    /** Returns the names of the detectors, in the order of their scores. */
    List<String> detectors() {
        return List.copyOf(detectors.keySet());
    }

    /**
     * Scores examples, and counts those that the threshold which tune stored refuses.
     *
     * @param name what the examples are
     * @param ofKnown whether example i was made from the known example i
     * @param examples with features, and behind them the logits
     * @throws IllegalArgumentException if the examples do not fit the index, or one is refused
     */
    DetectorScores run(String name, boolean ofKnown, Examples examples, Progress progress) throws IOException {
        CacheIndex keys = logits > 0 ? index : CompatibleIndex.of(index, examples);
        double[][] scores = new double[detectors.size()][examples.size()];
        BitSet refused = new BitSet();
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            int rows = batch.labels().length;
            FloatBuffer features = columns(batch.features(), rows, 0, keys.dim());
            Answer answer;
            Answer judged;
            try {
                judged = tuned < 0
                        ? null
                        : keys.answer(Query.of(features.duplicate())
                                .thetas(thetas[tuned])
                                .novelty(known(batch.probabilities(), rows)));
                answer = keys.answer(
                        Query.of(features).thetas(thetas).neighbors(most).distances(true));
            } catch (IllegalArgumentException e) {
                throw BadExample.in(
                        new Examples.Batch(batch.first(), features, null, new int[rows]), examples, keys, e);
            }
            FloatBuffer energies = columns(batch.features(), rows, keys.dim(), logits);
            for (int row = 0; row < rows; row++) {
                Scored example = scored(answer, batch.probabilities(), energies, row);
                int detector = 0;
                for (Detector each : detectors.values()) {
                    scores[detector++][batch.first() + row] = each.score(answer.row(row), example);
                }
                refused.set(
                        batch.first() + row, judged != null && !judged.row(row).isFamiliar());
            }
        });
        return new DetectorScores(name, ofKnown, scores, tuned < 0 ? null : (long) refused.cardinality());
    }

    /** Returns the network's probabilities of the classes that it shares with the index, which has more; null if there are none. */
    private @Nullable FloatBuffer known(float @Nullable [] network, int rows) {
        if (network == null || KeySource.isCacheOnly(index)) {
            return null;
        }
        int width = network.length / rows;
        FloatBuffer known = FloatBuffer.allocate(rows * index.classes());
        for (int row = 0; row < rows; row++) {
            known.put(row * index.classes(), network, row * width, Math.min(width, index.classes()));
        }
        return known;
    }

    private Scored scored(Answer answer, float @Nullable [] network, FloatBuffer logitRows, int row) {
        int classes = network == null ? 0 : network.length / answer.batch();
        float[] probabilities =
                network == null ? new float[0] : Arrays.copyOfRange(network, row * classes, (row + 1) * classes);
        int shared = index.classes() - index.format().spareClasses();
        float[] known = network == null || KeySource.isCacheOnly(index)
                ? null
                : Arrays.copyOf(probabilities, Math.min(classes, shared));
        float[] ofRow = new float[logits];
        logitRows.get(row * logits, ofRow);
        return new Scored(answer, row, probabilities, known, ofRow);
    }

    /** Copies some of the columns of all rows. */
    private static FloatBuffer columns(FloatBuffer values, int rows, int first, int count) {
        int width = values.remaining() / rows;
        FloatBuffer copy = FloatBuffer.allocate(rows * count);
        for (int row = 0; row < rows; row++) {
            copy.put(row * count, values, values.position() + row * width + first, count);
        }
        return copy;
    }

    private static double greatest(float[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(c -> values[c])
                .max()
                .orElseThrow();
    }

    private static double logSumExp(float[] logits) {
        double greatest = greatest(logits);
        return greatest
                + Math.log(IntStream.range(0, logits.length)
                        .mapToDouble(c -> Math.exp(logits[c] - greatest))
                        .sum());
    }
}
