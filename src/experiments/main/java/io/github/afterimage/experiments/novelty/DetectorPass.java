package io.github.afterimage.experiments.novelty;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.model.evaluation.BadExample;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Scores examples by all detectors in one pass over the keys. Labels are not used.
 *
 * @param thetas of log masses
 * @param ks places of neighbours
 * @param probabilities whether the network's greatest probability is a detector
 * @param logits number of logits behind the features of each example; 0 for none
 */
public record DetectorPass(CacheIndex index, double[] thetas, int[] ks, boolean probabilities, int logits) {
    /** @throws IllegalArgumentException if there is no such neighbour, or a θ is out of range */
    public DetectorPass {
        for (double theta : thetas) {
            Hyperparameters unused = new Hyperparameters(theta, 1);
        }
        for (int k : ks) {
            if (k < 1 || k > index.size()) {
                throw new IllegalArgumentException(
                        "k " + k + ": expected 1 to " + index.size() + ", the number of keys");
            }
        }
    }

    /** Returns the detectors, in the order of their scores. */
    public List<Detector> detectors() {
        List<Detector> detectors = new ArrayList<>();
        DoubleStream.of(thetas).forEach(theta -> detectors.add(new Detector(Detector.Kind.LOG_MASS, theta)));
        IntStream.of(ks).forEach(k -> detectors.add(new Detector(Detector.Kind.NEIGHBOR, k)));
        if (probabilities) {
            detectors.add(new Detector(Detector.Kind.PROBABILITY, 0));
        }
        if (logits > 0) {
            detectors.add(new Detector(Detector.Kind.ENERGY, 0));
        }
        return detectors;
    }

    /**
     * Scores examples.
     *
     * @param examples with features, and behind them the logits
     * @return {@code (detectors, examples)}
     * @throws IllegalArgumentException if the examples do not fit the index, or one is refused
     */
    public double[][] run(Examples examples, Progress progress) throws IOException {
        CacheIndex keys = logits > 0 ? index : CompatibleIndex.of(index, examples);
        double[][] scores = new double[detectors().size()][examples.size()];
        int most = IntStream.of(ks).max().orElse(0);
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            int rows = batch.labels().length;
            FloatBuffer features = columns(batch.features(), rows, 0, keys.dim());
            Answer answer;
            try {
                answer = keys.answer(Query.of(features).thetas(thetas).neighbors(most));
            } catch (IllegalArgumentException e) {
                throw BadExample.in(new Examples.Batch(batch.first(), features, null, new int[rows]), keys, e);
            }
            FloatBuffer energies = columns(batch.features(), rows, keys.dim(), logits);
            for (int row = 0; row < rows; row++) {
                double[] ofRow = scores(answer, batch.probabilities(), energies, row);
                for (int detector = 0; detector < ofRow.length; detector++) {
                    scores[detector][batch.first() + row] = ofRow[detector];
                }
            }
        });
        return scores;
    }

    private double[] scores(Answer answer, float @Nullable [] network, FloatBuffer logitRows, int row) {
        DoubleStream.Builder scores = DoubleStream.builder();
        for (int t = 0; t < thetas.length; t++) {
            scores.add(answer.at(t).row(row).logMass());
        }
        for (int k : ks) {
            scores.add(answer.row(row).neighbors().get(k - 1).score());
        }
        if (probabilities && network != null) {
            int classes = network.length / answer.batch();
            scores.add(IntStream.range(row * classes, (row + 1) * classes)
                    .mapToDouble(i -> network[i])
                    .max()
                    .orElseThrow());
        }
        if (logits > 0) {
            float[] ofRow = new float[logits];
            logitRows.get(row * logits, ofRow);
            scores.add(logSumExp(ofRow));
        }
        return scores.build().toArray();
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

    private static double logSumExp(float[] logits) {
        double greatest = IntStream.range(0, logits.length)
                .mapToDouble(c -> logits[c])
                .max()
                .orElseThrow();
        return greatest
                + Math.log(IntStream.range(0, logits.length)
                        .mapToDouble(c -> Math.exp(logits[c] - greatest))
                        .sum());
    }

    /**
     * A score that tells examples like the known ones from others; the known ones should have the greater score.
     *
     * @param kind of the score
     * @param parameter θ of a log mass, the place of a neighbour, and 0 for others
     */
    record Detector(Kind kind, double parameter) {
        /** The score that a detector uses. */
        public enum Kind {
            /** log Σ_k exp(θ (s_k − 1)) over all keys. */
            LOG_MASS("log mass"),
            /** The similarity of the k-th nearest key (Sun et al., 2022). */
            NEIGHBOR("similarity of neighbor"),
            /** The network's greatest probability (Hendrycks and Gimpel, 2017). */
            PROBABILITY("the network's greatest probability"),
            /** The negative energy: log Σ_c exp(logit_c) (Liu et al., 2020). */
            ENERGY("the network's energy");

            private final String words;

            Kind(String words) {
                this.words = words;
            }
        }

        /** Returns the name for people, such as {@code log mass, theta 50}. */
        public String words() {
            String number =
                    parameter == Math.rint(parameter) ? Long.toString((long) parameter) : Double.toString(parameter);
            return switch (kind) {
                case LOG_MASS -> kind.words + ", theta " + number;
                case NEIGHBOR -> kind.words + " " + number;
                case PROBABILITY, ENERGY -> kind.words;
            };
        }
    }
}
