package io.github.afterimage.experiments.options;

import io.github.afterimage.Tuner;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The grid that theta and lambda are searched on. */
public final class GridOptions {
    private static final int MAX_VALUES = 1000;
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
        return parse("--theta", thetas == null ? THETAS : thetas);
    }

    public double[] lambdas() {
        return parse("--lambda", lambdas);
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

    /**
     * {@code FIRST:LAST:COUNT}, evenly spaced with both ends, or values separated by commas.
     *
     * @param name of the option, for messages
     */
    public static double[] parse(String name, String text) {
        try {
            if (!text.contains(":")) {
                return Arrays.stream(text.split(",", -1))
                        .mapToDouble(Double::parseDouble)
                        .toArray();
            }
            String[] parts = text.split(":", -1);
            if (parts.length == 3) {
                double first = Double.parseDouble(parts[0]);
                double last = Double.parseDouble(parts[1]);
                int count = Integer.parseInt(parts[2]);
                if (count >= 1 && count <= MAX_VALUES) {
                    return Tuner.grid(first, last, count);
                }
            }
        } catch (NumberFormatException e) {
            // The same answer as for any other text that is not a grid.
        }
        throw new IllegalArgumentException(name + " \"" + text + "\": expected FIRST:LAST:COUNT with 1 to " + MAX_VALUES
                + " values, such as 10:90:33, or values such as 10,20,40");
    }

    /** Returns true if a value is the first or the last of several; a better one may then lie outside. */
    public static boolean atEdge(double[] values, double value) {
        return values.length > 1 && (value == values[0] || value == values[values.length - 1]);
    }
}
