package io.github.afterimage.cli.output;

import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.fixed;
import static io.github.afterimage.cli.output.Text.percent;

import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.ScatterChart;
import io.github.afterimage.experiments.robustness.Jacobians;
import io.github.afterimage.experiments.robustness.PaperClaims;
import io.github.afterimage.experiments.robustness.Victim;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Reports the Jacobians of each model at random images. */
public record JacobianReport(Map<Victim, Jacobians> values) {
    /** Singular values in a line of text; the page and the object have all. */
    private static final int SHOWN = 10;

    public void write(Report report) {
        Table table = new Table("lrrrl").row("", "mean norm", "median", "below network", "first mean singular values");
        values.forEach((victim, jacobians) -> {
            double[] mean = jacobians.meanSingularValues();
            double below = (double) jacobians.countBelow(Objects.requireNonNull(values.get(Victim.NETWORK)))
                    / jacobians.count();
            String name = victim.word();
            table.row(
                    name,
                    fixed(name + ".meanNorm", jacobians.meanNorm(), 4),
                    fixed(name + ".medianNorm", jacobians.medianNorm(), 4),
                    victim == Victim.NETWORK ? "" : percent(name + ".belowNetwork", below),
                    figure(
                            name + ".meanSingularValues",
                            mean,
                            Arrays.stream(mean)
                                    .limit(SHOWN)
                                    .mapToObj(value -> Format.fixed(value, 4))
                                    .collect(Collectors.joining(" "))));
        });
        report.table(table);
        ClaimsReport.report(report, PaperClaims.ofJacobians(values));
    }

    /** @param report the report in text */
    public Page page(Report report) {
        double[] network = Objects.requireNonNull(Objects.requireNonNull(values.get(Victim.NETWORK)))
                .norms();
        Page page = new Page(
                "How fast the answers change",
                "The Jacobian of all probabilities with respect to the image, at test images. Each point is an image; "
                        + "below the diagonal, the cache makes the answer change less.");
        for (Victim victim : List.of(Victim.MIXED, Victim.CACHE)) {
            page.heading(victim == Victim.MIXED ? "Network and cache" : "Cache alone");
            page.chart(new ScatterChart(
                    "norm for the network",
                    "norm for " + (victim == Victim.MIXED ? "network and cache" : "the cache alone"),
                    network,
                    Objects.requireNonNull(values.get(victim)).norms()));
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
                        + "nothing, so that a cache can only add to it; where the network hesitates, its Jacobian is large, and "
                        + "the cache makes it smaller.");
        page.heading("In numbers");
        page.code(String.join("\n", report.lines()));
        return page;
    }
}
