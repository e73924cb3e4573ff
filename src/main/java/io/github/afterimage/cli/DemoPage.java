package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiment.EngineComparison;
import io.github.afterimage.report.BarChart;
import io.github.afterimage.report.LineChart;
import io.github.afterimage.report.Page;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The page that {@code demo} writes. */
final class DemoPage {
    /** As many classes as are pleasant to read; those that change most. */
    private static final int CLASSES_SHOWN = 20;

    private DemoPage() {}

    /** @param next commands to be run next */
    static Page of(DemoCommand.Result result, List<String> next) {
        Tally tally = result.tally();
        Hyperparameters tuned = result.tuned();
        Page page = new Page(
                "A memory turns " + Format.count(tally.networkErrors(), "error") + " into "
                        + Format.count(tally.mixedErrors()),
                "A network classifies " + Format.count(tally.examples(), "test image")
                        + ". Then it may look up what it saw in training: "
                        + Format.count(result.index().size(), "key") + " of "
                        + Format.count(result.index().keyDim()) + " numbers, " + Format.bytes(result.indexBytes())
                        + ". Nothing was trained again.");
        page.table(
                List.of("", "error", "wrong", "corrected", "broken"),
                List.of(
                        List.of(
                                "network",
                                Format.percent(tally.networkError()),
                                Format.count(tally.networkErrors()),
                                "",
                                ""),
                        List.of(
                                "network and memory",
                                Format.percent(tally.mixedError()),
                                Format.count(tally.mixedErrors()),
                                Format.count(tally.mixedCorrected()),
                                Format.count(tally.mixedBroken())),
                        List.of(
                                "memory alone",
                                Format.percent(tally.cacheOnlyError()),
                                Format.count(tally.cacheOnlyErrors()),
                                Format.count(tally.cacheOnlyCorrected()),
                                Format.count(tally.cacheOnlyBroken()))));
        page.note("Tuned on " + Format.count(result.tunedOn()) + " other test images: theta "
                + Format.number(tuned.theta()) + ", lambda " + Format.number(tuned.lambda())
                + "; the memory alone, theta " + Format.number(result.cacheTheta()) + ".");
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

    private static void lambda(Page page, DemoCommand.Result result) {
        page.heading("How much the memory should weigh");
        page.paragraph(
                "Accuracy over lambda, the weight of the memory: 0 is the network alone, 1 the memory alone. Theta is "
                        + Format.number(result.tuned().theta()) + ".");
        page.chart(accuracy(result));
    }

    static LineChart accuracy(DemoCommand.Result result) {
        Tuner curves = result.curves();
        int theta = place(curves.thetas(), result.tuned().theta());
        double[] lambdas = curves.lambdas();
        double[] mixed = IntStream.range(0, lambdas.length)
                .mapToDouble(l -> 100 * (1 - curves.mixedError(theta, l)))
                .toArray();
        return new LineChart("lambda", "accuracy, %")
                .line("with memory", lambdas, mixed)
                .line("network", ends(lambdas), twice(100 * (1 - curves.networkError())))
                .mark("tuned", result.tuned().lambda());
    }

    private static void theta(Page page, DemoCommand.Result result) {
        Tuner curves = result.curves();
        int lambda = place(curves.lambdas(), result.tuned().lambda());
        double[] thetas = curves.thetas();
        page.heading("How sharp the memory should be");
        page.paragraph("Error over theta: a small one asks all keys alike, a great one only the nearest. Lambda is "
                + Format.number(result.tuned().lambda()) + ".");
        page.chart(new LineChart("theta", "error, %")
                .line(
                        "with memory",
                        thetas,
                        IntStream.range(0, thetas.length)
                                .mapToDouble(t -> 100 * curves.mixedError(t, lambda))
                                .toArray())
                .line("network", ends(thetas), twice(100 * curves.networkError()))
                .line(
                        "memory alone",
                        thetas,
                        IntStream.range(0, thetas.length)
                                .mapToDouble(t -> 100 * curves.cacheOnlyError(t))
                                .toArray())
                .mark("tuned", result.tuned().theta()));
    }

    private static void classes(Page page, DemoCommand.Result result) {
        ClassTally classes = result.classes();
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
        for (EngineComparison.Row row : result.engines()) {
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
                        + ", and how far a probability is from that of the reference, which is the definition in double precision."
                        + missing);
        page.chart(speed(result));
    }

    static BarChart speed(DemoCommand.Result result) {
        BarChart chart = new BarChart();
        for (EngineComparison.Row row : result.engines()) {
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
