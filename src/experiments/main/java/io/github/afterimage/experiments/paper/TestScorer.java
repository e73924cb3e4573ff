package io.github.afterimage.experiments.paper;

import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.experiments.statistics.ConformalVotes;
import io.github.afterimage.experiments.statistics.MethodResult;
import io.github.afterimage.experiments.statistics.MethodScorer;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.evaluation.Examples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** TableOne.Scores every method on the same examples. */
final class TestScorer {
    private final Temperature temperature;
    private final Hyperparameters hyperparameters;
    private final @Nullable ConformalVotes conformal;
    private final MethodScorer network;
    private final MethodScorer scaled;
    private final MethodScorer mixed;
    private final MethodScorer alone;
    private final @Nullable MethodScorer neighbors;
    private final double[][] credibility = new double[2][3]; // wrong, right: count, credibility, confidence
    private int examples;

    /**
     * @param size the number of test examples
     * @param k the number of neighbours, or 0
     */
    TestScorer(int size, TableOne.Tuning tuning, int k) {
        temperature = new Temperature(tuning.temperature());
        hyperparameters = new Hyperparameters(tuning.theta(), tuning.lambda());
        conformal = k == 0 ? null : new ConformalVotes(tuning.strangers());
        network = new MethodScorer(TableOne.NETWORK, size);
        scaled = new MethodScorer(TableOne.SCALED, size);
        mixed = new MethodScorer(TableOne.MIXED, size);
        alone = new MethodScorer(TableOne.CACHE, size);
        neighbors = k == 0 ? null : new MethodScorer(TableOne.NEIGHBORS, size);
    }

    /**
     * Adds one example.
     *
     * @param cache the distributions for the θ of the mixture and for that of the cache alone
     * @param votes the labels of the neighbours by class, or null
     */
    void add(Examples.Batch batch, int row, List<Distributions> cache, int @Nullable [] votes) {
        int label = batch.labels()[row];
        int classes = cache.get(0).classes();
        float[] probabilities = Objects.requireNonNull(batch.probabilities());
        double[] p = new double[classes];
        double[] mixture = new double[classes];
        double[] memory = new double[classes];
        for (int c = 0; c < classes; c++) {
            p[c] = probabilities[row * classes + c];
            mixture[c] = Mixture.of(hyperparameters.lambda(), p[c], cache.get(0).probability(row, c));
            memory[c] = cache.get(1).probability(row, c);
        }
        network.add(p, label);
        scaled.add(temperature.scale(p), label);
        mixed.add(mixture, label);
        alone.add(memory, label);
        if (votes != null && neighbors != null && conformal != null) {
            double sum = Arrays.stream(votes).sum();
            neighbors.add(Arrays.stream(votes).mapToDouble(v -> v / sum).toArray(), label);
            ConformalVotes.Prediction prediction = conformal.predict(votes);
            double[] sums = credibility[neighbors.lastWasRight() ? 1 : 0];
            sums[0]++;
            sums[1] += prediction.credibility();
            sums[2] += prediction.confidence();
        }
        examples++;
    }

    TableOne.Scores scores(long keys, int dim) {
        List<MethodResult> methods = new ArrayList<>();
        for (MethodScorer scorer : List.of(network, scaled, mixed, alone)) {
            methods.add(scorer.against(network));
        }
        if (neighbors != null) {
            methods.add(neighbors.against(network));
        }
        return new TableOne.Scores(examples, keys, dim, methods, mean(1, 1), mean(0, 1), mean(1, 2), mean(0, 2));
    }

    private double mean(int right, int value) {
        double[] sums = credibility[right];
        return sums[0] == 0 ? 0 : sums[value] / sums[0];
    }
}
