package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.cli.options.LayerPatterns;
import io.github.afterimage.cli.output.LayerSweepReport;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.ExperimentDataOptions;
import io.github.afterimage.experiments.options.ExperimentOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.paper.ExampleSource;
import io.github.afterimage.experiments.paper.IndexRecipe;
import io.github.afterimage.experiments.paper.LayerErrors;
import io.github.afterimage.experiments.paper.LayerSweep;
import io.github.afterimage.experiments.paper.Protocol;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.report.Report;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "sweep-layers",
        header = "Try every layer as key, from the image to the output: the paper's Figure 2.",
        description = {
            "",
            "Builds an index of each layer alone and reports the errors on the test examples. Layers longer than the reduction "
                    + "are reduced. As many layers as memory allows share a pass over the images."
        },
        footer = {
            "  afterimage sweep-layers --model resnet20.onnx --data cifar10:data \\",
            "      --layers 'image,activation_*,logits' --page layers.html"
        })
final class SweepLayersCommand extends Command {
    private static final String REDUCTION = "pca:256";
    private static final Hyperparameters MIDDLE = new Hyperparameters(50, 0.5);

    @Mixin
    private ExperimentDataOptions data;

    @Option(
            names = "--layers",
            split = ",",
            paramLabel = "LAYER",
            description =
                    "The layers, separated by commas; * stands for any text, image for the image itself. All by default.")
    private List<String> patterns = List.of("*");

    @Option(
            names = "--tune",
            description =
                    "Tune theta and lambda for each layer; by default they are 50 and 0.5, the middle of the grid.")
    private boolean tune;

    @Option(
            names = "--memory",
            paramLabel = "BYTES",
            description =
                    "Maximum bytes of keys in memory at once, such as 4g; 2g by default. Fewer bytes take more passes.")
    private String memory = "2g";

    @Mixin
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    protected void execute(Report report) throws IOException {
        if (data.areFeatures()) {
            throw new IllegalArgumentException("sweep-layers needs images and a network: features have no layers");
        }
        long bytes = MemoryUse.parse("--memory", memory);
        if (bytes == 0) {
            throw new IllegalArgumentException(
                    "--memory " + memory + ": expected a positive number of bytes, such as 2g");
        }
        WorkFolder work = options.begin(data);
        IndexRecipe recipe = options.recipe(REDUCTION);
        ExampleSource source = data.source(options.threads(), work, this::progress);
        List<String> layers = LayerPatterns.matching(patterns, source);
        Protocol protocol = new Protocol(data.rule(), recipe, grid.thetas(), grid.lambdas());
        List<LayerErrors> found;
        try (TerminalProgress progress = progress("layers")) {
            found = new LayerSweep(layers, bytes, tune ? null : MIDDLE, protocol, work).run(source, progress);
        }
        String described = ExperimentOptions.describe(recipe, () -> source.keys(data.rule()));
        LayerSweepReport results = new LayerSweepReport(found, data.description(), described, tune ? null : MIDDLE);
        results.write(report);
        options.finish(report, work);
    }
}
