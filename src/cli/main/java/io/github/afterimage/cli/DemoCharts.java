package io.github.afterimage.cli;

import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.ClassErrorCounts;
import io.github.afterimage.experiments.EngineTiming;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.PrequentialErrors;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The charts of {@code demo}. */
record DemoCharts(Demo demo) {
    /** Maximum number of classes in the chart; those that change most are shown. */
    private static final int CLASSES_SHOWN = 20;

    /** Accuracy over λ, up to where the memory costs more than it gains. */
    LineChart accuracy() {
        DemoErrors errors = demo.errors();
        Tuner curves = errors.curves();
        int theta = indexOf(curves.thetas(), errors.tuned().theta());
        double[] lambdas = curves.lambdas();
        double[] mixed = IntStream.range(0, lambdas.length)
                .mapToDouble(l -> 100 * (1 - curves.mixedError(theta, l)))
                .toArray();
        int shown = shown(mixed, Math.max(2, 1 + indexOf(lambdas, errors.tuned().lambda())));
        double[] drawn = Arrays.copyOf(lambdas, shown);
        return new LineChart("lambda", "accuracy, %")
                .line("mixture", drawn, Arrays.copyOf(mixed, shown))
                .mark("tuned", errors.tuned().lambda())
                .line("network", ends(drawn), twice(100 * (1 - curves.networkError())));
    }

    /** Returns the number of points of a curve to draw: up to the last that loses no more than the best one gains. */
    private static int shown(double[] accuracies, int least) {
        double network = accuracies[0]; // lambda 0
        double lowest = 2 * network - Arrays.stream(accuracies).max().orElseThrow();
        return IntStream.range(least, accuracies.length)
                .filter(i -> accuracies[i] >= lowest)
                .map(i -> i + 1)
                .max()
                .orElse(least);
    }

    /** Accuracy over θ. */
    LineChart sharpness() {
        DemoErrors errors = demo.errors();
        Tuner curves = errors.curves();
        int lambda = indexOf(curves.lambdas(), errors.tuned().lambda());
        double[] thetas = curves.thetas();
        return new LineChart("theta", "accuracy, %")
                .line(
                        "mixture",
                        thetas,
                        IntStream.range(0, thetas.length)
                                .mapToDouble(t -> 100 * (1 - curves.mixedError(t, lambda)))
                                .toArray())
                .mark("tuned", errors.tuned().theta())
                .line("network", ends(thetas), twice(100 * (1 - curves.networkError())));
    }

    /** Images of each class that the memory corrects, less those that it breaks. */
    BarChart classes() {
        ClassErrorCounts classes = demo.errors().classes();
        List<String> names = demo.index().classNames();
        BarChart chart = new BarChart();
        IntStream.range(0, classes.classes())
                .boxed()
                .filter(label ->
                        classes.classes() <= CLASSES_SHOWN || classes.corrected(label) + classes.broken(label) > 0)
                .sorted(Comparator.comparing(label -> classes.broken(label) - classes.corrected(label)))
                .limit(CLASSES_SHOWN)
                .forEach(label -> {
                    int gain = classes.corrected(label) - classes.broken(label);
                    chart.bar(
                            names.get(label),
                            gain,
                            (gain > 0 ? "+" : gain < 0 ? "\u2212" : "") + Math.abs(gain),
                            classes.corrected(label) + " corrected, " + classes.broken(label) + " broken");
                });
        return chart;
    }

    private static double[] ends(double[] values) {
        return new double[] {values[0], values[values.length - 1]};
    }

    private static double[] twice(double value) {
        return new double[] {value, value};
    }

    private static int indexOf(double[] values, double value) {
        return IntStream.range(0, values.length)
                .filter(i -> values[i] == value)
                .findFirst()
                .orElseThrow();
    }

    /** Errors on blurred images while they become keys. */
    LineChart learning() {
        List<PrequentialErrors.Batch> batches = demo.stream().curve().batches();
        return new LineChart("blurred images among the keys", "error, %")
                .line("mixture", learned(batches), percent(batches, ErrorCounts::mixedError))
                .line("network", learned(batches), percent(batches, ErrorCounts::networkError));
    }

    private static double[] learned(List<PrequentialErrors.Batch> batches) {
        return batches.stream().mapToDouble(PrequentialErrors.Batch::learned).toArray();
    }

    private static double[] percent(List<PrequentialErrors.Batch> batches, ToDoubleFunction<ErrorCounts> error) {
        return batches.stream()
                .mapToDouble(batch -> 100 * error.applyAsDouble(batch.errors()))
                .toArray();
    }

    /** Queries a second of each engine. */
    BarChart speed() {
        BarChart chart = new BarChart();
        for (EngineTiming row : demo.engines().timings()) {
            if (row.problem() == null) {
                double rate = demo.engines().queriesPerSecond(row);
                boolean reference = row.engine().equals("reference");
                chart.bar(
                        row.engine(),
                        rate,
                        Format.count(Math.round(rate)),
                        reference ? "" : String.format(Locale.ROOT, "|\u0394p| %.1e", row.largestDifference()));
            }
        }
        return chart;
    }
}
