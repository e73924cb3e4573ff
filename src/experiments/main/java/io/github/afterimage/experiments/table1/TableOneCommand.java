package io.github.afterimage.experiments.table1;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.statistics.MethodResult;
import io.github.afterimage.experiments.statistics.Reliability.Bin;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Repeats the paper's Table 1. */
@picocli.CommandLine.Command(
        name = "table1",
        header = "Repeat the paper's Table 1 on any network and data.",
        description = {
            "",
            "Tunes and reports as the paper did, and adds exact confidence intervals, McNemar's test, a temperature-scaled "
                    + "softmax, deep k-nearest neighbours from the same index, calibration and selective prediction. "
                    + "\"reproduce layers\" and \"reproduce size\" repeat Figures 2 and 3."
        },
        footer = {
            "  afterimage reproduce table1 --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers activation_14,activation_16,activation_18 --paper 8.33,7.58,11.87 \\",
            "      --page table1.html",
            "  afterimage reproduce table1 --model squeezenet.onnx --data images:train --test images:val \\",
            "      --per-class 275 --layers pool10 --preprocess resize=256,crop=227,order=bgr"
        })
public final class TableOneCommand extends ExperimentCommand {
    @Option(
            names = "--layers",
            paramLabel = "LAYERS",
            description =
                    "The layers of a key, separated by commas, each with a weight or without: activation_14,activation_18*2. "
                            + "Given several times, each choice is one more block of the table.")
    private List<String> layers = List.of();

    @Option(
            names = "--neighbors",
            paramLabel = "K",
            description = "k of deep k-nearest neighbours, 75 by default; 0 leaves them out.")
    private int neighbors = 75;

    @Option(
            names = "--paper",
            paramLabel = "NETWORK,MIXED,CACHE",
            split = ",",
            description = "Published errors in percent, to stand beside those of the first --layers.")
    private List<Double> paper = List.of();

    @Mixin
    private PageOption page;

    @Override
    protected PageOption page() {
        return page;
    }

    @Override
    protected void check(boolean features) {
        refuse(
                !paper.isEmpty() && paper.size() != 3,
                "--paper has " + paper.size()
                        + " values: expected the errors of network, mixed and cache alone in percent, such as 8.33,7.58,11.87");
        refuse(neighbors < 0, "--neighbors " + neighbors + ": expected a number that is not negative");
        refuse(
                !features && layers.isEmpty(),
                "images need --layers: name the layers that make a key; \"layers MODEL\" lists them");
    }

    @Override
    protected @Nullable String reduction(boolean features) {
        return null;
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        List<KeyLayers> choices = layers.isEmpty()
                ? List.of(KeyLayers.of(List.of()))
                : layers.stream().map(KeyLayers::parse).toList();
        List<TableOne.Block> blocks = new ArrayList<>();
        for (KeyLayers choice : choices) {
            TableOne table = new TableOne(choice, neighbors, setup.protocol(), setup.work());
            blocks.add(step("table 1", progress -> table.run(setup.source(), progress)));
        }
        String described = describe(setup.recipe(), () -> blocks.get(0).tuning().keys());
        write(report, blocks, described);
    }

    /** The published error of a method in the first block, in percent; null where there is none. */
    private @Nullable Double published(int block, String method) {
        int index = List.of(TableOne.NETWORK, TableOne.MIXED, TableOne.CACHE).indexOf(method);
        return block > 0 || index < 0 || paper.isEmpty() ? null : paper.get(index);
    }

    private void write(Report report, List<TableOne.Block> blocks, String described) {
        TableOne.Scores first = blocks.get(0).scores();
        report.titled(
                Format.count(first.method(TableOne.NETWORK).errors(), "error") + " with the network, "
                        + Format.count(first.method(TableOne.MIXED).errors()) + " with a cache",
                "The paper's Table 1: " + Format.count(first.examples())
                        + " test images, which neither theta nor lambda was chosen on.");
        for (int i = 0; i < blocks.size(); i++) {
            report.element("blocks", report(blocks.get(i), i, described));
        }
    }

