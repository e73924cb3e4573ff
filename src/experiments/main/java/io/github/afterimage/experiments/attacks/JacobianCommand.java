package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

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
            "      --data 'cifar10:data#test' --space input_1"
        })
public final class JacobianCommand extends DrawnImagesCommand {
    /** Singular values in a row of the table; the object has all. */
    private static final int SHOWN = 10;

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        Map<Victim, Jacobians> values = new EnumMap<>(Victim.class);
        try (TerminalProgress progress = progress("differentiating")) {
            for (Victim victim : Victim.values()) {
                int before = values.size();
                values.put(
                        victim,
                        setup.models()
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
        report.table(table);
    }
}
