package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.experiments.ClassErrorCounts;
import io.github.afterimage.experiments.EngineTiming;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Makes the page that {@code demo} writes.
 *
 * @param threads that the engines used
 */
record DemoPage(Demo demo, DemoFiles files, int threads) {
    /** Maximum number of classes in the chart; those that change most are shown. */
    private static final int CLASSES_SHOWN = 20;

    /** The text explains greater differences of a probability. */
    private static final double VISIBLE = 1e-3;

    Page page() throws IOException {
        ErrorCounts errors = demo.errors();
        Hyperparameters tuned = demo.tuned();
        Gain gain = demo.gain();
        Page page = new Page(
                gain.isClear()
                        ? "A cache turns " + Format.count(errors.networkErrors(), "error") + " into "
                                + Format.count(errors.mixedErrors())
                        : Format.count(errors.networkErrors(), "error") + " without a cache, "
                                + Format.count(errors.mixedErrors()) + " with it: no gain is shown",
                "A network classifies " + Format.count(errors.examples(), "test image")
                        + ". Then it may look up what it saw in training: "
                        + Format.count(demo.index().size(), "key") + " of "
                        + Format.count(demo.index().keyDim()) + " numbers, " + Format.bytes(Files.size(files.index()))
                        + ". Nothing was trained again.");
        page.paragraph(gain.words());
        page.table(
                List.of("", "error", "95 % interval", "wrong", "corrected", "broken"),
                List.of(
                        row("network", errors.networkErrors(), errors.examples()),
                        row(
                                "network and cache",
                                errors.mixedErrors(),
                                errors.examples(),
                                gain.corrected(),
                                gain.broken()),
                        row(
                                "cache alone",
                                errors.cacheOnlyErrors(),
                                errors.examples(),
                                errors.cacheOnlyGain().corrected(),
                                errors.cacheOnlyGain().broken())));
        page.note(
                "Corrected: wrong in the network, right here. Broken: the reverse. The intervals tell how far each rate "
                        + "may be off for other images of the same kind; McNemar's test compares both models on the same images. "
                        + "Theta is " + Format.number(tuned.theta()) + " and lambda " + Format.number(tuned.lambda())
                        + ", as they were tuned on other images when the index was made.");
        lambda(page);
        theta(page);
        classes(page);
        engines(page);
        page.heading("On your own images");
        page.paragraph(
                "The same files classify a picture of yours, and show the training images that decided. With your "
                        + "own network, list its layers and build an index of your own.");
        page.code(String.join("\n", files.commands()));
        return page;
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
        page.heading("How much the cache should weigh");
        page.paragraph("Accuracy over lambda, the weight of the cache. At 0 the network answers alone. Theta is "
                + Format.number(demo.tuned().theta()) + ".");
        page.chart(accuracy());
        page.note("The chart ends where the cache has too much weight and costs more than it gains. The cache alone, "
                + "lambda 1, has an accuracy of "
                + Format.percent(1 - demo.errors().cacheOnlyError()) + ".");
    }

    LineChart accuracy() {
        Tuner curves = demo.curves();
        int theta = indexOf(curves.thetas(), demo.tuned().theta());
        double[] lambdas = curves.lambdas();
        double[] mixed = IntStream.range(0, lambdas.length)
                .mapToDouble(l -> 100 * (1 - curves.mixedError(theta, l)))
                .toArray();
        int shown = shown(mixed, Math.max(2, 1 + indexOf(lambdas, demo.tuned().lambda())));
        double[] drawn = Arrays.copyOf(lambdas, shown);
        return new LineChart("lambda", "accuracy, %")
                .line("with cache", drawn, Arrays.copyOf(mixed, shown))
                .line("network", ends(drawn), twice(100 * (1 - curves.networkError())))
                .mark("tuned", demo.tuned().lambda());
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
        Tuner curves = demo.curves();
        int lambda = indexOf(curves.lambdas(), demo.tuned().lambda());
        double[] thetas = curves.thetas();
        page.heading("How sharp the cache should be");
        page.paragraph("Accuracy over theta: a small one asks all keys alike, a great one only the nearest. Lambda is "
                + Format.number(demo.tuned().lambda()) + ".");
        page.chart(new LineChart("theta", "accuracy, %")
                .line(
                        "with cache",
                        thetas,
                        IntStream.range(0, thetas.length)
                                .mapToDouble(t -> 100 * (1 - curves.mixedError(t, lambda)))
                                .toArray())
                .line("network", ends(thetas), twice(100 * (1 - curves.networkError())))
                .mark("tuned", demo.tuned().theta()));
    }

    private void classes(Page page) {
        ClassErrorCounts classes = demo.classes();
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
        page.heading("Who gains");
        page.paragraph("Images of each class that the cache corrects, less those that it breaks.");
        page.chart(chart);
    }

    private void engines(Page page) {
        StringBuilder missing = new StringBuilder();
        for (EngineTiming row : demo.engines()) {
            if (row.problem() != null) {
                missing.append(" ")
                        .append(row.engine())
                        .append(" cannot be used here: ")
                        .append(row.problem());
            }
        }
        page.heading("Engines side by side");
        page.paragraph(
                "Queries per second over all " + Format.count(demo.index().size()) + " keys, the same "
                        + Format.count(demo.engineQueries()) + " for each engine on "
                        + Format.count(threads, "thread")
                        + ". \u0394p is the greatest difference of a probability from that of the reference, which"
                        + " computes the definition in double precision." + rounded() + missing);
        page.chart(speed());
    }

    /** Explains the greatest difference. */
    private String rounded() {
        return demo.engines().stream()
                .filter(row -> row.problem() == null)
                .max(Comparator.comparing(EngineTiming::largestDifference))
                .filter(row -> row.largestDifference() > VISIBLE)
                .map(row -> " The largest is that of " + row.engine()
                        + ", which rounds queries as well, to multiply small integers. Its cache names the same class as the"
                        + " reference for " + Format.count(row.agreeing()) + " of "
                        + Format.count(demo.engineQueries()) + " queries.")
                .orElse("");
    }

    BarChart speed() {
        BarChart chart = new BarChart();
        for (EngineTiming row : demo.engines()) {
            if (row.problem() == null) {
                double rate = demo.queriesPerSecond(row);
                boolean reference = row.engine().equals("reference");
                chart.bar(
                        row.engine(),
                        rate,
                        Format.count(Math.round(rate)),
                        reference ? "" : String.format(Locale.ROOT, "|\u0394p| \u2264 %.0e", row.largestDifference()));
            }
        }
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
}
