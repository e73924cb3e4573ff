package io.github.afterimage.experiments.online;

import io.github.afterimage.Capacity;
import io.github.afterimage.experiments.online.OnlineExperiment.OnlineErrors;
import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lets the cache grow while examples arrive. */
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
public final class OnlineCommand extends ExperimentCommand {
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

    public OnlineCommand() {
        super(GridOptions.ofThePaper());
    }

    @Override
    protected void check(boolean features) {
        if (every < 1) {
            throw new IllegalArgumentException("--every " + every + ": expected a positive number");
        }
        capacity();
        layers.require(features);
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        KeyLayers keys = layers.chosen();
        OnlineErrors found = step("stream", progress -> new OnlineExperiment(
                        keys, every, fromTraining, capacity(), setup.protocol(), setup.work())
                .run(setup.source(), progress));
        int[] network = found.networkErrors();
        int[] mixed = found.mixedErrors();
        int points = found.seen().length;
        int last = points - 1;
        List<Integer> all = IntStream.range(0, points).boxed().toList();
        report.titled(
                        "Learning while it runs",
                        "A cache that begins " + begin() + ". " + Format.count(found.seen()[last])
                                + " images arrive; each is predicted with what arrived before, and then joins the cache with its "
                                + "label.")
                .line(
                        "%s%s; the cache begins %s and ends with %s",
                        keys(keys),
                        describe(setup.recipe(), setup.source()::trainingSize),
                        begin(),
                        Text.count("keys", found.keys(), "key"))
                .line(
                        "tuned on a stream of %s: theta %s, lambda %s%s",
                        Text.count("tunedOn", found.tunedOn()),
                        Text.number("theta", found.theta()),
                        Text.figure("lambda", found.lambda(), lambda(found)),
                        Text.beta(found.beta()))
                .note("Labels become known after every " + (every == 1 ? "image" : Format.count(every, "image")) + ".")
                .onPage(page -> page.heading("Errors so far")
                        .paragraph("The error rate of all images until then:")
                        .chart(new LineChart("images seen", "error, %")
                                .line("with cache", all, i -> found.seen()[i], i -> 100 * found.error(mixed, -1, i))
                                .line("network", all, i -> found.seen()[i], i -> 100 * found.error(network, -1, i)))
                        .heading("Errors that the cache saved")
                        .paragraph("Errors of the network less errors with the cache, so far:")
                        .chart(new LineChart("images seen", "errors saved")
                                .line("saved", all, i -> found.seen()[i], i -> network[i] - mixed[i]))
                        .heading("In numbers"));
        Table table = new Table("rrr").row("of the stream", "network", "with cache");
        for (int tenth = 1; tenth <= 10; tenth++) {
            int to = points * tenth / 10 - 1;
            int from = points * (tenth - 1) / 10 - 1;
            if (to > from) {
                table.row(
                        tenth * 10 - 9 + " to " + tenth * 10 + " %",
                        Format.percent(found.error(network, from, to)),
                        Format.percent(found.error(mixed, from, to)));
            }
        }
        table.row(
                "all",
                Text.percent("networkError", found.error(network, -1, last)),
                Text.percent("mixedError", found.error(mixed, -1, last)));
        report.table(table)
                .field("half", found.half())
                .field("examples", found.seen()[last])
                .field("seen", found.seen())
                .field("networkErrors", network)
                .field("mixedErrors", mixed);
    }

    /** {@code 0.5}, or {@code 0.5 n / (n + 2,000) with n keys}. */
    private static String lambda(OnlineErrors found) {
        return Format.number(found.lambda())
                + (found.half() == 0 ? "" : " n / (n + " + Format.count(found.half()) + ") with n keys");
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
