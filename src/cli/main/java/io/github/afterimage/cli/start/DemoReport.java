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
        DemoStream stream = demo.stream();
        ErrorCounts all = stream.curve().all();
        report.heading("2. Learning while it runs: a camera is out of focus")
                .line(
                        "%s arrive. Each batch is predicted, then its images become keys with their labels. Theta,"
                                + " lambda and beta of a batch are the best on the batches before it.",
                        Text.count("blurred.examples", all.examples(), "blurred image"))
                .onPage(page -> page.chart(learning()))
                .list("blurred.batches", batches(stream.curve()))
                .line("")
                .line(stream.words())
                .line(stream.swappedWords())
                .field("blurred.networkErrors", all.networkErrors())
                .field("blurred.mixedErrors", all.mixedErrors())
                .field("clean.examples", stream.clean().examples())
                .field("clean.errorsBefore", stream.before())
                .field("clean.errorsAfter", stream.after())
                .field("clean.corrected", stream.clean().corrected())
                .field("clean.broken", stream.clean().broken())
                .field("clean.errorsTunedOnBlurred", stream.swapped());
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
        int theta = indexOf(curves.thetas(), demo.tuned().theta());
        double[] lambdas = curves.lambdas();
        double[] mixed = IntStream.range(0, lambdas.length)
                .mapToDouble(l -> 100 * (1 - curves.mixedError(theta, l)))
                .toArray();
        int shown = shown(mixed, Math.max(2, 1 + indexOf(lambdas, demo.tuned().lambda())));
        double[] drawn = Arrays.copyOf(lambdas, shown);
        return new LineChart("lambda", "accuracy, %")
                .line("mixture", drawn, Arrays.copyOf(mixed, shown))
                .mark("tuned", demo.tuned().lambda())
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
        Tuner curves = demo.curves();
        int lambda = indexOf(curves.lambdas(), demo.tuned().lambda());
        double[] thetas = curves.thetas();
        return new LineChart("theta", "accuracy, %")
                .line(
                        "mixture",
                        thetas,
                        IntStream.range(0, thetas.length)
                                .mapToDouble(t -> 100 * (1 - curves.mixedError(t, lambda)))
                                .toArray())
                .mark("tuned", demo.tuned().theta())
                .line("network", ends(thetas), twice(100 * (1 - curves.networkError())));
    }

    /** Images of each class that the memory corrects, less those that it breaks. */
    BarChart classes() {
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
        List<Batch> batches = demo.stream().curve().batches();
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
