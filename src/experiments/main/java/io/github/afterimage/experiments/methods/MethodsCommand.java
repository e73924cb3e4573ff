package io.github.afterimage.experiments.methods;

import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.ExperimentOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.report.Report;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares the cache with other methods on the same labelled features. */
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
public final class MethodsCommand extends ExperimentCommand {
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

    public MethodsCommand() {
        super(new GridOptions());
    }

    @Override
    protected void check(boolean features) {
        if (draws < 1) {
            throw new IllegalArgumentException("--draws " + draws + ": expected a positive number");
        }
        amounts();
        methods();
        layers.require(features);
    }

    private List<LabelAmount> amounts() {
        try {
            return labels.stream().map(LabelAmount::parse).distinct().toList();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--labels: " + e.getMessage(), e);
        }
    }

    private Set<Method> methods() {
        try {
            return methods.stream()
                    .map(String::strip)
                    .map(Method::named)
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(Method.class)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--methods: " + e.getMessage(), e);
        }
    }

    @Override
    protected boolean needsProbabilities() {
        return false;
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        MethodComparison.Comparison found;
        try (TerminalProgress progress = progress("methods")) {
            found = new MethodComparison(layers.chosen(), amounts(), draws, methods(), setup.protocol(), setup.work())
                    .run(setup.source(), progress);
        }
        String described = ExperimentOptions.describe(setup.recipe(), setup.source()::trainingSize);
        report.line("%s%s", keys(layers.chosen()), described);
        new MethodReport(found.results()).write(report);
        found.warnings().forEach(report::warning);
    }
}
