package io.github.afterimage.experiments.attacks;

import static io.github.afterimage.experiments.report.Text.fixed;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.CacheThetaOption;
import io.github.afterimage.experiments.options.DrawnImageOptions;
import io.github.afterimage.experiments.options.HyperparameterOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.Input;
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
        name = "attacks",
        header = "Change images until the network, the mixture or the cache alone is wrong.",
        description = {
            "",
            "Draws images at random and looks for the smallest change of each that makes the attacked model err. Reports the "
                    + "size of the changes, |change| / |image|, and how often each model, and another network, is right about "
                    + "the changed images."
        },
        footer = {
            "  afterimage reproduce attacks --index cifar10.safetensors --model resnet20.onnx --data 'cifar10:data#test' \\",
            "      --space input_1 --against network,mixed,cache --page attack.html --save sets"
        })
public final class AttackCommand extends Command {
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
    private AttackOptions attacks;

    @Mixin
    private MeanIndexOptions means;

    @Mixin
    private OtherNetworkOptions other;

    @Mixin
    private ChangedImagesOption changed;

    @Mixin
    private PageOption page;

    @Override
    protected void execute(Report report) throws IOException {
        attacks.check();
        Input[] inputs = {index, model, drawn, means, other};
        page.check(inputs);
        changed.check(attacks, inputs);
        ImageSet named = drawn.open();
        Path file = model.file();
        NetworkSettings settings = NetworkSettings.defaults().withThreads(index.threads());
        try (OpenedIndex opened = index.open();
                DifferentiableNetwork network = DifferentiableModel.network(file, opened.index(), settings);
                MeanIndexOptions.OpenedIndexes expectation = means.open(index.threads())) {
            Hyperparameters chosen = hyperparameters.resolve(opened.index());
            Hyperparameters alone = cacheTheta.alone(chosen);
            ImageSet images = named.withClasses(
                    opened.index().classNames(), opened.index().classes());
            AttackSpace attackSpace = AttackSpace.of(network, images, drawn.space());
            DifferentiableModel mixed = new DifferentiableModel(network, opened.index(), chosen);
            Robustness robustness = new Robustness(mixed, alone, attackSpace, images, drawn.count(), drawn.seed());
            Map<Victim, Target> followed = new EnumMap<>(Victim.class);
            if (means.given()) {
                followed.put(Victim.MIXED, expectation.target(network, chosen, robustness));
                followed.put(Victim.CACHE, expectation.target(network, alone, robustness));
            }
            AttackReport results;
            try (TransferModel another = other.open(index.threads(), chosen, alone);
                    TerminalProgress progress = progress("attacking")) {
                results = new AttackReport(robustness, another);
                AttackRun run = new AttackRun(attacks, drawn, changed, progress);
                run.run(robustness, another, followed, results);
            }
            report.line(
                            "%s, %s to %s",
                            drawn.describe(),
                            fixed("least", attackSpace.space().min(), 4),
                            fixed("greatest", attackSpace.space().max(), 4))
                    .line(index.describe(opened.index()))
                    .line(cacheTheta.describe(chosen));
            results.report(report);
            page.write(report);
        }
    }
}
