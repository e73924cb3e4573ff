package io.github.afterimage.experiments.size;

import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.size.SizeSweep.Draw;
import io.github.afterimage.experiments.size.SizeSweep.Size;
import io.github.afterimage.experiments.statistics.Sample;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the errors over the number of keys. */
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
public final class SizeCommand extends ExperimentCommand {
    private static final Columns<Size> COLUMNS = new Columns<Size>()
            .right("", size -> Text.figure("fraction", size.fraction(), Format.number(100 * size.fraction()) + " %"))
            .count("keys", "keys", size -> size.first().keys())
            .right("mixed", size -> error("mixed", size, Draw::mixedErrors))
            .right("cache only", SizeCommand::alone)
            .right("theta", size -> range(size, Draw::theta))
            .right("lambda", size -> range(size, Draw::lambda))
            .field("draws", Size::draws);

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

    public SizeCommand() {
        super(GridOptions.ofThePaper());
    }

    @Override
    protected void check(boolean features) {
        if (repeats < 1) {
            throw new IllegalArgumentException("--repeats " + repeats + ": expected a positive number");
        }
        for (double size : sizes) {
            if (!(size >= 0 && size <= 100)) {
                throw new IllegalArgumentException("--sizes " + Format.number(size) + " is outside 0..100");
            }
        }
        layers.require(features);
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        KeyLayers keys = layers.chosen();
        double[] fractions =
                sizes.stream().mapToDouble(size -> size / 100).sorted().toArray();
        List<Size> found =
                step("sizes", progress -> new SizeSweep(keys, fractions, repeats, setup.protocol(), setup.work())
                        .run(setup.source(), progress));
        double network = sample(found.get(0), Draw::networkErrors).mean();
        Size last = found.get(found.size() - 1);
        report.titled(
                        "How many keys does it take?",
                        "The paper's Figure 3: " + described() + ". With " + Format.number(100 * last.fraction())
                                + " % of the training images as keys, the error falls from " + Format.percent(network)
                                + " to "
                                + Format.percent(sample(last, Draw::mixedErrors).mean()) + ".")
                .line(
                        "%s%s; %s of each size, mean \u00b1 standard error",
                        keys(keys),
                        describe(setup.recipe(), setup.source()::trainingSize),
                        Format.count(repeats, "draw"))
                .onPage(page -> page.heading("With the network")
                        .paragraph(
                                "Test error over the share of the training images that are keys; the band is one standard "
                                        + "error.")
                        .chart(chart(found, "with cache", Draw::mixedErrors).level("network alone", 100 * network)));
        List<Size> some = found.stream().filter(size -> size.fraction() > 0).toList();
        if (!some.isEmpty()) {
            report.onPage(page -> page.heading("The cache alone").chart(chart(some, "cache alone", Draw::cacheErrors)));
        }
        report.onPage(page -> page.heading("In numbers"))
                .list("sizes", COLUMNS.table(found))
                .line("")
                .line("network %s", Text.percent("networkError", network))
                .note("Theta and lambda were tuned for each draw on other images.");
    }

    private static Sample sample(Size size, ToDoubleFunction<Draw> errors) {
        return Sample.of(size.draws().stream()
                .mapToDouble(draw -> errors.applyAsDouble(draw) / draw.examples())
                .toArray());
    }

    private static Text error(String name, Size size, ToDoubleFunction<Draw> errors) {
        Sample sample = sample(size, errors);
        double spread = sample.standardError();
        return Text.of(
                "%s%s",
                Text.percent(name + "Error", sample.mean()),
                Text.figure(
                        name + "StandardError", spread, spread > 0 ? " \u00b1 " + Format.fixed(100 * spread, 2) : ""));
    }

    private static Text alone(Size size) {
        Text error = error("cacheOnly", size, Draw::cacheErrors);
        return size.first().keys() == 0 ? new Text("", error.figures()) : error;
    }

    private static String range(Size size, ToDoubleFunction<Draw> value) {
        double[] values = size.draws().stream().mapToDouble(value).sorted().toArray();
        double last = values[values.length - 1];
        return size.first().keys() == 0
                ? ""
                : Format.number(values[0]) + (last > values[0] ? " to " + Format.number(last) : "");
    }

    private static LineChart chart(List<Size> sizes, String name, ToDoubleFunction<Draw> errors) {
        return new LineChart("training images that are keys, %", "error, %")
                .line(
                        name,
                        sizes,
                        size -> 100 * size.fraction(),
                        size -> 100 * sample(size, errors).mean(),
                        size -> 100 * sample(size, errors).standardError());
    }
}
