package io.github.afterimage.experiments.online;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.network.KeyLayers;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Reports the errors of a cache that grows while examples arrive.
 *
 * @param data a description of the examples
 * @param keys the layers of a key; none for features
 * @param described the reduction and the type of the keys
 * @param begin the content of the cache at first, and the keys that it keeps
 * @param every the number of examples after which labels become known
 */
public record OnlineReport(OnlineErrors found, String data, KeyLayers keys, String described, String begin, int every) {
    public void write(Report report) {
        int points = found.seen().length;
        int last = points - 1;
        double[] seen = Arrays.stream(found.seen()).asDoubleStream().toArray();
        report.titled(
                        "Learning while it runs",
                        "A cache that begins " + begin + ". "
                                + Format.count(found.seen()[last])
                                + " images arrive; each is predicted with what arrived before, "
                                + "and then joins the cache with its label.")
                .line(value("data", data))
                .line(
                        "%s%s; the cache begins %s and ends with %s",
                        figure("layers", keys.toString(), keys.names().isEmpty() ? "" : "keys " + keys + ", "),
                        described,
                        begin,
                        count("keys", found.keys(), "key"))
                .line(
                        "tuned on a stream of %s: theta %s, lambda %s%s",
                        count("tunedOn", found.tunedOn()),
                        number("theta", found.theta()),
                        figure("lambda", found.lambda(), lambda()),
                        Text.beta(found.beta()))
                .note("Labels become known after every " + (every == 1 ? "image" : Format.count(every, "image")) + ".")
                .onPage(page -> page.heading("Errors so far")
                        .paragraph("The error rate of all images until then:")
                        .chart(chart("error, %")
                                .line("with cache", seen, line(i -> 100 * error(found.mixedErrors(), -1, i)))
                                .line("network", seen, line(i -> 100 * error(found.networkErrors(), -1, i))))
                        .heading("Errors that the cache saved")
                        .paragraph("Errors of the network less errors with the cache, so far:")
                        .chart(chart("errors saved")
                                .line("saved", seen, line(i -> found.networkErrors()[i] - found.mixedErrors()[i])))
                        .heading("In numbers"));
        Table table = new Table("rrr").row("of the stream", "network", "with cache");
        for (int tenth = 1; tenth <= 10; tenth++) {
            int to = points * tenth / 10 - 1;
            int from = points * (tenth - 1) / 10 - 1;
            if (to > from) {
                table.row(
                        tenth * 10 - 9 + " to " + tenth * 10 + " %",
                        Format.percent(error(found.networkErrors(), from, to)),
                        Format.percent(error(found.mixedErrors(), from, to)));
            }
        }
        table.row(
                "all",
                percent("networkError", error(found.networkErrors(), -1, last)),
                percent("mixedError", error(found.mixedErrors(), -1, last)));
        report.table(table)
                .field("half", found.half())
                .field("examples", found.seen()[last])
                .field("seen", found.seen())
                .field("networkErrors", found.networkErrors())
                .field("mixedErrors", found.mixedErrors());
    }

    /** {@code 0.5}, or {@code 0.5 n / (n + 2,000) with n keys}. */
    private String lambda() {
        return Format.number(found.lambda())
                + (found.half() == 0 ? "" : " n / (n + " + Format.count(found.half()) + ") with n keys");
    }

    /** The error rate between two points. */
    private double error(int[] errors, int from, int to) {
        int before = from < 0 ? 0 : errors[from];
        int seen = found.seen()[to] - (from < 0 ? 0 : found.seen()[from]);
        return (double) (errors[to] - before) / seen;
    }

    private static LineChart chart(String unit) {
        return new LineChart("images seen", unit);
    }

    private double[] line(IntToDoubleFunction value) {
        return IntStream.range(0, found.seen().length).mapToDouble(value).toArray();
    }
}
