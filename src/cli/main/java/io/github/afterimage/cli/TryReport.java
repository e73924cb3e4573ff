package io.github.afterimage.cli;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialResult;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Cost;
import io.github.afterimage.experiments.trial.TrialResult.CurvePoint;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.experiments.trial.TrialResult.Input;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.experiments.trial.TrialResult.Part;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reports what a trial found: the answer first, then how it was found. */
record TryReport(TrialResult result) {
    void write(Report report) {
        TryCharts charts = new TryCharts(result);
        fields(report);
        report.answered(
                        result.network().isEmpty()
                                ? "Does a memory help?"
                                : "Does a memory help " + result.network() + "?",
                        result.sentence())
                .onPage(charts::words);
        accuracy(report, charts);
        report.onPage(charts::pictures);
        curve(report, charts);
        report.onPage(charts::weights);
        costs(report);
        report.heading("What was chosen, and why");
        data(report);
        input(report);
        report.line("").line("Classes. " + result.classes().sentence());
        layers(report);
        keys(report, charts);
        report.line("")
                .line(String.format(
                        Locale.ROOT,
                        "The trial took %s%s and at most %s of memory.",
                        Format.seconds(result.effort().seconds()),
                        result.effort().networkMillis() > 0
                                ? ", the network "
                                        + Format.fixed(result.effort().networkMillis(), 1) + " ms a picture,"
                                : "",
                        Format.bytes(result.effort().peakBytes())))
                .onPage(page -> page.heading("Go on")
                        .paragraph("These commands make, tune and test the same index, and use it.")
                        .code(String.join("\n", result.commands())));
        result.warnings().forEach(report::warning);
    }

    private void fields(Report report) {
        report.field("verdict", result.verdict().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .field("sentence", result.sentence())
                .field("network", result.network())
                .field("data", result.data())
                .field("input", result.input())
                .field("classes", result.classes())
                .field("layers", result.layers())
                .field("keys", result.keys())
                .field("accuracy", result.accuracy())
                .field("costs", result.costs())
                .field("curve", result.curve())
                .field("weights", result.weights())
                .field("commands", result.commands())
                .field("effort", result.effort());
    }

    private void accuracy(Report report, TryCharts charts) {
        Accuracy accuracy = result.accuracy();
        Gain gain = accuracy.overNetwork();
        Gain over = accuracy.overReadout();
        Table table = new Table("lrlrrrr").row("", "error", "95 % interval", "wrong", "corrected", "broken", "p");
        add(table, "network", accuracy.network(), null);
        add(table, "memory", accuracy.memory(), null);
        add(table, "together", gain == null ? null : accuracy.mixed(), gain);
        add(table, "linear read-out", accuracy.readout(), null);
        report.heading("In numbers")
                .table(table)
                .note(Format.count(accuracy.examples(), "test picture") + ". "
                        + (charts.hasNetwork()
                                ? "Corrected, broken and p compare both together with the network alone. "
                                : "")
                        + (accuracy.readout() == null || over == null
                                ? ""
                                : "The linear read-out is the usual alternative to a memory: a logistic regression that is "
                                        + "trained on the same keys. Of the answers in which it differs, "
                                        + (gain == null ? "the memory" : "the mixture")
                                        + " alone is right in " + Format.count(over.corrected())
                                        + " and the read-out alone in " + Format.count(over.broken()) + " (p "
                                        + Format.probability(over.p()) + ")."));
    }

    private static void add(Table table, String name, @Nullable Errors errors, @Nullable Gain gain) {
        if (errors != null) {
            table.row(
                    name,
                    Format.percent(errors.error()),
                    Format.percentages(
                            errors.interval().low(), errors.interval().high()),
                    Format.count(errors.wrong()),
                    gain == null ? "" : Format.count(gain.corrected()),
                    gain == null ? "" : Format.count(gain.broken()),
                    gain == null ? "" : Format.probability(gain.p()));
        }
    }

    private void data(Report report) {
        TrialResult.Data data = result.data();
        Table table = new Table("llrr").row("", "data", "examples", "of the smallest class");
        add(table, "memory", data.memory());
        add(table, "tuning", data.tuning());
        add(table, "test", data.test());
        report.table(table).line("").line(data.division() + " " + data.advice());
    }

    private static void add(Table table, String name, Part part) {
        table.row(name, part.specification(), Format.count(part.size()), Format.count(part.fewest()));
    }

    private void input(Report report) {
        Input input = result.input();
        if (input == null) {
            return;
        }
        report.line("")
                .line(String.format(
                        Locale.ROOT,
                        "Preprocessing. The network reads %s, and the pictures have %s. %s Errors on %s: %s.",
                        input.shape(),
                        input.pictures(),
                        input.reason(),
                        Format.count(input.sample(), "picture"),
                        input.measure()));
        Table table = new Table("lrl").row("preprocessing", "error", "--preprocess");
        input.tried().forEach(tried -> table.row(tried.name(), Format.percent(tried.error()), tried.typed()));
        report.table(table);
    }

    private void layers(Report report) {
        Layers layers = result.layers();
        if (layers == null) {
            return;
        }
        report.line("").line("Layers, whose values are the key. " + layers.reason());
        Table table = new Table("lrr");
        if (!layers.tried().isEmpty()) {
            table.row("layer alone, " + Format.count(layers.keys(), "key"), "together", "memory");
        }
        layers.tried()
                .forEach(tried -> table.row(
                        tried.layer(), Format.percent(tried.mixedError()), Format.percent(tried.memoryError())));
        report.table(table);
    }

    private void keys(Report report, TryCharts charts) {
        TrialResult.Keys keys = result.keys();
        report.line("")
                .line("Keys. " + keys.reason() + " Theta, how much more a similar key counts, is "
                        + (charts.hasNetwork()
                                ? Format.number(keys.theta())
                                        + "; lambda, the weight of the memory beside the network, "
                                        + Format.number(keys.lambda()) + "; theta of the memory alone "
                                        + Format.number(keys.memoryTheta())
                                : Format.number(keys.memoryTheta()))
                        + (keys.beta() == 0
                                ? "."
                                : "; beta, how much the mean of a class counts, " + Format.number(keys.beta()) + "."));
    }

    private void costs(Report report) {
        Table table = new Table("lrrrrl").row("keys", "bytes", "to build", "a query", "tuning error", "");
        for (Cost cost : result.costs()) {
            table.row(
                    cost.keys(),
                    Format.bytes(cost.bytes()),
                    Format.seconds(cost.buildSeconds()),
                    Format.fixed(cost.queryMillis(), 3) + " ms",
                    Format.percent(cost.tuningError()),
                    cost.chosen() ? "taken" : "");
        }
        report.heading("What it costs")
                .onPage(page -> page.paragraph(
                        "Keys can be stored in shorter forms: with fewer values (pca), or with fewer bytes for each value (bf16, "
                                + "i8). The errors are those on the pictures that the form was chosen on."))
                .table(table)
                .note(
                        "To build: with the network's time for all pictures of the memory. A query: one among many, without the "
                                + "network.");
    }

    private void curve(Report report, TryCharts charts) {
        Table table = new Table("rrr").row("keys", charts.hasNetwork() ? "together" : "", "memory");
        for (CurvePoint point : result.curve()) {
            table.row(
                    Format.count(point.keys()),
                    charts.hasNetwork() ? Format.percent(point.mixed().error()) : "",
                    Format.percent(point.memory().error()));
        }
        report.heading("How many labelled pictures does it take?")
                .line(
                        "Errors on the test pictures when the memory has only some of its pictures, tuned for each number.")
                .onPage(charts::curve)
                .table(table);
    }
}
