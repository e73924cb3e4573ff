package io.github.afterimage.experiments.options;

import io.github.afterimage.Tuner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The grid that theta and lambda are searched on. */
public final class GridOptions {
    private static final String THETAS = "10:90:33";

    /** From the network alone to the cache alone, in steps of 0.025. */
    private static final String LAMBDAS = "0:1:41";

    private static final String LAMBDAS_OF_THE_PAPER = "0.1:0.9:33";

    @Option(
            names = "--theta",
            paramLabel = "GRID",
            description = "Values of theta, FIRST:LAST:COUNT or separated by commas; " + THETAS + " by default.")
    private @Nullable String thetas;

    @Option(
            names = "--lambda",
            paramLabel = "GRID",
            description = "Values of lambda, likewise; ${DEFAULT-VALUE} by default.")
    private String lambdas = LAMBDAS;

    /** The grid of the paper, for its experiments. */
    public static GridOptions ofThePaper() {
        GridOptions grid = new GridOptions();
        grid.lambdas = LAMBDAS_OF_THE_PAPER;
        return grid;
    }

    public boolean thetasGiven() {
        return thetas != null;
    }

    public double[] thetas() {
        return Grid.parse("--theta", thetas == null ? THETAS : thetas);
    }

    public double[] lambdas() {
        return Grid.parse("--lambda", lambdas);
    }

    /** Fails if λ was chosen: without a network's probabilities there is nothing to weigh the cache against. */
    public void requireDefaultLambdas() {
        if (!lambdas.equals(LAMBDAS)) {
            throw new IllegalArgumentException("--lambda " + lambdas + ": leave it out, since the memory answers alone:"
                    + " there are no probabilities of a network of these classes");
        }
    }

    public Tuner tuner(double[] betas) {
        return new Tuner(thetas(), betas, lambdas());
    }
}
