package io.github.afterimage.experiments.size;

import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.ExperimentDataOptions;
import io.github.afterimage.experiments.options.ExperimentOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "size",
        header = "Measure the error over the number of keys: the paper's Figure 3.",
        description = {
            "",
            "Draws shares of the training examples at random as keys, tunes theta and lambda for each draw, and reports the "
                    + "errors on the test examples. The network runs once; its reduced features are kept in the work folder."
        },
        footer = {
            "  afterimage reproduce size --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers activation_14,activation_16,activation_18 --page size.html"
        })
public final class SizeCommand extends Command {
    private static final String REDUCTION = "pca:256";

    @Mixin
    private ExperimentDataOptions data;

    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--sizes",
            split = ",",
            paramLabel = "PERCENT",
            description =
                    "Shares of the training examples in percent, separated by commas; 0,1,2,5,10,20,40,60,80,100 by default.")
    private List<Double> sizes = List.of(0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0);

    @Option(names = "--repeats", paramLabel = "N", description = "Number of draws of each share; 3 by default.")
    private int repeats = 3;

    @Mixin
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    protected void execute(Report report) throws IOException {
        if (repeats < 1) {
            throw new IllegalArgumentException("--repeats " + repeats + ": expected a positive number");
        }
        for (double size : sizes) {
            if (!(size >= 0 && size <= 100)) {
                throw new IllegalArgumentException("--sizes " + Format.number(size) + " is outside 0..100");
            }
        }
        WorkFolder work = options.begin(data);
        IndexRecipe recipe = options.recipe(data.areFeatures() ? null : REDUCTION);
        ExampleSource source = data.source(options.threads(), work, this::progress);
        KeyLayers keys = layers.require(data.areFeatures());
        double[] fractions =
                sizes.stream().mapToDouble(size -> size / 100).sorted().toArray();
        Protocol protocol = new Protocol(data.rule(), recipe, grid.thetas(), grid.lambdas());
        List<SizeSweep.Size> found;
        try (TerminalProgress progress = progress("sizes")) {
            found = new SizeSweep(keys, fractions, repeats, protocol, work).run(source, progress);
        }
        String described = ExperimentOptions.describe(recipe, source::trainingSize);
        SizeSweepReport results = new SizeSweepReport(found, data.description(), keys, described, repeats);
        results.write(report);
        options.finish(report, work);
    }
}
