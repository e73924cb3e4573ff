package io.github.afterimage.cli.start;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.cli.output.ErrorReport;
import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.EngineComparison.EngineTiming;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.PrequentialErrors;
import io.github.afterimage.experiments.PrequentialErrors.Batch;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Reports the three acts of {@code demo}, with charts. */
record DemoReport(Demo demo, DemoFiles files) {
    /** Percentage points of error for each sign of a bar. */
    private static final int POINTS_PER_SIGN = 2;

    /** Maximum number of classes in the chart; those that change most are shown. */
    private static final int CLASSES_SHOWN = 20;

    /** From models/README.md. */
    private static final String FLOAT32 =
            " For the index of this project, float32 keys make as many errors and are no faster (models/README.md, Accuracy).";

    void write(Report report) throws IOException {
        ErrorCounts counts = demo.counts();
        Gain gain = counts.mixedGain();
        report.titled(
                gain.isClear()
                        ? "A memory turns " + Format.count(counts.networkErrors(), "error") + " into "
                                + Format.count(counts.mixedErrors())
                        : Format.count(counts.networkErrors(), "error") + " without a memory, "
                                + Format.count(counts.mixedErrors()) + " with it: no gain is shown",
                "A network classifies test images. Then it may look up what it saw in training, in a memory. Nothing is"
                        + " trained again.");
        errors(report);
        stream(report);
        engines(report);
        report.onPage(page -> page.heading("Next")
                .paragraph(
                        "The server's page classifies pictures and learns new ones. The other commands are for a picture of"
                                + " yours, and for your own network and images.")
                .code(String.join("\n", files.commands())));
    }

    private void errors(Report report) throws IOException {
        ErrorCounts counts = demo.counts();
        Gain gain = counts.mixedGain();
        Hyperparameters tuned = demo.tuned();
        report.heading("1. A network and its memory")
                .line(
                        "%s, %s%s",
                        IndexText.keys(demo.index()),
                        Text.bytes("bytes", Files.size(files.index())),
                        Text.hidden("index", files.index().toString()))
                .line(
                        "%s that neither has seen; %s, tuned on other images when the index was made",
                        Text.count("examples", counts.examples(), "test image"), Text.hyperparameters(tuned))
                .onPage(page -> page.paragraph(
                        "The network answers with a probability for each class. So does the memory: every"
                                + " key, the remembered activations of one training image, votes for the class of its image, and similar"
                                + " keys count more. The answer is a mixture of both."));
        ErrorReport.report(report, counts);
        report.line("")
                .line(gain.words())
                .field("mcNemar", gain.p())
                .note(
                        "Corrected: wrong in the network, right here. Broken: the reverse. McNemar's test compares both models on the"
                                + " same images.")
                .onPage(page -> page.subheading("How much the memory should weigh")
                        .paragraph(
                                "Accuracy over lambda, the weight of the memory. At 0 the network answers alone. Theta is "
                                        + Format.number(tuned.theta()) + ".")
                        .chart(accuracy())
                        .note("The chart ends where the memory has too much weight and costs more than it gains.")
                        .subheading("How sharp the memory should be")
                        .paragraph(
                                "Accuracy over theta: a small one asks all keys alike, a great one only the nearest. Lambda is "
                                        + Format.number(tuned.lambda()) + ".")
                        .chart(sharpness())
                        .subheading("Who gains")
                        .paragraph("Images of each class that the memory corrects, less those that it breaks.")
                        .chart(classes()));
    }

    private void stream(Report report) {
        ErrorCounts all = demo.blurred().all();
        report.heading("2. Learning while it runs: a camera is out of focus")
                .line(
                        "%s arrive. Each batch is predicted, then its images become keys with their labels. Theta,"
                                + " lambda and beta of a batch are the best on the batches before it.",
                        Text.count("blurred.examples", all.examples(), "blurred image"))
                .onPage(page -> page.chart(learning()))
                .list("blurred.batches", batches(demo.blurred()))
                .line("")
                .line(words())
                .line("That is with what the index is tuned to. With what is best for the blurred images, "
                        + Text.hyperparameters(demo.blurred().last().used()) + ", " + Format.count(demo.swapped())
                        + " clean images would be wrong: all cameras share one memory, but each is tuned by itself.")
                .field("blurred.networkErrors", all.networkErrors())
                .field("blurred.mixedErrors", all.mixedErrors())
                .field("clean.examples", demo.clean().examples())
                .field("clean.errorsBefore", demo.before())
                .field("clean.errorsAfter", demo.after())
                .field("clean.corrected", demo.clean().corrected())
                .field("clean.broken", demo.clean().broken())
                .field("clean.errorsTunedOnBlurred", demo.swapped());
    }

    /** Tells what learning the blurred images does to clean ones. */
    private String words() {
        Gain clean = demo.clean();
        String verdict = clean.isClearLoss() ? "suffer" : clean.isClear() ? "gain" : "do not suffer";
        String wrong = "Clean images " + verdict + ": of " + Format.count(clean.examples()) + " others, "
                + Format.count(demo.before()) + " are wrong before and " + Format.count(demo.after()) + " after";
        return clean.changes() == 0
                ? wrong + ", and no answer changes between right and wrong."
                : wrong + " (95 % interval of the difference: "
                        + difference(clean.fewerErrors().high()) + " to "
                        + difference(clean.fewerErrors().low()) + ").";
    }

    /** {@code 12 fewer}, {@code 3 more}. */
    private static String difference(double fewer) {
        return Format.count(Math.round(Math.abs(fewer))) + (fewer > 0 ? " fewer" : " more");
    }

