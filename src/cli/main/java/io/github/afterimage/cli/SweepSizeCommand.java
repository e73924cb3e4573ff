package io.github.afterimage.cli;

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
import io.github.afterimage.experiments.paper.Protocol;
import io.github.afterimage.experiments.paper.SizeSweep;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.statistics.Sample;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "sweep-size",
        header = "Measure how many keys it takes: the paper's Figure 3.",
        description = {
            "",
            "Draws shares of the training examples as keys, tunes theta and lambda for each draw, and reports the errors on "
                    + "the test examples. The network runs once: its reduced features are kept in the work folder."
        },
        footer = {
            "  afterimage sweep-size --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers activation_14,activation_16,activation_18 --page size.html"
        })
final class SweepSizeCommand extends Command {
    private static final String REDUCTION = "pca:256";

    @Mixin
    private ExperimentData data;

    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--sizes",
            order = 30,
            split = ",",
            paramLabel = "PERCENT",
            description = "Shares of the training examples in percent; 0,1,2,5,10,20,40,60,80,100 by default.")
    private List<Double> sizes = List.of(0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0);

    @Option(
            names = "--repeats",
            order = 31,
            paramLabel = "N",
            description = "How often each share is drawn; 3 by default.")
    private int repeats = 3;

    @Mixin
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    void execute(Report report) throws IOException {
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
        ExampleSource source = data.source(options.threads());
        KeyLayers keys = layers.require(data.areFeatures());
        double[] fractions =
                sizes.stream().mapToDouble(size -> size / 100).sorted().toArray();
        Protocol protocol = new Protocol(data.rule(), recipe, grid.thetas(), grid.lambdas());
        List<SizeSweep.Size> found;
        try (TerminalProgress progress = progress("sizes")) {
            found = new SizeSweep(keys, fractions, repeats, protocol, work).run(source, progress);
        }
        String described = ExperimentOptions.describe(recipe, source::trainingSize);
        report(report, found, keys, described);
        options.finish(report, work, page(found, keys, described));
    }

    private static Sample error(SizeSweep.Size size, ToDoubleFunction<SizeSweep.Draw> errors) {
        return Sample.of(size.draws().stream()
                .mapToDouble(draw -> errors.applyAsDouble(draw) / draw.examples())
                .toArray());
    }

    private static String text(Sample sample) {
        return Format.percent(sample.mean())
                + (sample.standardError() > 0 ? " \u00b1 " + Format.fixed(100 * sample.standardError(), 2) : "");
    }

    private static List<String> cells(SizeSweep.Size size) {
        SizeSweep.Draw first = size.draws().get(0);
        boolean none = first.keys() == 0;
        return List.of(
                Format.number(100 * size.fraction()) + " %",
                Format.count(first.keys()),
                text(error(size, SizeSweep.Draw::mixedErrors)),
                none ? "" : text(error(size, SizeSweep.Draw::cacheErrors)),
                none ? "" : text(size, SizeSweep.Draw::theta),
                none ? "" : text(size, SizeSweep.Draw::lambda));
    }

    private static String text(SizeSweep.Size size, ToDoubleFunction<SizeSweep.Draw> value) {
        double[] values = size.draws().stream().mapToDouble(value).sorted().toArray();
        double last = values[values.length - 1];
        return Format.number(values[0]) + (last > values[0] ? " to " + Format.number(last) : "");
    }

    private void report(Report report, List<SizeSweep.Size> found, KeyLayers keys, String described) {
        report.line(data.description())
                .line((keys.names().isEmpty() ? "" : "keys " + keys + ", ") + described + "; "
                        + Format.count(repeats, "draw") + " of each size, mean \u00b1 standard error");
        Table table = new Table("rrrrrr").row("", "keys", "mixed", "cache only", "theta", "lambda");
        List<Map<String, Object>> fields = new ArrayList<>();
        for (SizeSweep.Size size : found) {
            table.row(cells(size).toArray());
            Sample mixed = error(size, SizeSweep.Draw::mixedErrors);
            Sample alone = error(size, SizeSweep.Draw::cacheErrors);
            fields.add(Report.object(
                    "fraction", size.fraction(),
                    "keys", size.draws().get(0).keys(),
                    "mixedError", mixed.mean(),
                    "mixedStandardError", mixed.standardError(),
                    "cacheOnlyError", alone.mean(),
                    "cacheOnlyStandardError", alone.standardError(),
                    "draws", size.draws()));
        }
        SizeSweep.Size first = found.get(0);
        report.table(table)
                .line("")
                .line("network "
                        + Format.percent(
                                error(first, SizeSweep.Draw::networkErrors).mean()));
        report.field("data", data.description())
                .field("layers", keys.toString())
                .field(
                        "networkError",
                        error(first, SizeSweep.Draw::networkErrors).mean())
                .field("sizes", fields);
    }

    private Page page(List<SizeSweep.Size> found, KeyLayers keys, String described) {
        double network = error(found.get(0), SizeSweep.Draw::networkErrors).mean();
        SizeSweep.Size last = found.get(found.size() - 1);
        Page page = new Page(
                "How many keys does it take?",
                "The paper's Figure 3: " + data.description() + ". With " + Format.number(100 * last.fraction())
                        + " % of the training images as keys, the error falls from " + Format.percent(network) + " to "
                        + Format.percent(
                                error(last, SizeSweep.Draw::mixedErrors).mean()) + ".");
        page.heading("With the network");
        page.paragraph(
                "Test error over the share of the training images that are keys; the band is one standard error of "
                        + Format.count(repeats, "draw") + ".");
        page.chart(chart(found, "with memory", SizeSweep.Draw::mixedErrors)
                .guide(
                        "network alone",
                        new double[] {100 * found.get(0).fraction(), 100 * last.fraction()},
                        new double[] {100 * network, 100 * network}));
        List<SizeSweep.Size> some =
                found.stream().filter(size -> size.fraction() > 0).toList();
        if (!some.isEmpty()) {
            page.heading("The cache alone");
            page.chart(chart(some, "memory alone", SizeSweep.Draw::cacheErrors));
        }
        page.heading("In numbers");
        page.table(
                List.of("keys", "", "with memory", "memory alone", "theta", "lambda"),
                found.stream().map(SweepSizeCommand::cells).toList());
        page.note((keys.names().isEmpty() ? "" : "Keys of " + String.join(", ", keys.names()) + "; ") + described
                + ". Theta and lambda were tuned for each draw on other images.");
        return page;
    }

    private static LineChart chart(List<SizeSweep.Size> sizes, String name, ToDoubleFunction<SizeSweep.Draw> errors) {
        Sample[] samples = sizes.stream().map(size -> error(size, errors)).toArray(Sample[]::new);
        return new LineChart("training images that are keys, %", "error, %")
                .line(
                        name,
                        sizes.stream()
                                .mapToDouble(size -> 100 * size.fraction())
                                .toArray(),
                        Arrays.stream(samples)
                                .mapToDouble(sample -> 100 * sample.mean())
                                .toArray(),
                        Arrays.stream(samples)
                                .mapToDouble(sample -> 100 * sample.standardError())
                                .toArray());
    }
}
