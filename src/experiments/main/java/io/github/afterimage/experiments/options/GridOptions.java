package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.protocol.PaperGrid;
import java.util.Arrays;
import picocli.CommandLine.Option;

/** The grid of equation (3), on which theta and lambda are searched. */
public final class GridOptions {
    private static final int MAX_VALUES = 1000;
    private static final String THETAS = "10:90:33";
    private static final String LAMBDAS = "0.1:0.9:33";

    @Option(
            names = "--theta",
            paramLabel = "GRID",
            description = "Values of theta, FIRST:LAST:COUNT or separated by commas; ${DEFAULT-VALUE} by default.")
    private String thetas = THETAS;

    @Option(
            names = "--lambda",
            paramLabel = "GRID",
            description = "Values of lambda, likewise; ${DEFAULT-VALUE} by default.")
    private String lambdas = LAMBDAS;

    public double[] thetas() {
        return parse("--theta", thetas);
    }

    public double[] lambdas() {
        return parse("--lambda", lambdas);
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
                    return PaperGrid.values(first, last, count);
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
