package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.ScatterChart;
import io.github.afterimage.experiments.robustness.AttackSpace;
import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.Robustness.Victim;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
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
                    network,
                    new DifferentiableModel(network, opened.index(), chosen),
                    alone,
                    AttackSpace.of(network, images, drawn.space()),
                    images,
                    drawn.count(),
                    drawn.seed());
            Map<Victim, double[][]> values = new EnumMap<>(Victim.class);
            try (TerminalProgress progress = common().progress("differentiating")) {
                for (Victim victim : Victim.values()) {
                    int before = values.size();
                    values.put(
                            victim,
                            robustness.singularValues(
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

    private static void report(Report report, Map<Victim, double[][]> values) {
        Table table = new Table("lrrrl").row("", "mean norm", "median", "below network", "mean singular values");
        for (Map.Entry<Victim, double[][]> entry : values.entrySet()) {
            double[] norms = norms(entry.getValue());
            double[] mean = means(entry.getValue());
            double below = (double) below(norms, norms(values.get(Victim.NETWORK))) / norms.length;
            String word = AttackReport.word(entry.getKey());
            boolean network = entry.getKey() == Victim.NETWORK;
            table.row(
                    word,
                    four(mean(norms)),
                    four(median(norms)),
                    network ? "" : Format.percent(below),
                    String.join(
                            " ",
                            Arrays.stream(mean).mapToObj(JacobianCommand::four).toList()));
            report.field(
                    word,
                    Report.object(
                            "meanNorm",
                            mean(norms),
                            "medianNorm",
                            median(norms),
                            "belowNetwork",
                            network ? null : below,
                            "meanSingularValues",
                            mean));
        }
        report.table(table);
        PaperClaims.report(report, claims(values));
    }

    /** The paper's Figure 4, which shows the Jacobian smaller with a cache: by its mean, its median, and image by image. */
    private static List<Claim> claims(Map<Victim, double[][]> values) {
        double[] network = norms(values.get(Victim.NETWORK));
        List<Claim> claims = new ArrayList<>();
        for (Victim victim : List.of(Victim.MIXED, Victim.CACHE)) {
            double[] norms = norms(values.get(victim));
            String word = victim == Victim.MIXED ? "mixture" : "cache alone";
            claims.add(Claim.less(mean(norms), mean(network), "the mean norm is less for the " + word, "Figure 4", ""));
            claims.add(Claim.less(
                    median(norms), median(network), "the median norm is less for the " + word, "Figure 4", ""));
            claims.add(Claim.shareAbove(
                    0.5,
                    below(norms, network),
                    norms.length,
                    "the norm is less at most images for the " + word,
                    "Figure 4",
                    ""));
        }
        return claims;
    }

    private static Page page(Map<Victim, double[][]> values, Report report) {
        double[] network = norms(values.get(Victim.NETWORK));
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
                    norms(values.get(victim))));
        }
        page.heading("Singular values");
        LineChart chart = new LineChart("number", "mean singular value");
        values.forEach((victim, all) -> {
            double[] mean = means(all);
            double[] numbers =
                    IntStream.rangeClosed(1, mean.length).mapToDouble(i -> i).toArray();
            chart.line(AttackReport.word(victim), numbers, mean);
        });
        page.chart(chart);
        PaperClaims.show(page, claims(values));
        page.note(
                "Means and medians can disagree: where the network is sure, its softmax is flat and its Jacobian almost "
                        + "nothing, so that a memory can only add to it; where the network hesitates, its Jacobian is large, and "
                        + "the memory makes it smaller.");
        page.heading("In numbers");
        page.code(String.join("\n", report.lines()));
        return page;
    }

    private static double[] norms(double[][] singularValues) {
        return Arrays.stream(singularValues)
                .mapToDouble(row ->
                        Math.sqrt(Arrays.stream(row).map(value -> value * value).sum()))
                .toArray();
    }

    private static double[] means(double[][] singularValues) {
        return IntStream.range(0, singularValues[0].length)
                .mapToDouble(i -> Arrays.stream(singularValues)
                        .mapToDouble(row -> row[i])
                        .average()
                        .orElseThrow())
                .toArray();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double median(double[] values) {
        double[] sorted = Arrays.stream(values).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static long below(double[] norms, double[] ofNetwork) {
        return IntStream.range(0, norms.length)
                .filter(i -> norms[i] < ofNetwork[i])
                .count();
    }

    private static String four(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
