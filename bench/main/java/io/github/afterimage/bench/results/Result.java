package io.github.afterimage.bench.results;

import java.util.Map;

/** The figures of one benchmark with these parameters. */
public record Result(String benchmark, Map<String, String> parameters, Map<String, Figure> figures) {
    /** The median of a figure, or NaN if it was not measured. */
    double median(String figure) {
        return figures.containsKey(figure) ? figures.get(figure).median() : Double.NaN;
    }

    String parameter(String name) {
        return parameters.getOrDefault(name, "");
    }

    String name() {
        return benchmark + " " + parameters;
    }
}
