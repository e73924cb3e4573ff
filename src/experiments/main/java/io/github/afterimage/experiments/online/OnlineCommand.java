package io.github.afterimage.experiments.online;

import io.github.afterimage.Capacity;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "online",
        header = "Let the cache grow while examples arrive, predicted first and added after.",
        description = {
            "",
            "The continuous cache of Grave et al. (2017), for images: test examples arrive in random order. Each is predicted "
                    + "with the cache of those before it and then joins the cache with its label. Theta, lambda, and whether "
                    + "lambda grows with the cache, are tuned on a stream of other examples."
        },
        footer = {
            "  afterimage reproduce online --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers activation_14,activation_16,activation_18 --page online.html"
        })
public final class OnlineCommand extends Command {
    private static final String REDUCTION = "pca:256";

    @Mixin
    private ExperimentDataOptions data;

    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--every",
            paramLabel = "N",
            description = "Labels become known, and keys are added, after every N examples; 1 by default.")
    private int every = 1;

    @Option(
            names = "--from-training",
            description = "Begin with the training examples in the cache; it is empty by default.")
    private boolean fromTraining;

    @Option(
            names = "--last",
            paramLabel = "N",
            description = "Keep only the N keys that were added last; all by default.")
    private @Nullable Long last;

    @Option(
            names = "--last-per-class",
            paramLabel = "N",
            description = "Keep only the N keys of each class that were added last; all by default.")
    private @Nullable Long lastPerClass;

    @Mixin
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    protected void execute(Report report) throws IOException {
        if (every < 1) {
            throw new IllegalArgumentException("--every " + every + ": expected a positive number");
        }
        Capacity capacity = capacity();
        WorkFolder work = options.begin(data);
        IndexRecipe recipe = options.recipe(data.areFeatures() ? null : REDUCTION);
        ExampleSource source = data.source(options.threads(), work, this::progress);
        KeyLayers keys = layers.require(data.areFeatures());
        Protocol protocol = new Protocol(data.rule(), recipe, grid.thetas(), grid.lambdas());
        OnlineErrors found;
        try (TerminalProgress progress = progress("stream")) {
            found = new OnlineExperiment(keys, every, fromTraining, capacity, protocol, work).run(source, progress);
        }
        String described = ExperimentOptions.describe(recipe, source::trainingSize);
        OnlineReport results = new OnlineReport(found, data.description(), keys, described, begin(), every);
        results.write(report);
        options.finish(report, work);
    }

    private Capacity capacity() {
        if (last != null && lastPerClass != null) {
            throw new IllegalArgumentException("--last and --last-per-class exclude each other: leave one out");
        }
        return last != null
                ? Capacity.lastKeys(last)
                : lastPerClass != null ? Capacity.lastKeysPerClass(lastPerClass) : Capacity.keepAll();
    }

    /** The content of the cache at first, and the keys that it keeps. */
    private String begin() {
        String kept = last != null
                ? ", the last " + Format.count(last) + " kept"
                : lastPerClass != null ? ", the last " + Format.count(lastPerClass) + " of each class kept" : "";
        return (fromTraining ? "with the training examples" : "empty") + kept;
    }
}
