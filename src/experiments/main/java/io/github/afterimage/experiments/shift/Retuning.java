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
    private final BitSet[][] wrong; // (thetas, lambdas + 1); the last of each θ is the memory alone
    private int examples;

    /** A point of the grid. */
    private record Place(int theta, int lambda) {}

    Retuning(Protocol protocol) {
        thetas = protocol.thetas();
        lambdas = protocol.lambdas();
        wrong = new BitSet[thetas.length][lambdas.length + 1];
        for (BitSet[] ofTheta : wrong) {
            Arrays.setAll(ofTheta, lambda -> new BitSet());
        }
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
                    wrong[t][l].set(examples, Mixture.best(lambdas[l], own, memory) != labels[row]);
                }
                wrong[t][lambdas.length].set(examples, answer.at(t, 1).row(row).best() != labels[row]);
            }
        }
    }

    /** Returns θ and λ after the images of all these, of which there is at least one; they have the same grid. */
    static Hyperparameters best(Collection<Retuning> all, Hyperparameters before) {
        Retuning any = all.iterator().next();
        Place place = new Place(nearest(any.thetas, before.theta()), nearest(any.lambdas, before.lambda()));
        Place best = any.chosen(all, 0, any.lambdas.length, place);
        return new Hyperparameters(any.thetas[best.theta], any.lambdas[best.lambda], before.beta());
    }

    /** Returns the memory alone with its θ after these images. */
    Hyperparameters bestAlone(Hyperparameters before) {
        Place place = new Place(nearest(thetas, before.theta()), lambdas.length);
        Place best = chosen(List.of(this), lambdas.length, lambdas.length + 1, place);
        return new Hyperparameters(thetas[best.theta], 1, before.beta());
    }

    private Place chosen(Collection<Retuning> all, int from, int to, Place before) {
        Place best = before;
        long fewest = errors(all, before);
        for (int t = 0; t < thetas.length; t++) {
            for (int l = from; l < to; l++) {
                Place place = new Place(t, l);
                long errors = errors(all, place);
                if (errors < fewest || errors == fewest && distance(place, before) < distance(best, before)) {
                    best = place;
                    fewest = errors;
                }
            }
        }
        long corrected = 0;
        long broken = 0;
        for (Retuning each : all) {
            Gain gain = Gain.of(each.wrong(before), each.wrong(best), each.examples);
            corrected += gain.corrected();
            broken += gain.broken();
        }
        return new Gain(corrected, broken, corrected + broken).isClear() ? best : before;
    }

    private BitSet wrong(Place place) {
        return wrong[place.theta][place.lambda];
    }

    private static long errors(Collection<Retuning> all, Place place) {
        return all.stream().mapToLong(each -> each.wrong(place).cardinality()).sum();
    }

    /** The distance in shares of the grid. */
    private double distance(Place one, Place other) {
        return Math.abs(one.theta - other.theta) / (double) thetas.length
                + Math.abs(one.lambda - other.lambda) / (lambdas.length + 1.0);
    }

    private static int nearest(double[] values, double value) {
        int nearest = 0;
        for (int i = 1; i < values.length; i++) {
            nearest = Math.abs(values[i] - value) < Math.abs(values[nearest] - value) ? i : nearest;
        }
        return nearest;
    }
}
