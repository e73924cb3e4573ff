package io.github.afterimage.cli;

import io.github.afterimage.cli.options.ExperimentData;
import io.github.afterimage.cli.options.ExperimentOptions;
import io.github.afterimage.cli.options.GridOptions;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.paper.ExampleSource;
import io.github.afterimage.experiments.paper.MethodResult;
import io.github.afterimage.experiments.paper.Protocol;
import io.github.afterimage.experiments.paper.TableOne;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.statistics.Temperature;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "reproduce",
        header = "Repeat the paper's Table 1 on any network and data.",
        description = {
            "",
            "Tunes and reports as the paper did, and puts beside it what the paper has not: exact confidence intervals and "
                    + "McNemar's test, a temperature-scaled softmax, deep k-nearest neighbours from the same index, calibration and "
                    + "selective prediction. Figures 2 and 3 are \"sweep-layers\" and \"sweep-size\"."
        },
        footer = {
            "  afterimage reproduce table1 --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers activation_14,activation_16,activation_18 --paper 8.33,7.58,11.87 \\",
            "      --page table1.html",
            "  afterimage reproduce table1 --model squeezenet.onnx --data images:train --test images:val \\",
            "      --per-class 275 --layers pool10 --preprocess resize=256,crop=227,order=bgr"
        })
final class ReproduceCommand extends Command {
    /** What can be reproduced under this name. */
    enum What {
        table1
    }

    @Parameters(paramLabel = "table1", description = "What to repeat: table1.")
    @SuppressWarnings("unused") // picocli sets it
    private What what;

    @Mixin
    private ExperimentData data;

    @Option(
            names = "--layers",
            order = 5,
            paramLabel = "LAYERS",
            description =
                    "The layers of a key, separated by commas, each with a weight or without: activation_14,activation_18*2. "
                            + "Given several times, each choice is one more block of the table.")
    private List<String> layers = List.of();

    @Option(
            names = "--neighbors",
            order = 30,
            paramLabel = "K",
            description = "k of deep k-nearest neighbours, 75 by default; 0 leaves them out.")
    private int neighbors = 75;

    @Option(
            names = "--paper",
            order = 31,
            paramLabel = "NETWORK,MIXED,CACHE",
            split = ",",
            description = "Published errors in percent, to stand beside those of the first --layers.")
    private List<Double> paper = List.of();

    @Mixin
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    void execute(Report report) throws IOException {
        if (!paper.isEmpty() && paper.size() != 3) {
            throw new IllegalArgumentException(
                    "--paper has " + paper.size()
                            + " values: expected the errors of network, mixed and cache alone in percent, such as 8.33,7.58,11.87");
        }
        if (neighbors < 0) {
            throw new IllegalArgumentException("--neighbors " + neighbors + ": expected a number that is not negative");
        }
        WorkFolder work = options.begin(data);
        ExampleSource source = data.source(options.threads());
        List<KeyLayers> choices = data.areFeatures() && layers.isEmpty()
                ? List.of(KeyLayers.of(List.of()))
                : layers.stream().map(KeyLayers::parse).toList();
        if (choices.isEmpty()) {
            throw new IllegalArgumentException(
                    "images need --layers: name the layers that make a key; \"layers MODEL\" lists them");
        }
        List<TableOne.Block> blocks = new ArrayList<>();
        for (KeyLayers choice : choices) {
            Protocol protocol = new Protocol(data.rule(), options.recipe(null), grid.thetas(), grid.lambdas());
            try (TerminalProgress progress = progress("table 1")) {
                blocks.add(new TableOne(choice, neighbors, protocol, work).run(source, progress));
            }
        }
        String described = ExperimentOptions.describe(
                options.recipe(null), () -> blocks.get(0).tuning().keys());
        report(report, blocks, described);
        options.finish(report, work, TableOnePage.of(blocks, paper, data.description(), described));
    }

    /** The published error of a method in the first block, in percent; null where there is none. */
    static Double published(List<Double> paper, int block, String method) {
        int place = List.of(TableOne.NETWORK, TableOne.MIXED, TableOne.CACHE).indexOf(method);
        return block > 0 || place < 0 || paper.isEmpty() ? null : paper.get(place);
    }

