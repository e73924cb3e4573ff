package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.experiments.ClassErrorCounts;
import io.github.afterimage.experiments.EngineTiming;
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
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The page that {@code demo} writes. */
final class DemoPage {
    /** Maximum number of classes in the chart; those that change most are shown. */
    private static final int CLASSES_SHOWN = 20;

    /** The text explains greater differences of a probability. */
    private static final double VISIBLE = 1e-3;

    private DemoPage() {}

    /** @param next the commands that the page proposes */
    static Page of(DemoCommand.Result result, List<String> next) {
        ErrorCounts tally = result.tally();
        Hyperparameters tuned = result.tuned();
        Gain gain = result.gain();
        Page page = new Page(
                gain.isClear()
                        ? "A memory turns " + Format.count(tally.networkErrors(), "error") + " into "
                                + Format.count(tally.mixedErrors())
                        : Format.count(tally.networkErrors(), "error") + " without a memory, "
                                + Format.count(tally.mixedErrors()) + " with it: no gain is shown",
                "A network classifies " + Format.count(tally.examples(), "test image")
                        + ". Then it may look up what it saw in training: "
                        + Format.count(result.index().size(), "key") + " of "
                        + Format.count(result.index().keyDim()) + " numbers, " + Format.bytes(result.indexBytes())
                        + ". Nothing was trained again.");
        page.paragraph(gain.words());
        page.table(
                List.of("", "error", "95 % interval", "wrong", "corrected", "broken"),
                List.of(
                        row("network", tally.networkErrors(), tally.examples()),
                        row(
                                "network and memory",
                                tally.mixedErrors(),
                                tally.examples(),
                                gain.corrected(),
                                gain.broken()),
                        row(
                                "memory alone",
                                tally.cacheOnlyErrors(),
                                tally.examples(),
                                tally.cacheOnlyGain().corrected(),
                                tally.cacheOnlyGain().broken())));
        page.note(
                "Corrected: wrong in the network, right here. Broken: the reverse. The intervals tell how far each rate "
                        + "may be off for other images of the same kind; McNemar's test compares both models on the same images. "
                        + "Theta is " + Format.number(tuned.theta()) + " and lambda " + Format.number(tuned.lambda())
                        + ", as they were tuned on other images when the index was made.");
        lambda(page, result);
        theta(page, result);
        classes(page, result);
        engines(page, result);
        page.heading("On your own images");
        page.paragraph(
                "The same files classify a picture of yours, and show the training images that decided. With your "
                        + "own network, list its layers and build an index of your own.");
        page.code(String.join("\n", next));
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

    private static void lambda(Page page, DemoCommand.Result result) {
        page.heading("How much the memory should weigh");
        page.paragraph("Accuracy over lambda, the weight of the memory. At 0 the network answers alone. Theta is "
                + Format.number(result.tuned().theta()) + ".");
        page.chart(accuracy(result));
        page.note("The chart ends where the memory has too much weight and costs more than it gains. The memory alone, "
                + "lambda 1, has an accuracy of "
                + Format.percent(1 - result.tally().cacheOnlyError()) + ".");
    }

    static LineChart accuracy(DemoCommand.Result result) {
        Tuner curves = result.curves();
        int theta = place(curves.thetas(), result.tuned().theta());
        double[] lambdas = curves.lambdas();
        double[] mixed = IntStream.range(0, lambdas.length)
                .mapToDouble(l -> 100 * (1 - curves.mixedError(theta, l)))
                .toArray();
        int shown = shown(mixed, Math.max(2, 1 + place(lambdas, result.tuned().lambda())));
        double[] places = Arrays.copyOf(lambdas, shown);
        return new LineChart("lambda", "accuracy, %")
                .line("with memory", places, Arrays.copyOf(mixed, shown))
                .line("network", ends(places), twice(100 * (1 - curves.networkError())))
                .mark("tuned", result.tuned().lambda());
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

    private static void theta(Page page, DemoCommand.Result result) {
        Tuner curves = result.curves();
        int lambda = place(curves.lambdas(), result.tuned().lambda());
        double[] thetas = curves.thetas();
        page.heading("How sharp the memory should be");
        page.paragraph("Accuracy over theta: a small one asks all keys alike, a great one only the nearest. Lambda is "
                + Format.number(result.tuned().lambda()) + ".");
        page.chart(new LineChart("theta", "accuracy, %")
                .line(
                        "with memory",
                        thetas,
                        IntStream.range(0, thetas.length)
                                .mapToDouble(t -> 100 * (1 - curves.mixedError(t, lambda)))
                                .toArray())
                .line("network", ends(thetas), twice(100 * (1 - curves.networkError())))
                .mark("tuned", result.tuned().theta()));
    }

    private static void classes(Page page, DemoCommand.Result result) {
        ClassErrorCounts classes = result.classes();
        List<String> names = result.index().classNames();
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
        page.paragraph("Images of each class that the memory corrects, less those that it breaks.");
        page.chart(chart);
    }

    private static void engines(Page page, DemoCommand.Result result) {
        StringBuilder missing = new StringBuilder();
        for (EngineTiming row : result.engines()) {
            if (row.problem() != null) {
                missing.append(" ")
                        .append(row.engine())
                        .append(" cannot be used here: ")
                        .append(row.problem());
            }
        }
        page.heading("Engines side by side");
        page.paragraph(
                "Queries per second over all " + Format.count(result.index().size()) + " keys, the same "
                        + Format.count(result.engineQueries()) + " for each engine on "
                        + Format.count(result.threads(), "thread")
                        + ". \u0394p is the greatest difference of a probability from that of the reference, which"
                        + " computes the definition in double precision." + rounded(result) + missing);
        page.chart(speed(result));
    }

    /** Explains the greatest difference. */
    private static String rounded(DemoCommand.Result result) {
        return result.engines().stream()
                .filter(row -> row.problem() == null)
                .max(Comparator.comparing(EngineTiming::largestDifference))
                .filter(row -> row.largestDifference() > VISIBLE)
                .map(row -> " The largest is that of " + row.engine()
                        + ", which rounds queries as well, to multiply small integers. Its memory names the same class as the"
                        + " reference for " + Format.count(row.agreeing()) + " of "
                        + Format.count(result.engineQueries()) + " queries.")
                .orElse("");
    }

    static BarChart speed(DemoCommand.Result result) {
        BarChart chart = new BarChart();
        for (EngineTiming row : result.engines()) {
            if (row.problem() == null) {
                double rate = Format.perSecond(result.engineQueries(), row.seconds());
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

    private static int place(double[] values, double value) {
        return IntStream.range(0, values.length)
                .filter(i -> values[i] == value)
                .findFirst()
                .orElseThrow();
    }
}
