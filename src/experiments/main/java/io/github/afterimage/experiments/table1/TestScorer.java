package io.github.afterimage.experiments.table1;

import io.github.afterimage.Answer;
import io.github.afterimage.Mixture;
import io.github.afterimage.experiments.statistics.ConformalVotes;
import io.github.afterimage.experiments.statistics.MethodResult;
import io.github.afterimage.experiments.statistics.MethodScorer;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.evaluation.Examples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Scores every method on the same examples. */
final class TestScorer {
    private final Temperature temperature;
    private final @Nullable ConformalVotes conformal;
    private final MethodScorer network;
    private final MethodScorer scaled;
    /** The mixtures with a memory by its λ, in the order of its distributions. */
    private final Map<MethodScorer, Double> mixed = new LinkedHashMap<>();

    private final @Nullable MethodScorer neighbors;
    private final double[][] credibility = new double[2][3]; // wrong, right: count, credibility, confidence
    private int examples;

    /**
     * @param size the number of test examples
     * @param k the number of neighbours, or 0
     */
    TestScorer(int size, TableOne.Tuning tuning, int k) {
        temperature = new Temperature(tuning.temperature());
        conformal = k == 0 ? null : new ConformalVotes(tuning.strangers());
        network = new MethodScorer(TableOne.NETWORK, size);
        scaled = new MethodScorer(TableOne.SCALED, size);
        mixed.put(new MethodScorer(TableOne.MIXED, size), tuning.lambda());
        mixed.put(new MethodScorer(TableOne.CACHE, size), 1.0);
        if (tuning.whitened() != null) {
            mixed.put(
                    new MethodScorer(TableOne.WHITENED, size), tuning.whitened().lambda());
        }
        neighbors = k == 0 ? null : new MethodScorer(TableOne.NEIGHBORS, size);
    }

    /**
     * Adds one example.
     *
     * @param cache the distributions for the θ of the mixture, for that of the cache alone, and those of whitened keys, if there are any
     * @param votes the labels of the neighbours by class, or null
     */
    void add(Examples.Batch batch, int row, List<Answer> cache, int @Nullable [] votes) {
        int label = batch.labels()[row];
        float[] own = batch.network(row);
        Iterator<Answer> memories = cache.iterator();
        double[] p = Mixture.of(0, own, cache.get(0).row(row).probabilities());
        network.add(p, label);
        scaled.add(temperature.scale(p), label);
        mixed.forEach((scorer, lambda) ->
                scorer.add(Mixture.of(lambda, own, memories.next().row(row).probabilities()), label));
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
        methods.add(network.against(network));
        methods.add(scaled.against(network));
        mixed.keySet().forEach(scorer -> methods.add(scorer.against(network)));
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
