package io.github.afterimage.experiments.protocol;

import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.model.evaluation.QueryTarget;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Searches a grid of θ and λ as the paper does, batch by batch: counts the errors of equation (3) at every point, and of the memory alone for
 * every θ. Without the network's probabilities, it counts the errors of the memory alone.
 *
 * <p>Not thread-safe.
 */
public final class PaperGrid {
    private final double[] thetas;
    private final double[] lambdas;
    private final Mixture[][] points; // (thetas, lambdas)
    private final long[][] errors; // (thetas, lambdas)
    private final long[] aloneErrors;
    private long networkErrors;
    private long examples;
    private boolean network;

    /**
     * @param thetas at least one, each finite and not negative
     * @param lambdas at least one, each in 0..1
     * @throws IllegalArgumentException if a list is empty or a value is out of range
     */
    public PaperGrid(double[] thetas, double[] lambdas) {
        if (thetas.length == 0 || lambdas.length == 0) {
            throw new IllegalArgumentException("the grid is empty: expected at least one theta and one lambda");
        }
        this.thetas = thetas.clone();
        this.lambdas = lambdas.clone();
        points = new Mixture[thetas.length][lambdas.length];
        for (int t = 0; t < thetas.length; t++) {
            for (int l = 0; l < lambdas.length; l++) {
                points[t][l] = new Mixture(thetas[t], lambdas[l]);
            }
        }
        errors = new long[thetas.length][lambdas.length];
        aloneErrors = new long[thetas.length];
    }

    /** Returns {@code count} evenly spaced values from {@code first} to {@code last}, both included. */
    public static double[] values(double first, double last, int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = count == 1 ? first : Tuner.rounded(first + (last - first) * i / (count - 1));
        }
        return values;
    }

    /** Returns a copy of the values of θ. */
    public double[] thetas() {
        return thetas.clone();
    }

    /** Returns a copy of the values of λ. */
    public double[] lambdas() {
        return lambdas.clone();
    }

    /** Counts the errors of all examples of an evaluation. */
    public PassTime count(Evaluation evaluation, Progress progress) throws IOException {
        return evaluation.run(
                QueryTarget.Asked.of(thetas),
                progress,
                (batch, memory) -> accept(memory, evaluation.network(batch, 1), batch.labels()));
    }

    /**
     * Counts the errors of a batch.
     *
     * @param memory its answers for the thetas
     * @param ofNetwork {@code (batch, classes)} row-major, or null; rows of fewer values lack the last classes
     */
    public void accept(Answer memory, float @Nullable [] ofNetwork, int[] labels) {
        int known = ofNetwork == null ? 0 : ofNetwork.length / labels.length;
        for (int i = 0; i < labels.length; i++) {
            int row = i;
            accept(
                    memory.points().stream()
                            .map(answer -> answer.row(row).probabilities())
                            .toArray(float[][]::new),
                    ofNetwork == null ? null : Arrays.copyOfRange(ofNetwork, row * known, (row + 1) * known),
                    labels[row]);
        }
    }

    /**
     * Counts the errors of one example.
     *
     * @param memory the probabilities of the memory, {@code (thetas, classes)}
     * @param ofNetwork {@code (classes)} or fewer, or null
     */
    void accept(float[][] memory, float @Nullable [] ofNetwork, int label) {
        network = ofNetwork != null;
        networkErrors += ofNetwork != null && ArgMax.of(ofNetwork) != label ? 1 : 0;
        for (int t = 0; t < thetas.length; t++) {
            double[] p = widened(memory[t]);
            double[] own = ofNetwork == null ? p : new Mixture(thetas[t], 0).probabilities(widened(ofNetwork), p);
            aloneErrors[t] += ArgMax.of(p) == label ? 0 : 1;
            for (int l = 0; l < lambdas.length; l++) {
                Mixture point = points[t][l];
                errors[t][l] += ArgMax.of(p.length, c -> point.probability(own[c], p[c])) == label ? 0 : 1;
            }
        }
        examples++;
    }

    private static double[] widened(float[] values) {
        double[] widened = new double[values.length];
        Arrays.setAll(widened, c -> values[c]);
        return widened;
    }

    /** Number of examples counted. */
    public long examples() {
        return examples;
    }

    /** Returns true if the examples came with the network's probabilities. */
    public boolean hasNetwork() {
        return network;
    }

    /** Returns the share of the examples that the network gets wrong. */
    public double networkError() {
        return (double) networkErrors / examples;
    }

    /** Returns the share of the examples that the mixture at a point gets wrong. */
    public double error(int theta, int lambda) {
        return (double) errors[theta][lambda] / examples;
    }

    /** Returns the share of the examples that the memory alone gets wrong. */
    public double aloneError(int theta) {
        return (double) aloneErrors[theta] / examples;
    }

    /**
     * A point of the grid.
     *
     * @param error share of wrong answers, in 0..1
     */
    public record Point(Mixture mixture, double error) {}

    /**
     * Returns the point with the fewest errors; of equals, the one with the first θ, then the first λ. Without a network, or if λ is 0, the θ is
     * that of {@link #bestAlone}.
     */
    public Point best() {
        if (!network) {
            return bestAlone();
        }
        int theta = 0;
        int lambda = 0;
        for (int t = 0; t < thetas.length; t++) {
            for (int l = 0; l < lambdas.length; l++) {
                if (errors[t][l] < errors[theta][lambda]) {
                    theta = t;
                    lambda = l;
                }
            }
        }
        Mixture mixture = points[theta][lambda];
        return new Point(
                mixture.lambda() > 0 ? mixture : new Mixture(bestAlone().mixture.theta(), 0), error(theta, lambda));
    }

    /** Returns the θ with the fewest errors of the memory alone, the first of equals, with λ = 1. */
    public Point bestAlone() {
        int theta = ArgMax.of(thetas.length, t -> -aloneErrors[t]);
        return new Point(new Mixture(thetas[theta], 1), aloneError(theta));
    }
}
