package io.github.afterimage.experiments.options;

import io.github.afterimage.Tuner;
import java.util.Arrays;

/** Parses the values of a grid search. */
public final class Grid {
    private static final int MAX_VALUES = 1000;

    private Grid() {}

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
