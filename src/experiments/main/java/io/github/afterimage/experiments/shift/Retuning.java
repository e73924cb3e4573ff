package io.github.afterimage.experiments.shift;

import io.github.afterimage.Answer;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.evaluation.Examples;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds θ and λ again on images that arrived with their labels; β stays. The point of the grid with the fewest errors takes the place of
 * the point before only if its errors are clearly fewer, by McNemar's test: few images leave many points with few errors. Of
 * equals, the nearest to the point before is taken.
 *
 * <p>Not thread-safe.
 */
final class Retuning {
    private final double[] thetas;
    private final double[] lambdas;
    private final BitSet[] wrong; // (thetas, lambdas + 1); the last of each θ is the memory alone
    private int examples;

    Retuning(Protocol protocol) {
        thetas = protocol.thetas();
        lambdas = protocol.lambdas();
        wrong = new BitSet[thetas.length * (lambdas.length + 1)];
        Arrays.setAll(wrong, place -> new BitSet());
    }

    /**
     * Adds the answers to a batch.
     *
     * @param answer for each θ of the grid, with the β of the mixture and that of the memory alone
     * @param batch with the network's probabilities
     */
    void accept(Answer answer, Examples.Batch batch) {
        int[] labels = batch.labels();
        for (int row = 0; row < labels.length; row++, examples++) {
            float[] own = batch.network(row);
            for (int t = 0; t < thetas.length; t++) {
                float[] memory = answer.at(t, 0).row(row).probabilities();
                for (int l = 0; l < lambdas.length; l++) {
                    wrong[place(t, l)].set(examples, Mixture.best(lambdas[l], own, memory) != labels[row]);
                }
                wrong[place(t, lambdas.length)].set(
                        examples, answer.at(t, 1).row(row).best() != labels[row]);
            }
        }
    }

    private int place(int theta, int lambda) {
        return theta * (lambdas.length + 1) + lambda;
    }

    /** Returns θ and λ after the images of all these, of which there is at least one; they have the same grid. */
    static Hyperparameters best(Collection<Retuning> all, Hyperparameters before) {
        Retuning any = all.iterator().next();
        int[] points = IntStream.range(0, any.wrong.length)
                .filter(place -> place % (any.lambdas.length + 1) < any.lambdas.length)
                .toArray();
        int best = any.chosen(
                all, points, any.place(nearest(any.thetas, before.theta()), nearest(any.lambdas, before.lambda())));
        return new Hyperparameters(
                any.thetas[best / (any.lambdas.length + 1)],
                any.lambdas[best % (any.lambdas.length + 1)],
                before.beta());
    }

    /** Returns the memory alone with its θ after these images. */
    Hyperparameters bestAlone(Hyperparameters before) {
        int[] points = IntStream.range(0, thetas.length)
                .map(t -> place(t, lambdas.length))
                .toArray();
        int best = chosen(List.of(this), points, place(nearest(thetas, before.theta()), lambdas.length));
        return new Hyperparameters(thetas[best / (lambdas.length + 1)], 1, before.beta());
    }

    private int chosen(Collection<Retuning> all, int[] points, int before) {
        int best = before;
        long fewest = errors(all, before);
        for (int point : points) {
            long errors = errors(all, point);
            if (errors < fewest || errors == fewest && distance(point, before) < distance(best, before)) {
                best = point;
                fewest = errors;
            }
        }
        long corrected = 0;
        long broken = 0;
        for (Retuning each : all) {
            Gain gain = Gain.of(each.wrong[before], each.wrong[best], each.examples);
            corrected += gain.corrected();
            broken += gain.broken();
        }
        return new Gain(corrected, broken, corrected + broken).isClear() ? best : before;
    }

    private static long errors(Collection<Retuning> all, int point) {
        return all.stream().mapToLong(each -> each.wrong[point].cardinality()).sum();
    }

    /** The distance in shares of the grid. */
    private double distance(int point, int before) {
        int row = lambdas.length + 1;
        return Math.abs(point / row - before / row) / (double) thetas.length
                + Math.abs(point % row - before % row) / (double) row;
    }

    private static int nearest(double[] values, double value) {
        int nearest = 0;
        for (int i = 1; i < values.length; i++) {
            nearest = Math.abs(values[i] - value) < Math.abs(values[nearest] - value) ? i : nearest;
        }
        return nearest;
    }
}
