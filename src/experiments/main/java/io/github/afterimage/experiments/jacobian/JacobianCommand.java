package io.github.afterimage.experiments.jacobian;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.attacks.AttackSpace;
import io.github.afterimage.experiments.attacks.Robustness;
import io.github.afterimage.experiments.attacks.Victim;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.CacheThetaOption;
import io.github.afterimage.experiments.options.DrawnImageOptions;
import io.github.afterimage.experiments.options.HyperparameterOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.OpenedIndex;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.options.RequiredModelOption;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import picocli.CommandLine.Mixin;

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
public final class JacobianCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private RequiredModelOption model;

    @Mixin
    private DrawnImageOptions drawn;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Mixin
    private CacheThetaOption cacheTheta;

    @Mixin
    private PageOption page;

    @Override
    protected void execute(Report report) throws IOException {
        page.check(index, model, drawn);
        ImageSet named = drawn.open();
        Path file = model.file();
        NetworkSettings settings = NetworkSettings.defaults().withThreads(index.threads());
        try (OpenedIndex opened = index.open();
                DifferentiableNetwork network = DifferentiableModel.network(file, opened.index(), settings)) {
            Hyperparameters chosen = hyperparameters.resolve(opened.index());
            Hyperparameters alone = cacheTheta.alone(chosen);
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
            report.line(drawn.describe()).line(index.describe(opened.index())).line(cacheTheta.describe(chosen));
            new JacobianReport(values).write(report);
            page.write(report);
        }
    }
}
