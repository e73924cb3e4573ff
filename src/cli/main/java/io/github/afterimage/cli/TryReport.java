package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.trial.TrialResult;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Cost;
import io.github.afterimage.experiments.trial.TrialResult.CurvePoint;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.experiments.trial.TrialResult.Input;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.experiments.trial.TrialResult.Part;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reports what a trial found: the answer first, then how it was found. */
record TryReport(TrialResult result) {
    void write(Report report, Path commands, Path page) {
        fields(report);
        report.line(result.sentence()).line("");
        accuracy(report);
        data(report);
        input(report);
        report.line("").line("Classes. " + result.classes().sentence());
        layers(report);
        costs(report);
        curve(report);
        report.line("")
                .line(String.format(
                        Locale.ROOT,
                        "Took %s%s and at most %s of memory.",
                        Format.seconds(result.effort().seconds()),
                        result.effort().networkMillis() > 0
                                ? ", the network "
                                        + Format.fixed(result.effort().networkMillis(), 1) + " ms a picture,"
                                : "",
                        Format.bytes(result.effort().peakBytes())))
                .line(commands + " has the commands that make the index.")
                .line("page with pictures and curves: %s", value("page", page.toString()))
                .line("Use the index with:");
        result.commands().stream()
                .skip(Math.max(0, result.commands().size() - 2))
                .forEach(command -> report.code("  " + command));
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

    private void accuracy(Report report) {
        Accuracy accuracy = result.accuracy();
        Table table = new Table("lrlrrr").row("", "error", "95 % interval", "wrong", "corrected", "broken");
        Gain gain = accuracy.overNetwork();
        add(table, "network", accuracy.network(), null);
        add(table, "memory", accuracy.memory(), null);
        if (gain != null) {
            add(table, "network and memory", accuracy.mixed(), gain);
        }
        add(table, "linear read-out", accuracy.readout(), null);
        report.table(table);
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
                    gain == null ? "" : Format.count(gain.broken()));
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
                        "Preparation. The network reads %s, and the pictures have %s. %s Errors on %s: %s.",
                        input.shape(),
                        input.pictures(),
                        input.reason(),
                        Format.count(input.sample(), "picture"),
                        input.measure()));
        Table table = new Table("lrl").row("preparation", "error", "--preprocess");
        input.tried().forEach(tried -> table.row(tried.name(), Format.percent(tried.error()), tried.typed()));
        report.table(table);
    }

    private void layers(Report report) {
        Layers layers = result.layers();
        if (layers == null) {
            return;
        }
        report.line("").line("Layers. " + layers.reason());
        Table table = new Table("lrr");
        if (!layers.tried().isEmpty()) {
            table.row("layer alone, " + Format.count(layers.keys(), "key"), "mixed", "memory");
        }
        layers.tried()
                .forEach(tried -> table.row(
                        tried.layer(), Format.percent(tried.mixedError()), Format.percent(tried.memoryError())));
        report.table(table);
    }

    private void costs(Report report) {
        TrialResult.Keys keys = result.keys();
        report.line("")
                .line(String.format(
                        Locale.ROOT,
                        "Keys. %s Theta, how much more a similar key counts, is %s; lambda, the weight of the memory beside the"
                                + " network, %s; theta of the memory alone %s.",
                        keys.reason(),
                        Format.number(keys.theta()),
                        Format.number(keys.lambda()),
                        Format.number(keys.memoryTheta())));
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
        report.table(table);
    }

    private void curve(Report report) {
        report.line("").line("Size. Errors on the test examples with a part of the memory, tuned for each.");
        Table table = new Table("rrr").row("keys", "mixed", "memory");
        for (CurvePoint point : result.curve()) {
            table.row(
                    Format.count(point.keys()),
                    Format.percent(point.mixed().error()),
                    Format.percent(point.memory().error()));
        }
        report.table(table);
    }
}
