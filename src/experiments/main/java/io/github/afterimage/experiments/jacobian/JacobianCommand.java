package io.github.afterimage.experiments.jacobian;

import io.github.afterimage.experiments.attacks.PaperClaims;
import io.github.afterimage.experiments.attacks.RobustnessCommand;
import io.github.afterimage.experiments.attacks.Victim;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Measures how fast the probabilities change with the image. */
@picocli.CommandLine.Command(
        name = "jacobian",
        header = "Measure how fast the probabilities change with the image.",
        description = {
            "",
            "Draws images at random and computes the Jacobian of all probabilities with respect to each image: its norm and "
                    + "its singular values, for the network, the mixture and the cache alone."
        },
        footer = {
            "  afterimage reproduce jacobian --index cifar10.safetensors --model resnet20.onnx \\",
            "      --data 'cifar10:data#test' --space input_1 --page jacobian.html"
        })
public final class JacobianCommand extends RobustnessCommand {
    /** Singular values in a row of the table; the chart and the object have all. */
    private static final int SHOWN = 10;

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        Map<Victim, Jacobians> values = new EnumMap<>(Victim.class);
        try (TerminalProgress progress = progress("differentiating")) {
            for (Victim victim : Victim.values()) {
                int before = values.size();
                values.put(
                        victim,
                        setup.robustness()
                                .jacobians(
                                        victim,
                                        (done, total) -> progress.report(
                                                before * total + done, Victim.values().length * total)));
            }
        }
        write(report, values);
    }

    private static void write(Report report, Map<Victim, Jacobians> values) {
        Table table = new Table("lrrrl").row("", "mean norm", "median", "below network", "first mean singular values");
        values.forEach((victim, jacobians) -> {
            double[] mean = jacobians.meanSingularValues();
            double below = (double) jacobians.countBelow(Objects.requireNonNull(values.get(Victim.NETWORK)))
                    / jacobians.count();
            String name = victim.word();
            table.row(
                    name,
                    Text.fixed(name + ".meanNorm", jacobians.meanNorm(), 4),
                    Text.fixed(name + ".medianNorm", jacobians.medianNorm(), 4),
                    victim == Victim.NETWORK ? "" : Text.percent(name + ".belowNetwork", below),
                    Text.figure(
                            name + ".meanSingularValues",
                            mean,
                            Arrays.stream(mean)
                                    .limit(SHOWN)
                                    .mapToObj(value -> Format.fixed(value, 4))
                                    .collect(Collectors.joining(" "))));
        });
        report.titled(
                        "How fast the answers change",
                        "The Jacobian of all probabilities with respect to the image, at test images. Each point is an image; "
                                + "below the dotted line, the cache makes the answer change less.")
                .table(table)
                .note(
                        "Means and medians can disagree: where the network is sure, its softmax is flat and its Jacobian almost "
                                + "nothing, so that a cache can only add to it; where the network hesitates, its Jacobian is large, "
                                + "and the cache makes it smaller.");
        PaperClaims.ofJacobians(values).report(report);
        scatter(report, values, Victim.MIXED, "Network and cache", "network and cache");
        scatter(report, values, Victim.CACHE, "Cache alone", "the cache alone");
        LineChart chart = new LineChart("number", "mean singular value");
        values.forEach((victim, jacobians) -> {
            double[] mean = jacobians.meanSingularValues();
            chart.line(
                    victim.word(),
                    IntStream.rangeClosed(1, mean.length).asDoubleStream().toArray(),
                    mean);
        });
        report.onPage(page -> page.heading("Singular values").chart(chart));
    }

    private static void scatter(
            Report report, Map<Victim, Jacobians> values, Victim victim, String heading, String name) {
        double[] network = Objects.requireNonNull(values.get(Victim.NETWORK)).norms();
        double[] own = Objects.requireNonNull(values.get(victim)).norms();
        double[] ends = {0, Arrays.stream(network).max().orElseThrow()};
        report.onPage(page -> page.heading(heading)
                .chart(new LineChart("norm for the network", "norm for " + name)
                        .guide("as for the network", ends, ends)
                        .dots(network, own)));
    }
}
