package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.options.DrawnImages;
import io.github.afterimage.cli.options.HyperparameterOptions;
import io.github.afterimage.cli.options.IndexOptions;
import io.github.afterimage.cli.options.ModelOption;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.ScatterChart;
import io.github.afterimage.experiments.robustness.AttackSpace;
import io.github.afterimage.experiments.robustness.Jacobians;
import io.github.afterimage.experiments.robustness.PaperClaims;
import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.Victim;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "jacobian",
        header = "Measure how fast the probabilities change with the image.",
        description = {
            "",
            "At each of some random images, the norm and the singular values of the Jacobian of all "
                    + "probabilities, for the network, the mixture and the cache alone."
        },
        footer = {
            "  afterimage jacobian --index cifar10.safetensors --model resnet20.onnx \\",
            "      --data 'cifar10:data#test' --space input_1 --page jacobian.html"
        })
final class JacobianCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private ModelOption model;

    @Mixin
    private DrawnImages drawn;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Option(names = "--page", order = 51, paramLabel = "FILE.html", description = "Write a page that shows them.")
    private Path page;

    @Override
    void execute(Report report) throws IOException {
        if (page != null) {
            OutputFile.checkWritable(page);
            index.checkIsNot(page);
            model.checkIsNot(page);
            drawn.checkIsNot(page);
        }
        ImageSet named = drawn.open();
        Path file = model.require("a Jacobian needs the network");
        NetworkSettings settings = NetworkSettings.defaults().withThreads(index.threads());
        try (IndexOptions.Opened opened = index.open();
                DifferentiableNetwork network = DifferentiableModel.network(file, opened.index(), settings)) {
            Hyperparameters chosen = hyperparameters.resolve(opened.index());
            double alone = drawn.cacheTheta(chosen);
            ImageSet images = named.withClasses(
                    opened.index().classNames(), opened.index().classes());
            Robustness robustness = new Robustness(
                    new DifferentiableModel(network, opened.index(), chosen),
                    alone,
                    AttackSpace.of(network, images, drawn.space()),
                    images,
                    drawn.count(),
                    drawn.seed());
            Map<Victim, Jacobians> values = new EnumMap<>(Victim.class);
            try (TerminalProgress progress = progress("differentiating")) {
                for (Victim victim : Victim.values()) {
                    int before = values.size();
                    values.put(
                            victim,
                            robustness.jacobians(
                                    victim,
                                    (done, total) ->
                                            progress.report(before * total + done, Victim.values().length * total)));
                }
            }
            index.report(report, opened.index());
            drawn.report(report, chosen);
            report.line(drawn.toString());
            report.line(index.describe(opened.index()));
            report.line("theta " + Format.number(chosen.theta()) + ", lambda " + Format.number(chosen.lambda())
                    + ", cache alone at theta " + Format.number(alone));
            report(report, values);
            if (page != null) {
                try (OutputFile output = OutputFile.create(page)) {
                    output.writer().write(page(values, report).html());
                    output.complete();
                }
                report.field("page", page.toString()).line("").line("page in " + page);
            }
        }
    }

    private static void report(Report report, Map<Victim, Jacobians> values) {
        Table table = new Table("lrrrl").row("", "mean norm", "median", "below network", "mean singular values");
        values.forEach((victim, jacobians) -> {
            double[] mean = jacobians.meanSingularValues();
            double below = (double) jacobians.countBelow(values.get(Victim.NETWORK)) / jacobians.count();
            boolean network = victim == Victim.NETWORK;
            table.row(
                    victim.word(),
                    Format.fixed(jacobians.meanNorm(), 4),
                    Format.fixed(jacobians.medianNorm(), 4),
                    network ? "" : Format.percent(below),
                    String.join(
                            " ",
                            Arrays.stream(mean)
                                    .mapToObj(value -> Format.fixed(value, 4))
                                    .toList()));
            report.field(
                    victim.word(),
                    Report.object(
                            "meanNorm",
                            jacobians.meanNorm(),
                            "medianNorm",
                            jacobians.medianNorm(),
                            "belowNetwork",
                            network ? null : below,
                            "meanSingularValues",
                            mean));
        });
        report.table(table);
        ClaimsReport.report(report, PaperClaims.ofJacobians(values));
    }

    private static Page page(Map<Victim, Jacobians> values, Report report) {
        double[] network = values.get(Victim.NETWORK).norms();
        Page page = new Page(
                "How fast the answers change",
                "The Jacobian of all probabilities with respect to the image, at test images. Each point is an image; "
                        + "below the diagonal, the memory makes the answer change less.");
        for (Victim victim : List.of(Victim.MIXED, Victim.CACHE)) {
            page.heading(victim == Victim.MIXED ? "Network and memory" : "Memory alone");
            page.chart(new ScatterChart(
                    "norm for the network",
                    "norm for " + (victim == Victim.MIXED ? "network and memory" : "the memory alone"),
                    network,
                    values.get(victim).norms()));
        }
        page.heading("Singular values");
        LineChart chart = new LineChart("number", "mean singular value");
        values.forEach((victim, jacobians) -> {
            double[] mean = jacobians.meanSingularValues();
            double[] numbers =
                    IntStream.rangeClosed(1, mean.length).mapToDouble(i -> i).toArray();
            chart.line(victim.word(), numbers, mean);
        });
        page.chart(chart);
        PaperClaims.ofJacobians(values).show(page);
        page.note(
                "Means and medians can disagree: where the network is sure, its softmax is flat and its Jacobian almost "
                        + "nothing, so that a memory can only add to it; where the network hesitates, its Jacobian is large, and "
                        + "the memory makes it smaller.");
        page.heading("In numbers");
        page.code(String.join("\n", report.lines()));
        return page;
    }
}
