package io.github.afterimage.cli;

import io.github.afterimage.cli.output.MethodReport;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.methods.LabelAmount;
import io.github.afterimage.experiments.methods.Method;
import io.github.afterimage.experiments.methods.MethodComparison;
import io.github.afterimage.experiments.options.ExperimentDataOptions;
import io.github.afterimage.experiments.options.ExperimentOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "methods",
        header = "Compare the cache with a linear read-out, class means and nearest keys.",
        description = {
            "",
            "Every method gets the same labelled features, is tuned on the same other examples, and answers the same test "
                    + "examples: alone, and mixed with the network if there is one. --labels repeats this with fewer labels. "
                    + "Also measures calibration, and the time to make each method and to teach it another class. The network "
                    + "runs once; its reduced features are kept in the work folder."
        },
        footer = {
            "  afterimage measure methods --model resnet56.onnx --data cifar100:data --hold-out 0 \\",
            "      --layers stage3_block4,stage3_block8 --labels 1%,5%,25%,100% --page methods.html",
            "  afterimage measure methods --data features:keys.npz --tuning features:val.npz \\",
            "      --test features:test.npz --labels 1,2,4,8,16"
        })
final class CompareMethodsCommand extends Command {
    private static final String REDUCTION = "pca:256";

    @Mixin
    private ExperimentDataOptions data;

    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--labels",
            split = ",",
            paramLabel = "N",
            description = "Labelled examples of each class, such as 1,4,16, or shares of them, such as 1%%,25%%,100%%; "
                    + "all by default.")
    private List<String> labels = List.of(LabelAmount.ALL.text());

    @Option(
            names = "--draws",
            paramLabel = "N",
            description = "Number of draws of the labels, and of the halves of the test examples if one half tunes; "
                    + "5 by default.")
    private int draws = 5;

    @Option(
            names = "--methods",
            split = ",",
            paramLabel = "NAMES",
            description =
                    "The methods: cache, nearest, means, whitened, factor, discriminant, readout; all by default.")
    private List<String> methods =
            List.of("cache", "nearest", "means", "whitened", "factor", "discriminant", "readout");

    @Mixin
    private GridOptions grid = new GridOptions();

    @Mixin
    private ExperimentOptions options;

    @Override
    protected void execute(Report report) throws IOException {
        if (draws < 1) {
            throw new IllegalArgumentException("--draws " + draws + ": expected a positive number");
        }
        List<LabelAmount> amounts = parse(
                "--labels",
                () -> labels.stream().map(LabelAmount::parse).distinct().toList());
        Set<Method> chosen = parse("--methods", () -> methods.stream()
                .map(String::strip)
                .map(Method::named)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Method.class))));
        WorkFolder work = options.begin(data);
        IndexRecipe recipe = options.recipe(data.areFeatures() ? null : REDUCTION);
        ExampleSource source = data.source(options.threads(), work, this::progress, false);
        KeyLayers keys = layers.require(data.areFeatures());
        Protocol protocol = new Protocol(data.rule(), recipe, grid.thetas(), grid.lambdas());
        MethodComparison.Comparison found;
        try (TerminalProgress progress = progress("methods")) {
            found = new MethodComparison(keys, amounts, draws, chosen, protocol, work).run(source, progress);
        }
        String described = ExperimentOptions.describe(recipe, source::trainingSize);
        MethodReport written = new MethodReport(found.results(), data.description(), keys, described);
        written.write(report);
        found.warnings().forEach(report::warning);
        options.finish(report, work);
    }

    private interface Parsing<T> {
        T run();
    }

    private static <T> T parse(String option, Parsing<T> parsing) {
        try {
            return parsing.run();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
        }
    }
}
