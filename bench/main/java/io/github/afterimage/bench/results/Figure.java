package io.github.afterimage.bench.results;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** One figure over the iterations of all forks. */
public record Figure(double median, double least, double greatest, int n) {
    /** @param values at least one, finite */
    public static Figure of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return new Figure((sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[0], sorted[n - 1], n);
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("median", rounded(median));
        json.put("least", rounded(least));
        json.put("greatest", rounded(greatest));
        json.put("n", n);
        return json;
    }

    static Figure of(Map<?, ?> json) {
        return new Figure(
                number(json, "median"), number(json, "least"), number(json, "greatest"), (int) number(json, "n"));
    }

    private static double number(Map<?, ?> json, String name) {
        return ((Number) json.get(name)).doubleValue();
    }

    /** Five digits are more than any clock gives. */
    private static double rounded(double value) {
        return Double.parseDouble(String.format(java.util.Locale.ROOT, "%.4e", value));
    }
}
