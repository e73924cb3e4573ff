package io.github.afterimage.experiments.size;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Sample;
import io.github.afterimage.model.network.KeyLayers;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Reports the errors over the number of keys.
 *
 * @param data a description of the examples
 * @param keys the layers of a key; none for features
 * @param described the reduction and the type of the keys
 * @param repeats the number of draws of each size
 */
public record SizeSweepReport(List<SizeSweep.Size> found, String data, KeyLayers keys, String described, int repeats) {
    private static Sample error(SizeSweep.Size size, ToDoubleFunction<SizeSweep.Draw> errors) {
        return Sample.of(size.draws().stream()
                .mapToDouble(draw -> errors.applyAsDouble(draw) / draw.examples())
                .toArray());
    }

    private static Text error(String name, SizeSweep.Size size, ToDoubleFunction<SizeSweep.Draw> errors) {
        Sample sample = error(size, errors);
        double spread = sample.standardError();
        return Text.of(
                "%s%s",
                percent(name + "Error", sample.mean()),
                figure(name + "StandardError", spread, spread > 0 ? " \u00b1 " + Format.fixed(100 * spread, 2) : ""));
    }

    private Table table() {
        Table table = new Table("rrrrrr").row("", "keys", "mixed", "cache only", "theta", "lambda");
        for (SizeSweep.Size size : found) {
            SizeSweep.Draw first = size.draws().get(0);
            boolean none = first.keys() == 0;
            Text alone = error("cacheOnly", size, SizeSweep.Draw::cacheErrors);
            table.row(
                            figure("fraction", size.fraction(), Format.number(100 * size.fraction()) + " %"),
                            count("keys", first.keys()),
                            error("mixed", size, SizeSweep.Draw::mixedErrors),
                            none ? "" : alone,
                            none ? "" : text(size, SizeSweep.Draw::theta),
                            none ? "" : text(size, SizeSweep.Draw::lambda))
                    .field("draws", size.draws());
            alone.figures().forEach(table::field);
        }
        return table;
    }

    private static String text(SizeSweep.Size size, ToDoubleFunction<SizeSweep.Draw> value) {
        double[] values = size.draws().stream().mapToDouble(value).sorted().toArray();
        double last = values[values.length - 1];
        return Format.number(values[0]) + (last > values[0] ? " to " + Format.number(last) : "");
    }

    public void write(Report report) {
        double network = error(found.get(0), SizeSweep.Draw::networkErrors).mean();
        SizeSweep.Size last = found.get(found.size() - 1);
        report.titled(
                        "How many keys does it take?",
                        "The paper's Figure 3: " + data + ". With " + Format.number(100 * last.fraction())
                                + " % of the training images as keys, the error falls from " + Format.percent(network)
                                + " to "
                                + Format.percent(
                                        error(last, SizeSweep.Draw::mixedErrors).mean())
                                + ".")
                .line(value("data", data))
                .line(
                        "%s%s; %s of each size, mean \u00b1 standard error",
                        figure("layers", keys.toString(), keys.names().isEmpty() ? "" : "keys " + keys + ", "),
                        described,
                        Format.count(repeats, "draw"))
                .onPage(page -> page.heading("With the network")
                        .paragraph(
                                "Test error over the share of the training images that are keys; the band is one standard "
                                        + "error.")
                        .chart(chart(found, "with cache", SizeSweep.Draw::mixedErrors)
                                .guide(
                                        "network alone",
                                        new double[] {100 * found.get(0).fraction(), 100 * last.fraction()},
                                        new double[] {100 * network, 100 * network})));
        List<SizeSweep.Size> some =
                found.stream().filter(size -> size.fraction() > 0).toList();
        if (!some.isEmpty()) {
            report.onPage(page ->
                    page.heading("The cache alone").chart(chart(some, "cache alone", SizeSweep.Draw::cacheErrors)));
        }
        report.onPage(page -> page.heading("In numbers"))
                .list("sizes", table())
                .line("")
                .line("network %s", percent("networkError", network))
                .note("Theta and lambda were tuned for each draw on other images.");
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
