package io.github.afterimage.experiments.table1;

import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.ExperimentOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Repeats the paper's Table 1. */
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

    public TableOneCommand() {
        super(GridOptions.ofThePaper());
    }

    @Override
    protected void check(boolean features) {
        if (!paper.isEmpty() && paper.size() != 3) {
            throw new IllegalArgumentException(
                    "--paper has " + paper.size()
                            + " values: expected the errors of network, mixed and cache alone in percent, such as 8.33,7.58,11.87");
        }
        if (neighbors < 0) {
            throw new IllegalArgumentException("--neighbors " + neighbors + ": expected a number that is not negative");
        }
        if (!features && layers.isEmpty()) {
            throw new IllegalArgumentException(
                    "images need --layers: name the layers that make a key; \"layers MODEL\" lists them");
        }
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
            try (TerminalProgress progress = progress("table 1")) {
                blocks.add(
                        new TableOne(choice, neighbors, setup.protocol(), setup.work()).run(setup.source(), progress));
            }
        }
        String described = ExperimentOptions.describe(
                setup.recipe(), () -> blocks.get(0).tuning().keys());
        new TableOneReport(blocks, paper, described).write(report);
    }
}
