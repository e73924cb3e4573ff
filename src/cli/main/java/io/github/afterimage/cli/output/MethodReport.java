package io.github.afterimage.cli.output;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.fixed;
import static io.github.afterimage.experiments.report.Text.hidden;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.methods.MethodComparison;
import io.github.afterimage.experiments.methods.MethodSummary;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.network.KeyLayers;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Reports the comparison of methods on the same features.
 *
 * @param data a description of the examples
 * @param keys the layers of a key; none for features
 * @param described the reduction and the type of the keys
 */
public record MethodReport(List<MethodComparison.Result> results, String data, KeyLayers keys, String described) {
    private static final String TERMS =
            "\"Make\" is the time to make a method from encoded keys, the read-out's with the "
                    + "choice of its penalty; \"new class\" is the time to learn one more class, for which the read-out is trained again.";

    public void write(Report report) {
        MethodComparison.Result last = results.get(results.size() - 1);
        report.titled("Cache, read-out, class means: which is best?", verdict(last))
                .line(value("data", data))
                .line(
                        "%s%s",
                        figure("layers", keys.toString(), keys.names().isEmpty() ? "" : "keys " + keys + ", "),
                        described);
        if (results.size() > 1) {
            report.onPage(page -> page.heading("With few labels and with many").chart(chart(false)));
            if (last.methods().stream().anyMatch(MethodReport::isMixture)) {
                report.onPage(page -> page.heading("Mixed with the network").chart(chart(true)));
            }
        }
        for (MethodComparison.Result result : results) {
            report.element(
                    "results",
                    new Report()
                            .heading(result.words().substring(0, 1).toUpperCase(Locale.ROOT)
                                    + result.words().substring(1))
                            .line(
                                    "%s%s, %s%s",
                                    hidden("labels", result.labels()),
                                    count("keys", result.keys(), "key"),
                                    count("examples", result.examples(), "test example"),
                                    figure("draws", result.draws(), draws(result)))
                            .list("methods", table(result)));
        }
        report.line("")
                .line(verdict(last))
                .line(TERMS)
                .note("Corrected, broken and p compare with \""
                        + last.methods().get(0).name()
                        + "\" (McNemar's exact test; the median of the draws). Intervals are of other draws of test images, and "
                        + "of labels where there are several draws.");
    }

    private static String draws(MethodComparison.Result result) {
        return result.draws() == 1 ? "" : ", means of " + Format.count(result.draws(), "draw");
    }

    private static Table table(MethodComparison.Result result) {
        String first = result.methods().get(0).name();
        Table table = new Table("lrrrrrrrrrrl")
                .row(
                        "",
                        "error",
                        "95 % interval",
                        "corrected",
                        "broken",
                        "p",
                        "-log p",
                        "ECE",
                        "Brier",
                        "make",
                        "new class",
                        "tuned");
        for (MethodSummary method : result.methods()) {
            boolean compared = !method.name().equals(first) && method.corrected() + method.broken() > 0;
            table.row(
                            value("name", method.name()),
                            percent("error", method.error()),
                            interval("interval", method.interval()),
                            figure("corrected", whole(method.corrected()), compared ? mean(method.corrected()) : ""),
                            figure("broken", whole(method.broken()), compared ? mean(method.broken()) : ""),
                            figure("mcNemar", method.p(), compared ? Format.probability(method.p()) : ""),
                            fixed("logLoss", method.logLoss(), 3),
                            percent("calibrationError", method.calibrationError()),
                            fixed("brier", method.brier(), 3),
                            time("makeSeconds", method.makeSeconds()),
                            time("changeSeconds", method.changeSeconds()),
                            value("chosen", method.chosen()))
                    .field("fewerErrors", method.fewer())
                    .field("fewerErrorsInterval", method.fewerInterval());
        }
        return table;
    }

    private static Text interval(String name, Interval interval) {
        return figure(name, interval, Format.percentages(interval.low(), interval.high()));
    }

    /** Counts of one draw are integers. */
    private static Number whole(double count) {
        return count == Math.rint(count) ? (Number) (long) count : (Number) count;
    }

    private static String mean(double count) {
        return Format.count(Math.round(count));
    }

    private static Text time(String name, double seconds) {
        return figure(
                name,
                seconds,
                seconds == 0
                        ? ""
                        : seconds < 1
                                ? String.format(Locale.ROOT, "%.3g ms", 1000 * seconds)
                                : String.format(Locale.ROOT, "%.1f s", seconds));
    }

    /** Says which method has the fewest errors, and whether others are within chance of it. */
    private static String verdict(MethodComparison.Result result) {
        List<MethodSummary> ordered = result.methods().stream()
                .sorted(Comparator.comparingDouble(MethodSummary::error))
                .toList();
        MethodSummary best = ordered.get(0);
        List<String> near = ordered.stream()
                .skip(1)
                .filter(method -> method.error() <= best.interval().high())
                .map(method -> method.name() + " (" + Format.percent(method.error()) + ")")
                .toList();
        return "With " + result.words() + ", \"" + best.name() + "\" has the fewest errors, "
                + Format.percent(best.error())
                + (near.isEmpty()
                        ? "; the errors of all others are above its interval."
                        : "; within its interval are " + String.join(", ", near) + ".");
    }

    private static boolean isMixture(MethodSummary method) {
        return method.name().endsWith("+ network");
    }

    private LineChart chart(boolean mixtures) {
        LineChart chart = new LineChart("keys", "error, %").logarithmicHorizontal();
        double[] x = results.stream().mapToDouble(MethodComparison.Result::keys).toArray();
        List<MethodSummary> methods = results.get(0).methods();
        IntStream.range(0, methods.size())
                .filter(i -> isMixture(methods.get(i)) == mixtures
                        && !methods.get(i).name().startsWith("network"))
                .forEach(i -> chart.line(methods.get(i).name().replace(" + network", ""), x, errors(i)));
        if (methods.get(0).name().equals("network")) {
            double[] network = errors(0);
            chart.guide("network", x, network);
        }
        return chart;
    }

    private double[] errors(int method) {
        return results.stream()
                .mapToDouble(result -> 100 * result.methods().get(method).error())
                .toArray();
    }
}