    private void report(Report report, List<TableOne.Block> blocks, String described) {
        List<Map<String, Object>> fields = new ArrayList<>();
        report.line(data.description());
        for (int i = 0; i < blocks.size(); i++) {
            TableOne.Block block = blocks.get(i);
            TableOne.Tuning tuning = block.tuning();
            TableOne.Scores scores = block.scores();
            report.line("")
                    .line((block.layers().names().isEmpty() ? "" : "keys " + block.layers() + ": ")
                            + Format.count(scores.keys()) + " of dim " + Format.count(scores.dim()) + ", "
                            + described)
                    .line("tuned on " + Format.count(tuning.examples()) + " against " + Format.count(tuning.keys())
                            + " keys: theta " + Format.number(tuning.theta()) + ", lambda "
                            + Format.number(tuning.lambda()) + "; cache only, theta "
                            + Format.number(tuning.cacheTheta()) + "; " + temperature(tuning))
                    .line("reported on " + Format.count(scores.examples()) + " test examples");
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
            List<Map<String, Object>> methods = new ArrayList<>();
            for (MethodResult method : scores.methods()) {
                Double published = published(paper, i, method.name());
                table.row(cells(block, method, published).toArray());
                methods.add(fields(block, method, published));
            }
            report.table(table);
            if (scores.method(TableOne.NEIGHBORS) != null) {
                report.line("")
                        .line("k nearest: credibility " + Format.number(scores.credibilityRight()) + " where right, "
                                + Format.number(scores.credibilityWrong()) + " where wrong; confidence "
                                + Format.number(scores.confidenceRight()) + " and "
                                + Format.number(scores.confidenceWrong()));
            }
            fields.add(Report.object(
                    "layers", block.layers().toString(),
                    "keys", scores.keys(),
                    "keyDim", scores.dim(),
                    "examples", scores.examples(),
                    "tuning", tuning,
                    "credibilityRight", scores.credibilityRight(),
                    "credibilityWrong", scores.credibilityWrong(),
                    "methods", methods));
        }
        report.field("data", data.description()).field("blocks", fields);
    }

    /** {@code temperature 1.31}, and whether the search for it went no further. */
    static String temperature(TableOne.Tuning tuning) {
        return "temperature " + Format.number(tuning.temperature())
                + (new Temperature(tuning.temperature()).atEdge() ? " (the search's edge)" : "");
    }

    /** The cells of a row: name, paper, error, interval, corrected, broken, p, log loss, calibration error, risk. */
    static List<String> cells(TableOne.Block block, MethodResult method, Double published) {
        Interval interval = block.interval(method);
        boolean network = method.name().equals(TableOne.NETWORK);
        boolean same = method.corrected() + method.broken() == 0;
        return List.of(
                method.name(),
                published == null ? "" : Format.percent(published / 100),
                Format.percent(block.error(method)),
                Format.percent(interval.low()).replace(" %", "") + " to " + Format.percent(interval.high()),
                network ? "" : Format.count(method.corrected()),
                network ? "" : Format.count(method.broken()),
                same ? "" : Format.probability(method.pValue()),
                Format.fixed(method.logLoss(), 4),
                Format.percent(method.calibrationError()),
                Format.percent(method.riskAt(90)));
    }

    private static Map<String, Object> fields(TableOne.Block block, MethodResult method, Double published) {
        Interval interval = block.interval(method);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", method.name());
        if (published != null) {
            fields.put("paperError", published / 100);
        }
        fields.put("error", block.error(method));
        fields.put("low", interval.low());
        fields.put("high", interval.high());
        fields.put("corrected", method.corrected());
        fields.put("broken", method.broken());
        fields.put("mcNemar", method.pValue());
        fields.put("logLoss", method.logLoss());
        fields.put("calibrationError", method.calibrationError());
        fields.put("riskAt90", method.riskAt(90));
        fields.put("riskArea", method.riskArea());
        return fields;
    }
}
