package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.experiments.ClassErrorCounts;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The first act on the page of {@code demo}. */
record DemoErrorSection(CacheIndex index, DemoErrors errors) {
    /** Maximum number of classes in the chart; those that change most are shown. */
    private static final int CLASSES_SHOWN = 20;

    void addTo(Page page) {
        ErrorCounts counts = errors.counts();
        Gain gain = errors.gain();
        page.heading("1. A network and its memory");
        page.paragraph("The network answers with a probability for each class. So does the memory: every key, the"
                + " remembered activations of one training image, votes for the class of its image, and similar keys count more."
                + " The answer is a mixture of both. " + gain.words());
        page.table(
                List.of("", "error", "95 % interval", "wrong", "corrected", "broken"),
                List.of(
                        row("network", counts.networkErrors(), counts.examples()),
                        row("mixture", counts.mixedErrors(), counts.examples(), gain.corrected(), gain.broken()),
                        row(
                                "memory alone",
                                counts.cacheOnlyErrors(),
                                counts.examples(),
                                counts.cacheOnlyGain().corrected(),
                                counts.cacheOnlyGain().broken())));
        page.note(
                "Corrected: wrong in the network, right here. Broken: the reverse. The intervals tell how far each rate may be"
                        + " off for other images of the same kind; McNemar's test compares both models on the same images.");
        lambda(page);
        theta(page);
        classes(page);
    }

    private static List<String> row(String model, long errors, long examples, long... changed) {
        Interval interval = Interval.clopperPearson(errors, examples, Gain.CONFIDENCE);
        List<String> cells = new ArrayList<>(List.of(
                model,
                Format.percent((double) errors / examples),
                Format.percentages(interval.low(), interval.high()),
                Format.count(errors)));
        LongStream.of(changed).mapToObj(Format::count).forEach(cells::add);
        while (cells.size() < 6) {
            cells.add("");
        }
        return cells;
    }

    private void lambda(Page page) {
        page.subheading("How much the memory should weigh");
        page.paragraph("Accuracy over lambda, the weight of the memory. At 0 the network answers alone. Theta is "
                + Format.number(errors.tuned().theta()) + ".");
        page.chart(accuracy());
        page.note("The chart ends where the memory has too much weight and costs more than it gains. The memory alone, "
                + "lambda 1, has an accuracy of "
                + Format.percent(1 - errors.counts().cacheOnlyError()) + ".");
    }

    LineChart accuracy() {
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

    private void theta(Page page) {
        Tuner curves = errors.curves();
        int lambda = indexOf(curves.lambdas(), errors.tuned().lambda());
        double[] thetas = curves.thetas();
        page.subheading("How sharp the memory should be");
        page.paragraph("Accuracy over theta: a small one asks all keys alike, a great one only the nearest. Lambda is "
                + Format.number(errors.tuned().lambda()) + ".");
        page.chart(new LineChart("theta", "accuracy, %")
                .line(
                        "mixture",
                        thetas,
                        IntStream.range(0, thetas.length)
                                .mapToDouble(t -> 100 * (1 - curves.mixedError(t, lambda)))
                                .toArray())
                .mark("tuned", errors.tuned().theta())
                .line("network", ends(thetas), twice(100 * (1 - curves.networkError()))));
    }

    private void classes(Page page) {
        ClassErrorCounts classes = errors.classes();
        List<String> names = index.classNames();
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
        page.subheading("Who gains");
        page.paragraph("Images of each class that the memory corrects, less those that it breaks.");
        page.chart(chart);
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
}
