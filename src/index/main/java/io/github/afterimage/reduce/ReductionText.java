package io.github.afterimage.reduce;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses the text of a {@link Reduction}. */
final class ReductionText {
    private static final Pattern FORM = Pattern.compile("([^:]*):([^:]*)(?::(epsilon=[^:]*))?(?::([^:]*))?");
    private static final String EXPECTED =
            "expected gaussian:DIM, achlioptas:DIM, sparse:DIM, hadamard:DIM, pca:DIM or whiten:DIM, such as gaussian:512, "
                    + "gaussian:eps=0.1, pca:128:seed=7 or whiten:256:epsilon=0.3";
    private static final String TOLERANCE = "eps=";
    static final String EPSILON = "epsilon=";
    static final String SEED = "seed=";

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
        double epsilon = parts.group(3) == null
                ? kind == Kind.WHITENED ? Reduction.DEFAULT_EPSILON : 0
                : epsilon(text, kind, parts.group(3).substring(EPSILON.length()));
        long seed = parts.group(4) == null ? 0 : seed(text, parts.group(4));
        String size = parts.group(2);
        if (size.startsWith(TOLERANCE)) {
            return new Reduction(kind, 0, tolerance(text, kind, size.substring(TOLERANCE.length())), 0, seed);
        }
        return new Reduction(kind, dimension(text, kind, size), 0, epsilon, seed);
    }

    private static int dimension(String text, Kind kind, String digits) {
        int most = kind == Kind.WHITENED ? Reduction.MAX_WHITENED : Integer.MAX_VALUE;
        try {
            if (digits.matches("[0-9]+") && Integer.parseInt(digits) > 0 && Integer.parseInt(digits) <= most) {
                return Integer.parseInt(digits);
            }
        } catch (NumberFormatException e) { // too large for an int: refused below
        }
        throw new IllegalArgumentException("reduction \"" + text + "\" has dimension \"" + digits
                + "\": expected a number in 1.." + most + (kind.tolerance ? ", or a tolerance such as eps=0.1" : ""));
    }

    private static double tolerance(String text, Kind kind, String number) {
        if (!kind.tolerance) {
            throw new IllegalArgumentException("reduction \"" + text
                    + "\" has a tolerance, which is proven for gaussian and achlioptas only: give a dimension, such as "
                    + kind.text + ":512");
        }
        double eps = number(number);
        if (eps > 0 && eps < 1) {
            return eps;
        }
        throw new IllegalArgumentException(
                "reduction \"" + text + "\" has tolerance \"" + number + "\": expected a number between 0 and 1");
    }

    private static double epsilon(String text, Kind kind, String number) {
        if (kind != Kind.WHITENED) {
            throw new IllegalArgumentException("reduction \"" + text + "\" has an epsilon: only whiten:DIM takes one");
        }
        double epsilon = number(number);
        if (epsilon >= Reduction.MIN_EPSILON && epsilon <= Reduction.MAX_EPSILON) {
            return epsilon;
        }
        throw new IllegalArgumentException("reduction \"" + text + "\" has epsilon \"" + number
                + "\": expected a number in " + Reduction.MIN_EPSILON + ".." + Reduction.MAX_EPSILON);
    }

    /** Returns NaN for a text that is no number. */
    private static double number(String text) {
        try {
            return text.matches("[0-9.]+([eE]-?[0-9]+)?") ? Double.parseDouble(text) : Double.NaN;
        } catch (NumberFormatException e) { // such as 1.2.3
            return Double.NaN;
        }
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
