package io.github.afterimage.cli.output;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.fixed;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.paper.TableOne;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.statistics.MethodResult;
import io.github.afterimage.experiments.statistics.Reliability;
import io.github.afterimage.experiments.statistics.Temperature;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reports the paper's Table 1.
 *
 * @param paper the published errors of network, mixture and cache in percent for the first block; empty if none are given
 * @param data a description of the examples
 * @param described the reduction and the type of the keys
 */
public record TableOneReport(List<TableOne.Block> blocks, List<Double> paper, String data, String described) {
    /** The published error of a method in the first block, in percent; null where there is none. */
    private @Nullable Double published(int block, String method) {
        int index = List.of(TableOne.NETWORK, TableOne.MIXED, TableOne.CACHE).indexOf(method);
        return block > 0 || index < 0 || paper.isEmpty() ? null : paper.get(index);
    }

    public void write(Report report) {
        TableOne.Scores first = blocks.get(0).scores();
        report.titled(
                        Format.count(first.method(TableOne.NETWORK).errors(), "error") + " with the network, "
                                + Format.count(first.method(TableOne.MIXED).errors()) + " with a cache",
                        "The paper's Table 1: " + Format.count(first.examples())
                                + " test images, which neither theta nor lambda was chosen on.")
                .line(value("data", data));
        for (int i = 0; i < blocks.size(); i++) {
            report.element("blocks", report(blocks.get(i), i));
        }
    }

    private Report report(TableOne.Block block, int number) {
        TableOne.Tuning tuning = block.tuning();
        TableOne.Scores outcome = block.scores();
        String layers = block.layers().toString();
        Report report = new Report()
                .line("")
                .onPage(page ->
                        page.heading(layers.isEmpty() ? "Keys as given" : "Keys of " + layers.replace(",", ", ")))
                .line(
                        "%s%s of dim %s, %s",
                        figure("layers", layers, layers.isEmpty() ? "" : "keys " + layers + ": "),
                        count("keys", outcome.keys()),
                        count("keyDim", outcome.dim()),
                        described)
                .line(figure(
                        "tuning",
                        tuning,
                        "tuned on " + Format.count(tuning.examples()) + " against " + Format.count(tuning.keys())
                                + " keys: theta " + Format.number(tuning.theta()) + ", lambda "
                                + Format.number(tuning.lambda()) + "; cache only, theta "
                                + Format.number(tuning.cacheTheta()) + "; " + whitened(tuning) + temperature(tuning)))
                .line("reported on %s test examples", count("examples", outcome.examples()))
                .list("methods", table(block, number))
                .note(
                        "Intervals are exact (Clopper and Pearson); p is McNemar's exact test against the network. Whitened: the mixture with keys "
                                + "of at most 256 values that are whitened within the classes, and with a factor for each class.")
                .onPage(page -> page.chart(errors(block)))
                .onPage(page -> calibration(page, outcome))
                .onPage(page -> selection(page, outcome));
        Text credibility = Text.of(
                "k nearest: credibility %s where right, %s%s",
                number("credibilityRight", outcome.credibilityRight()),
                number("credibilityWrong", outcome.credibilityWrong()),
                " where wrong; confidence " + Format.number(outcome.confidenceRight()) + " and "
                        + Format.number(outcome.confidenceWrong()));
        if (outcome.method(TableOne.NEIGHBORS) != null) {
            report.line("").line(credibility);
        } else {
            credibility.figures().forEach(report::field);
        }
        return report;
    }

    private static String whitened(TableOne.Tuning tuning) {
        Hyperparameters found = tuning.whitened();
        return found == null ? "" : "whitened, " + Text.hyperparameters(found) + "; ";
    }

    /** {@code temperature 1.31}, and whether the search for it went no further. */
    private static String temperature(TableOne.Tuning tuning) {
        return "temperature " + Format.number(tuning.temperature())
                + (new Temperature(tuning.temperature()).atEdge() ? " (the search's edge)" : "");
    }