    private static Table batches(PrequentialErrors curve) {
        Table table = new Table("rrrt").row("keys added", "network", "mixture", "");
        for (Batch batch : curve.batches()) {
            ErrorCounts errors = batch.errors();
            table.row(
                            Text.count("learned", batch.learned()),
                            Text.percent("networkError", errors.networkError()),
                            Text.percent("mixedError", errors.mixedError()),
                            "#".repeat((int) Math.round(100 * errors.mixedError() / POINTS_PER_SIGN)))
                    .field("examples", errors.examples())
                    .field("networkErrors", errors.networkErrors())
                    .field("mixedErrors", errors.mixedErrors())
                    .field("theta", batch.used().theta())
                    .field("lambda", batch.used().lambda())
                    .field("beta", batch.used().beta());
        }
        return table;
    }

    private void engines(Report report) {
        Table table = new Table("lrrl").row("engine", "queries/s", "largest |dp|", "");
        for (EngineTiming row : demo.engines()) {
            if (row.problem() != null) {
                table.row(Text.value("name", row.engine()), "-", "-", Text.value("problem", row.problem()));
                continue;
            }
            double rate = queriesPerSecond(row);
            double difference = row.largestDifference();
            String shown = row.engine().equals("reference") ? "" : String.format(Locale.ROOT, "%.0e", difference);
            table.row(
                            Text.value("name", row.engine()),
                            Text.figure("queriesPerSecond", rate, Format.count(Math.round(rate))),
                            Text.figure("largestDifference", difference, shown),
                            row.description())
                    .field("agreeing", row.agreeing());
        }
        report.heading("3. The engines side by side")
                .field("engineQueries", demo.queries())
                .onPage(page -> page.paragraph(
                                "Queries per second over all keys. |dp| is the greatest difference of a probability"
                                        + " from that of the reference, which computes the definition in double precision. An engine that"
                                        + " rounds queries as well, to multiply small integers, differs most.")
                        .chart(speed()))
                .list("engines", table);
        CacheIndex index = demo.index();
        if (index.format().type() == ElementType.INT8) {
            long values = index.size() * index.format().keyDim();
            report.line("")
                    .line("The keys are int8: " + Format.bytes(values + index.size() * Float.BYTES)
                            + ", where float32 would take " + Format.bytes(values * Float.BYTES) + "." + FLOAT32);
        }
    }

    private double queriesPerSecond(EngineTiming engine) {
        return Format.perSecond(demo.queries(), engine.seconds());
    }

    /** Accuracy over λ, up to where the memory costs more than it gains. */
    LineChart accuracy() {
        Tuner curves = demo.curves();
        double[] lambdas = curves.lambdas();
        int theta = Arrays.binarySearch(curves.thetas(), demo.tuned().theta());
        double[] mixed = accuracies(lambdas, lambda -> curves.mixedError(theta, lambda));
        int tuned = Arrays.binarySearch(lambdas, demo.tuned().lambda());
        int shown = shown(mixed, Math.max(2, 1 + tuned));
        return chart(
                "lambda",
                Arrays.copyOf(lambdas, shown),
                Arrays.copyOf(mixed, shown),
                demo.tuned().lambda());
    }

    /** Accuracy over θ. */
    private LineChart sharpness() {
        Tuner curves = demo.curves();
        double[] thetas = curves.thetas();
        int lambda = Arrays.binarySearch(curves.lambdas(), demo.tuned().lambda());
        double[] mixed = accuracies(thetas, theta -> curves.mixedError(theta, lambda));
        return chart("theta", thetas, mixed, demo.tuned().theta());
    }

    private static double[] accuracies(double[] values, IntToDoubleFunction error) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> 100 * (1 - error.applyAsDouble(i)))
                .toArray();
    }

    private LineChart chart(String axis, double[] values, double[] mixed, double tuned) {
        double network = 100 * (1 - demo.curves().networkError());
        double[] ends = {values[0], values[values.length - 1]};
        return new LineChart(axis, "accuracy, %")
                .line("mixture", values, mixed)
                .mark("tuned", tuned)
                .line("network", ends, new double[] {network, network});
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

    /** Images of each class that the memory corrects, less those that it breaks. */
    private BarChart classes() {
        List<ClassErrors.Row> classes = demo.classes().rows();
        List<String> names = demo.index().classNames();
        BarChart chart = new BarChart();
        classes.stream()
                .filter(row -> classes.size() <= CLASSES_SHOWN
                        || row.counts().mixedGain().changes() > 0)
                .sorted(Comparator.comparing(row -> -more(row.counts().mixedGain())))
                .limit(CLASSES_SHOWN)
                .forEach(row -> {
                    Gain gain = row.counts().mixedGain();
                    chart.bar(
                            names.get(row.label()),
                            more(gain),
                            String.format(Locale.ROOT, more(gain) == 0 ? "%d" : "%+d", more(gain))
                                    .replace('-', '\u2212'),
                            gain.corrected() + " corrected, " + gain.broken() + " broken");
                });
        return chart;
    }

    private static long more(Gain gain) {
        return gain.corrected() - gain.broken();
    }

    /** Errors on blurred images while they become keys. */
    private LineChart learning() {
        List<Batch> batches = demo.blurred().batches();
        return new LineChart("blurred images among the keys", "error, %")
                .line(
                        "mixture",
                        batches,
                        Batch::learned,
                        batch -> 100 * batch.errors().mixedError())
                .line(
                        "network",
                        batches,
                        Batch::learned,
                        batch -> 100 * batch.errors().networkError());
    }

    /** Queries a second of each engine. */
    BarChart speed() {
        BarChart chart = new BarChart();
        for (EngineTiming row : demo.engines()) {
            if (row.problem() == null) {
                double rate = queriesPerSecond(row);
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