    private Report report(TableOne.Block block, int number, String described) {
        TableOne.Tuning tuning = block.tuning();
        TableOne.Scores outcome = block.scores();
        String layers = block.layers().toString();
        Report report = new Report()
                .line("")
                .onPage(page ->
                        page.heading(layers.isEmpty() ? "Keys as given" : "Keys of " + layers.replace(",", ", ")))
                .line(
                        "%s%s of dim %s, %s",
                        Text.figure("layers", layers, layers.isEmpty() ? "" : "keys " + layers + ": "),
                        Text.count("keys", outcome.keys()),
                        Text.count("keyDim", outcome.dim()),
                        described)
                .line(Text.figure(
                        "tuning",
                        tuning,
                        "tuned on " + Format.count(tuning.examples()) + " against " + Format.count(tuning.keys())
                                + " keys: theta " + Format.number(tuning.theta()) + ", lambda "
                                + Format.number(tuning.lambda()) + "; cache only, theta "
                                + Format.number(tuning.cacheTheta()) + "; " + temperature(tuning)))
                .line("reported on %s test examples", Text.count("examples", outcome.examples()))
                .list("methods", table(block, number))
                .note("Intervals are exact (Clopper and Pearson); p is McNemar's exact test against the network.")
                .onPage(page -> page.chart(errors(block)))
                .onPage(page -> calibration(page, outcome))
                .onPage(page -> selection(page, outcome));
        Text credibility = Text.of(
                "k nearest: credibility %s where right, %s%s",
                Text.number("credibilityRight", outcome.credibilityRight()),
                Text.number("credibilityWrong", outcome.credibilityWrong()),
                " where wrong; confidence " + Format.number(outcome.confidenceRight()) + " and "
                        + Format.number(outcome.confidenceWrong()));
        if (outcome.method(TableOne.NEIGHBORS) != null) {
            report.line("").line(credibility);
        } else {
            credibility.figures().forEach(report::field);
        }
        return report;
    }

    /** {@code temperature 1.31}, and whether the search for it went no further. */
    private static String temperature(TableOne.Tuning tuning) {
        return "temperature " + Format.number(tuning.temperature())
                + (new Temperature(tuning.temperature()).atEdge() ? " (the search's edge)" : "");
    }

    private Table table(TableOne.Block block, int number) {
        return new Columns<MethodResult>()
                .text("", "name", method -> method.name())
                .right("paper", method -> {
                    Double published = published(number, method.name());
                    return published == null ? "" : Text.percent("paperError", published / 100);
                })
                .percent("error", "error", MethodResult::error)
                .left(
                        "95 % interval",
                        method -> {
                            Interval interval = method.interval();
                            return Text.of(
                                    "%s to %s",
                                    Text.figure("low", interval.low(), Format.fixed(100 * interval.low(), 2)),
                                    Text.percent("high", interval.high()));
                        })
                .right("corrected", method -> compared("corrected", method, method.corrected()))
                .right("broken", method -> compared("broken", method, method.broken()))
                .right(
                        "p (McNemar)",
                        method -> Text.figure(
                                "mcNemar",
                                method.pValue(),
                                method.corrected() + method.broken() == 0 ? "" : Format.probability(method.pValue())))
                .fixed("-log p", "logLoss", 4, method -> method.logLoss())
                .percent("ECE", "calibrationError", method -> method.calibrationError())
                .percent("surest 90 %", "riskAt90", method -> method.riskAt(90))
                .field("riskArea", MethodResult::riskArea)
                .field("brier", MethodResult::brier)
                .table(block.scores().methods());
    }

    /** A number of answers that differ from the network's. */
    private static Text compared(String name, MethodResult method, long answers) {
        return Text.figure(name, answers, method.name().equals(TableOne.NETWORK) ? "" : Format.count(answers));
    }

    private static BarChart errors(TableOne.Block block) {
        BarChart errors = new BarChart();
        for (MethodResult method : block.scores().methods()) {
            Interval interval = method.interval();
            errors.bar(
                    method.name(),
                    100 * method.error(),
                    Format.percent(method.error()),
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
                chart.line(lineName(method), method.bins(), Bin::confidence, bin -> 100 * bin.accuracy());
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
        new Columns<MethodResult>()
                .left("", MethodResult::name)
                .right("error at 80 %", method -> Format.percent(method.riskAt(80)))
                .right("at 90 %", method -> Format.percent(method.riskAt(90)))
                .right("at 95 %", method -> Format.percent(method.riskAt(95)))
                .right("mean over all", method -> Format.percent(method.riskArea()))
                .table(outcome.methods())
                .addTo(page);
    }
}
