package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.fixed;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.options.AttackOptions;
import io.github.afterimage.cli.options.CacheThetaOption;
import io.github.afterimage.cli.options.DrawnImageOptions;
import io.github.afterimage.cli.options.HyperparameterOptions;
import io.github.afterimage.cli.options.IndexOptions;
import io.github.afterimage.cli.options.Input;
import io.github.afterimage.cli.options.MeanIndexOptions;
import io.github.afterimage.cli.options.ModelOption;
import io.github.afterimage.cli.options.OpenedIndex;
import io.github.afterimage.cli.options.OtherNetworkOptions;
import io.github.afterimage.cli.options.PageOption;
import io.github.afterimage.cli.output.AttackPage;
import io.github.afterimage.cli.output.AttackReport;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.robustness.Attack;
import io.github.afterimage.experiments.robustness.AttackResult;
import io.github.afterimage.experiments.robustness.AttackSpace;
import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.SinglePixel;
import io.github.afterimage.experiments.robustness.Target;
import io.github.afterimage.experiments.robustness.TransferModel;
import io.github.afterimage.experiments.robustness.Victim;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.data.ImageArchive;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.platform.AtomicFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "attack",
        header = "Change images until the network, the mixture or the cache alone is wrong.",
        description = {
            "",
            "Draws images at random and looks for the smallest change of each that makes the attacked model err. Reports the "
                    + "size of the changes, |change| / |image|, and how often each model, and another network, is right about "
                    + "the changed images."
        },
        footer = {
            "  afterimage attack --index cifar10.safetensors --model resnet20.onnx --data 'cifar10:data#test' \\",
            "      --space input_1 --against network,mixed,cache --page attack.html --save sets"
        })
final class AttackCommand extends Command {
    private static final String MEAN = "-mean";

    @Mixin
    private IndexOptions index;

    @Mixin
    private ModelOption model;

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

    @Option(
            names = "--save",
            paramLabel = "DIR",
            description = "Write the changed images with their true labels as DIR/MODEL-ATTACK.npz.")
    private @Nullable Path folder;

    @Mixin
    private PageOption page;

    @Override
    void execute(Report report) throws IOException {
        attacks.check();
        Input[] inputs = {index, model, drawn, means, other};
        page.check(inputs);
        if (folder != null) {
            checkFiles(inputs);
            Files.createDirectories(folder);
        }
        ImageSet named = drawn.open();
        Path file = model.require("an attack needs the network");
        NetworkSettings settings = NetworkSettings.defaults().withThreads(index.threads());
        try (OpenedIndex opened = index.open();
                DifferentiableNetwork network = DifferentiableModel.network(file, opened.index(), settings);
                MeanIndexOptions.OpenedIndexes expectation = means.open(index.threads())) {
            Hyperparameters chosen = hyperparameters.resolve(opened.index());
            double alone = cacheTheta.theta(chosen);
            ImageSet images = named.withClasses(
                    opened.index().classNames(), opened.index().classes());
            AttackSpace attackSpace = AttackSpace.of(network, images, drawn.space());
            DifferentiableModel mixed = new DifferentiableModel(network, opened.index(), chosen);
            Robustness robustness = new Robustness(mixed, alone, attackSpace, images, drawn.count(), drawn.seed());
            Map<Victim, Target> followed = new EnumMap<>(Victim.class);
            if (means.given()) {
                followed.put(Victim.MIXED, expectation.target(network, chosen, robustness));
                followed.put(Victim.CACHE, expectation.target(network, new Hyperparameters(alone, 1), robustness));
            }
            AttackReport results;
            try (TransferModel another = other.open(index.threads(), chosen, alone)) {
                results = new AttackReport(robustness, another);
                run(robustness, another, followed, results);
            }
            report.line(
                            "%s, %s to %s",
                            drawn.describe(),
                            fixed("least", attackSpace.space().min(), 4),
                            fixed("greatest", attackSpace.space().max(), 4))
                    .line(index.describe(opened.index()))
                    .line(cacheTheta.describe(chosen));
            results.report(report);
            if (page.given()) {
                page.write(AttackPage.of(results, report), report);
            }
        }
    }

    private void checkFiles(Input... inputs) throws IOException {
        for (Victim victim : attacks.victims()) {
            for (String name : attacks.names()) {
                for (Input input : inputs) {
                    input.checkIsNot(file(victim, name));
                    input.checkIsNot(file(victim, name + MEAN));
                }
            }
        }
    }

    /** @param followed models whose gradients pgd follows in a second run */
    private void run(
            Robustness robustness, @Nullable TransferModel another, Map<Victim, Target> followed, AttackReport results)
            throws IOException {
        long done = 0;
        List<Victim> victims = attacks.victims();
        Map<Victim, AttackResult> pixels = new EnumMap<>(Victim.class);
        try (TerminalProgress progress = progress("attacking")) {
            for (Victim victim : victims) {
                for (String name : attacks.names()) {
                    int limit = attacks.count(name, drawn.count());
                    Attack attack = attacks.attack(name, null, drawn.seed());
                    if (attack instanceof SinglePixel single && pixels.isEmpty()) {
                        pixels.putAll(robustness.attackTogether(victims, single, limit, another));
                    }
                    AttackResult row = attack instanceof SinglePixel
                            ? Objects.requireNonNull(pixels.get(victim))
                            : robustness.attack(victim, attack, limit, another);
                    results.add(row);
                    save(row, victim, name);
                    Target mean = followed.get(victim);
                    if (AttackOptions.follows(name) && mean != null) {
                        row = robustness.attack(victim, attacks.attack(name, mean, drawn.seed()), limit, another);
                        results.add(row);
                        save(row, victim, name + MEAN);
                    }
                    progress.report(
                            ++done, (long) victims.size() * attacks.names().size());
                }
            }
        }
    }

    private void save(AttackResult row, Victim victim, String name) throws IOException {
        if (folder == null || row.changed().count() == 0) {
            return;
        }
        try (AtomicFile output = AtomicFile.create(file(victim, name))) {
            ImageArchive.write(
                    row.changed().adversarials(), row.changed().labels(), Channels.newOutputStream(output.channel()));
            output.complete();
        }
    }

    private Path file(Victim victim, String name) {
        return Objects.requireNonNull(folder).resolve(victim.word() + "-" + name + ".npz");
    }
}
