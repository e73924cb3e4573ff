package io.github.afterimage.cli;

import io.github.afterimage.cli.output.TableOneReport;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.ExperimentDataOptions;
import io.github.afterimage.experiments.options.ExperimentOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.paper.TableOne;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "table1",
        header = "Repeat the paper's Table 1 on any network and data.",
        description = {
            "",
            "Tunes and reports as the paper did, and adds exact confidence intervals, McNemar's test, a temperature-scaled "
                    + "softmax, deep k-nearest neighbours from the same index, calibration, selective prediction, and the "
                    + "mixture with whitened keys and a factor for each class. "
                    + "\"reproduce layers\" and \"reproduce size\" repeat Figures 2 and 3."
        },
        footer = {
            "  afterimage reproduce table1 --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers activation_14,activation_16,activation_18 --paper 8.33,7.58,11.87 \\",
            "      --page table1.html",
            "  afterimage reproduce table1 --model squeezenet.onnx --data images:train --test images:val \\",
            "      --per-class 275 --layers pool10 --preprocess resize=256,crop=227,order=bgr"
        })
final class ReproduceCommand extends Command {
    @Mixin
    private ExperimentDataOptions data;

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
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    protected void execute(Report report) throws IOException {
        if (!paper.isEmpty() && paper.size() != 3) {
            throw new IllegalArgumentException(
                    "--paper has " + paper.size()
                            + " values: expected the errors of network, mixed and cache alone in percent, such as 8.33,7.58,11.87");
        }
        if (neighbors < 0) {
            throw new IllegalArgumentException("--neighbors " + neighbors + ": expected a number that is not negative");
        }
        WorkFolder work = options.begin(data);
        ExampleSource source = data.source(options.threads(), work, this::progress);
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
        TableOneReport results = new TableOneReport(blocks, paper, data.description(), described);
        results.write(report);
        options.finish(report, work);
    }
}
