package io.github.afterimage.reduce;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses the text of a {@link Reduction}. */
final class ReductionText {
    private static final Pattern FORM = Pattern.compile("([^:]*):([^:]*)(?::([^:]*))?");
    private static final String EXPECTED =
            "expected gaussian:DIM, achlioptas:DIM, sparse:DIM, hadamard:DIM or pca:DIM, such as gaussian:512, "
                    + "gaussian:eps=0.1 or pca:128:seed=7";
    private static final String TOLERANCE = "eps=";
    private static final String SEED = "seed=";

    private ReductionText() {}

    static Reduction parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("reduction \"" + text + "\": " + EXPECTED);
        }
        Kind kind = Kind.named(parts.group(1));
        if (kind == null) {
            throw new IllegalArgumentException(
                    "reduction \"" + text + "\" is of unknown kind \"" + parts.group(1) + "\": " + EXPECTED);
        }
        long seed = parts.group(3) == null ? 0 : seed(text, parts.group(3));
        String size = parts.group(2);
        if (size.startsWith(TOLERANCE)) {
            return new Reduction(kind, 0, tolerance(text, kind, size.substring(TOLERANCE.length())), seed);
        }
        return new Reduction(kind, dimension(text, size), 0, seed);
    }

    private static int dimension(String text, String digits) {
        try {
            if (digits.matches("[0-9]+") && Integer.parseInt(digits) > 0) {
                return Integer.parseInt(digits);
            }
        } catch (NumberFormatException e) { // too large for an int: refused below
        }
        throw new IllegalArgumentException("reduction \"" + text + "\" has dimension \"" + digits
                + "\": expected a number in 1.." + Integer.MAX_VALUE + ", or a tolerance such as eps=0.1");
    }

    private static double tolerance(String text, Kind kind, String number) {
        if (!kind.tolerance) {
            throw new IllegalArgumentException("reduction \"" + text
                    + "\" has a tolerance, which is proven for gaussian and achlioptas only: give a dimension, such as "
                    + kind.text + ":512");
        }
        try {
            double eps = number.matches("[0-9.]+([eE]-?[0-9]+)?") ? Double.parseDouble(number) : Double.NaN;
            if (eps > 0 && eps < 1) {
                return eps;
            }
        } catch (NumberFormatException e) { // such as 1.2.3: refused below
        }
        throw new IllegalArgumentException(
                "reduction \"" + text + "\" has tolerance \"" + number + "\": expected a number between 0 and 1");
    }

    private static long seed(String text, String part) {
        if (part.startsWith(SEED)) {
            String number = part.substring(SEED.length());
            try {
                if (number.matches("-?[0-9]+")) {
                    return Long.parseLong(number);
                }
            } catch (NumberFormatException e) { // too large for a long: refused below
            }
            throw new IllegalArgumentException("reduction \"" + text + "\" has seed \"" + number
                    + "\": expected a whole number of at most 64 bits");
        }
        throw new IllegalArgumentException(
                "reduction \"" + text + "\" ends in \"" + part + "\": expected seed=NUMBER or nothing");
    }
}
