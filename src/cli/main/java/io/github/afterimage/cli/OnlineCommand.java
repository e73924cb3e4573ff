package io.github.afterimage.cli;

import io.github.afterimage.Capacity;
import io.github.afterimage.cli.options.ExperimentData;
import io.github.afterimage.cli.options.ExperimentOptions;
import io.github.afterimage.cli.options.GridOptions;
import io.github.afterimage.cli.options.KeyLayersOption;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.paper.ExampleSource;
import io.github.afterimage.experiments.paper.IndexRecipe;
import io.github.afterimage.experiments.paper.OnlineErrors;
import io.github.afterimage.experiments.paper.OnlineExperiment;
import io.github.afterimage.experiments.paper.Protocol;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "online",
        header = "Let the cache grow while examples arrive, predicted first and added after.",
        description = {
            "",
            "The continuous cache of Grave et al. (2017) for images: test examples arrive in random order, each is predicted "
                    + "with what arrived before, and then joins the cache with its label. Theta, lambda, and whether lambda grows with the "
                    + "cache, are tuned on a stream of other examples."
        },
        footer = {
            "  afterimage online --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers activation_14,activation_16,activation_18 --page online.html"
        })
final class OnlineCommand extends Command {
    private static final String REDUCTION = "pca:256";

    @Mixin
    private ExperimentData data;

    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--every",
            order = 30,
            paramLabel = "N",
            description = "Labels become known after every N examples; 1 by default.")
    private int every = 1;

    @Option(
            names = "--from-training",
            order = 31,
            description = "Begin with the training examples in the cache; empty by default.")
    private boolean fromTraining;

    @Option(
            names = "--last",
            order = 32,
            paramLabel = "N",
            description = "Keep the N keys that were added last; all by default.")
    private Long last;

    @Option(
            names = "--last-per-class",
            order = 33,
            paramLabel = "N",
            description = "Keep of each class the N keys that were added last.")
    private Long lastPerClass;

    @Mixin
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    void execute(Report report) throws IOException {
        if (every < 1) {
            throw new IllegalArgumentException("--every " + every + ": expected a positive number");
        }
        Capacity capacity = capacity();
        WorkFolder work = options.begin(data);
        IndexRecipe recipe = options.recipe(data.areFeatures() ? null : REDUCTION);
        ExampleSource source = data.source(options.threads());
        KeyLayers keys = layers.require(data.areFeatures());
        Protocol protocol = new Protocol(data.rule(), recipe, grid.thetas(), grid.lambdas());
        OnlineErrors found;
        try (TerminalProgress progress = progress("stream")) {
            found = new OnlineExperiment(keys, every, fromTraining, capacity, protocol, work).run(source, progress);
        }
        String described = ExperimentOptions.describe(recipe, source::trainingSize);
        report(report, found, keys, described);
        options.finish(report, work, page(found, keys, described));
    }

    private Capacity capacity() {
        if (last != null && lastPerClass != null) {
            throw new IllegalArgumentException("--last and --last-per-class exclude each other: leave one out");
        }
        return last != null
                ? Capacity.lastKeys(last)
                : lastPerClass != null ? Capacity.lastKeysPerClass(lastPerClass) : Capacity.keepAll();
    }

    /** Which keys stay, in words; empty where all do. */
    private String kept() {
        return last != null
                ? ", the last " + Format.count(last) + " kept"
                : lastPerClass != null ? ", the last " + Format.count(lastPerClass) + " of each class kept" : "";
    }

    private void report(Report report, OnlineErrors found, KeyLayers keys, String described) {
        report.line(data.description())
                .line((keys.names().isEmpty() ? "" : "keys " + keys + ", ") + described + "; the cache begins "
                        + (fromTraining ? "with the training examples" : "empty") + kept() + " and ends with "
                        + Format.count(found.keys(), "key"))
                .line("tuned on a stream of " + Format.count(found.tunedOn()) + ": theta "
                        + Format.number(found.theta()) + ", lambda " + lambda(found));
        Table table = new Table("rrr").row("of the stream", "network", "with cache");
        int points = found.seen().length;
        for (int tenth = 1; tenth <= 10; tenth++) {
            int to = points * tenth / 10 - 1;
            int from = points * (tenth - 1) / 10 - 1;
            if (to > from) {
                table.row(
                        tenth * 10 - 9 + " to " + tenth * 10 + " %",
                        Format.percent(error(found, found.networkErrors(), from, to)),
                        Format.percent(error(found, found.mixedErrors(), from, to)));
            }
        }
        int last = points - 1;
        table.row(
                "all",
                Format.percent(error(found, found.networkErrors(), -1, last)),
                Format.percent(error(found, found.mixedErrors(), -1, last)));
        report.table(table);
        report.field("data", data.description())
                .field("layers", keys.toString())
                .field("theta", found.theta())
                .field("lambda", found.lambda())
                .field("half", found.half())
                .field("tunedOn", found.tunedOn())
                .field("examples", found.seen()[last])
                .field("networkError", error(found, found.networkErrors(), -1, last))
                .field("mixedError", error(found, found.mixedErrors(), -1, last))
                .field("keys", found.keys())
                .field("seen", found.seen())
                .field("networkErrors", found.networkErrors())
                .field("mixedErrors", found.mixedErrors());
    }

    /** {@code 0.5}, or {@code 0.5 n / (n + 2,000) with n keys}. */
    private static String lambda(OnlineErrors found) {
        return Format.number(found.lambda())
                + (found.half() == 0 ? "" : " n / (n + " + Format.count(found.half()) + ") with n keys");
    }

    /** The error rate between two points. */
    private static double error(OnlineErrors found, int[] errors, int from, int to) {
        int before = from < 0 ? 0 : errors[from];
        int seen = found.seen()[to] - (from < 0 ? 0 : found.seen()[from]);
        return (double) (errors[to] - before) / seen;
    }

    private Page page(OnlineErrors found, KeyLayers keys, String described) {
        int last = found.seen().length - 1;
        double[] seen = Arrays.stream(found.seen()).asDoubleStream().toArray();
        Page page = new Page(
                "Learning while it runs",
                "A cache that begins " + (fromTraining ? "with the training images" : "empty") + kept() + ". "
                        + Format.count(found.seen()[last])
                        + " images arrive; each is predicted with what arrived before, "
                        + "and then joins the cache with its label. " + data.description() + ".");
        page.heading("Errors so far");
        page.paragraph("The error rate of all images until then: "
                + Format.percent(error(found, found.networkErrors(), -1, last))
                + " for the network in the end, " + Format.percent(error(found, found.mixedErrors(), -1, last))
                + " with the cache.");
        page.chart(new LineChart("images seen", "error, %")
                .line(
                        "with cache",
                        seen,
                        IntStream.rangeClosed(0, last)
                                .mapToDouble(i -> 100 * error(found, found.mixedErrors(), -1, i))
                                .toArray())
                .line(
                        "network",
                        seen,
                        IntStream.rangeClosed(0, last)
                                .mapToDouble(i -> 100 * error(found, found.networkErrors(), -1, i))
                                .toArray()));
        page.heading("What the cache saved");
        page.paragraph("Errors of the network less errors with the cache, so far.");
        page.chart(new LineChart("images seen", "errors saved")
                .line(
                        "saved",
                        seen,
                        IntStream.rangeClosed(0, last)
                                .mapToDouble(i -> found.networkErrors()[i] - found.mixedErrors()[i])
                                .toArray()));
        page.note((keys.names().isEmpty() ? "" : "Keys of " + String.join(", ", keys.names()) + "; ") + described
                + ". Labels become known after every " + (every == 1 ? "image" : Format.count(every, "image"))
                + ". Theta " + Format.number(found.theta()) + " and lambda " + lambda(found)
                + " were tuned on a stream of " + Format.count(found.tunedOn()) + " other images.");
        return page;
    }
}
