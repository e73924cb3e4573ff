package io.github.afterimage.cli;

import static io.github.afterimage.experiments.report.Text.bytes;
import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.hidden;
import static io.github.afterimage.experiments.report.Text.hyperparameters;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.cli.output.ErrorReport;
import io.github.afterimage.experiments.EngineTiming;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.PrequentialErrors;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;

/** Reports the three acts of {@code demo}. */
record DemoReport(Demo demo, DemoFiles files, DemoCharts charts) {
    /** Percentage points of error for each sign of a bar. */
    private static final int POINTS_PER_SIGN = 2;

    void write(Report report) throws IOException {
        ErrorCounts counts = demo.errors().counts();
        report.titled(
                demo.errors().gain().isClear()
                        ? "A cache turns " + Format.count(counts.networkErrors(), "error") + " into "
                                + Format.count(counts.mixedErrors())
                        : Format.count(counts.networkErrors(), "error") + " without a cache, "
                                + Format.count(counts.mixedErrors()) + " with it: no gain is shown",
                "A network classifies test images. Then it may look up what it saw in training, in a memory or cache. Nothing is"
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
        ErrorCounts counts = demo.errors().counts();
        Hyperparameters tuned = demo.errors().tuned();
        report.heading("1. A network and its memory")
                .line(
                        "%s, %s%s",
                        IndexText.keys(demo.index()),
                        bytes("bytes", Files.size(files.index())),
                        hidden("index", files.index().toString()))
                .line(
                        "%s that neither has seen; %s, tuned on other images when the index was made",
                        count("examples", counts.examples(), "test image"), hyperparameters(tuned))
                .onPage(page -> page.paragraph(
                        "The network answers with a probability for each class. So does the memory: every"
                                + " key, the remembered activations of one training image, votes for the class of its image, and similar"
                                + " keys count more. The answer is a mixture of both."));
        ErrorReport.report(report, counts);
        report.line("")
                .line(demo.errors().gain().words())
                .field("mcNemar", demo.errors().gain().p())
                .note(
                        "Corrected: wrong in the network, right here. Broken: the reverse. McNemar's test compares both models on the"
                                + " same images.")
                .onPage(page -> page.subheading("How much the memory should weigh")
                        .paragraph(
                                "Accuracy over lambda, the weight of the memory. At 0 the network answers alone. Theta is "
                                        + Format.number(tuned.theta()) + ".")
                        .chart(charts.accuracy())
                        .note("The chart ends where the memory has too much weight and costs more than it gains.")
                        .subheading("How sharp the memory should be")
                        .paragraph(
                                "Accuracy over theta: a small one asks all keys alike, a great one only the nearest. Lambda is "
                                        + Format.number(tuned.lambda()) + ".")
                        .chart(charts.sharpness())
                        .subheading("Who gains")
                        .paragraph("Images of each class that the memory corrects, less those that it breaks.")
                        .chart(charts.classes()));
    }

    private void stream(Report report) {
        DemoStream stream = demo.stream();
        ErrorCounts all = stream.curve().all();
        report.heading("2. Learning while it runs: a camera is out of focus")
                .line(
                        "%s arrive. Each batch is predicted, then its images become keys with their labels. Theta and lambda"
                                + " of a batch are the best on the batches before it.",
                        count("blurred.examples", all.examples(), "blurred image"))
                .onPage(page -> page.chart(charts.learning()))
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
        Table table = new Table("rrrt").row("keys added", "network", "mixed", "");
        for (PrequentialErrors.Batch batch : curve.batches()) {
            ErrorCounts errors = batch.errors();
            table.row(
                            count("learned", batch.learned()),
                            percent("networkError", errors.networkError()),
                            percent("mixedError", errors.mixedError()),
                            "#".repeat((int) Math.round(100 * errors.mixedError() / POINTS_PER_SIGN)))
                    .field("examples", errors.examples())
                    .field("networkErrors", errors.networkErrors())
                    .field("mixedErrors", errors.mixedErrors())
                    .field("theta", batch.used().theta())
                    .field("lambda", batch.used().lambda());
        }
        return table;
    }

    private void engines(Report report) {
        DemoEngines engines = demo.engines();
        Table table = new Table("lrrl").row("engine", "queries/s", "largest |dp|", "");
        for (EngineTiming row : engines.timings()) {
            if (row.problem() != null) {
                table.row(value("name", row.engine()), "-", "-", value("problem", row.problem()));
                continue;
            }
            double rate = engines.queriesPerSecond(row);
            double difference = row.largestDifference();
            String shown = row.engine().equals("reference") ? "" : String.format(Locale.ROOT, "%.0e", difference);
            table.row(
                            value("name", row.engine()),
                            figure("queriesPerSecond", rate, Format.count(Math.round(rate))),
                            figure("largestDifference", difference, shown),
                            row.description())
                    .field("agreeing", row.agreeing());
        }
        report.heading("3. The engines side by side")
                .field("engineQueries", engines.queries())
                .onPage(page -> page.paragraph(
                                "Queries per second over all keys. |dp| is the greatest difference of a probability"
                                        + " from that of the reference, which computes the definition in double precision. An engine that"
                                        + " rounds queries as well, to multiply small integers, differs most.")
                        .chart(charts.speed()))
                .list("engines", table);
        DemoEngines.int8Words(demo.index()).ifPresent(words -> report.line("").line(words));
    }
}