    /** The columns: name, paper, error, interval, corrected, broken, p, log loss, calibration error, risk. */
    private Table table(TableOne.Block block, int number) {
        Table table = new Table("lrrlrrrrrr")
                .row(
                        "",
                        "paper",
                        "error",
                        "95 % interval",
                        "corrected",
                        "broken",
                        "p (McNemar)",
                        "-log p",
                        "ECE",
                        "surest 90 %");
        for (MethodResult method : block.scores().methods()) {
            Double published = published(number, method.name());
            Interval interval = block.interval(method);
            boolean network = method.name().equals(TableOne.NETWORK);
            boolean same = method.corrected() + method.broken() == 0;
            double p = method.pValue();
            table.row(
                            value("name", method.name()),
                            published == null ? "" : percent("paperError", published / 100),
                            percent("error", block.error(method)),
                            Text.of(
                                    "%s to %s",
                                    figure("low", interval.low(), Format.fixed(100 * interval.low(), 2)),
                                    percent("high", interval.high())),
                            figure("corrected", method.corrected(), network ? "" : Format.count(method.corrected())),
                            figure("broken", method.broken(), network ? "" : Format.count(method.broken())),
                            figure("mcNemar", p, same ? "" : Format.probability(p)),
                            fixed("logLoss", method.logLoss(), 4),
                            percent("calibrationError", method.calibrationError()),
                            percent("riskAt90", method.riskAt(90)))
                    .field("riskArea", method.riskArea())
                    .field("brier", method.brier());
        }
        return table;
    }

    private static BarChart errors(TableOne.Block block) {
        BarChart errors = new BarChart();
        for (MethodResult method : block.scores().methods()) {
            Interval interval = block.interval(method);
            errors.bar(
                    method.name(),
                    100 * block.error(method),
                    Format.percent(block.error(method)),
                    Format.percentages(interval.low(), interval.high()));
        }
        return errors;
    }

    private static void calibration(Page page, TableOne.Scores outcome) {
        page.heading("Does it know how sure it may be?");
        page.paragraph("How often predictions are right, over the probability that they give themselves. On the dotted "
                + "line they are right as often as they say; below it they are too sure.");
        LineChart chart =
                new LineChart("confidence", "right, %").guide("as it says", new double[] {0, 1}, new double[] {0, 100});
        for (MethodResult method : outcome.methods()) {
            if (!method.name().equals(TableOne.NEIGHBORS)) {
                chart.line(
                        lineName(method),
                        method.bins().stream()
                                .mapToDouble(Reliability.Bin::confidence)
                                .toArray(),
                        method.bins().stream()
                                .mapToDouble(bin -> 100 * bin.accuracy())
                                .toArray());
            }
        }
        page.chart(chart);
        if (outcome.method(TableOne.NEIGHBORS) != null) {
            page.note("Deep k-nearest neighbours take the share of votes as probability.");
        }
    }

    /** Short enough to stand where a line ends. Both charts have the methods in the same order, hence the same colours. */
    private static String lineName(MethodResult method) {
        return method.name().equals(TableOne.SCALED) ? "temperature" : method.name();
    }

    private static void selection(Page page, TableOne.Scores outcome) {
        page.heading("If it may decline to answer");
        page.paragraph(
                "The error rate among the most confident predictions, over how many of all images are answered.");
        LineChart chart = new LineChart("answered, %", "error, %");
        for (MethodResult method : outcome.methods()) {
            double[] risks = method.risks();
            chart.line(
                    lineName(method),
                    IntStream.rangeClosed(1, risks.length)
                            .mapToDouble(i -> 100.0 * i / risks.length)
                            .toArray(),
                    IntStream.range(0, risks.length)
                            .mapToDouble(i -> 100 * risks[i])
                            .toArray());
        }
        page.chart(chart);
        page.table(
                List.of("", "error at 80 %", "at 90 %", "at 95 %", "mean over all"),
                outcome.methods().stream()
                        .map(method -> List.of(
                                method.name(),
                                Format.percent(method.riskAt(80)),
                                Format.percent(method.riskAt(90)),
                                Format.percent(method.riskAt(95)),
                                Format.percent(method.riskArea())))
                        .toList());
    }
}
