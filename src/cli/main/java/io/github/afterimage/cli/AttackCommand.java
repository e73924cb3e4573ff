package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.options.DrawnImages;
import io.github.afterimage.cli.options.HyperparameterOptions;
import io.github.afterimage.cli.options.IndexOptions;
import io.github.afterimage.cli.options.MeanIndexes;
import io.github.afterimage.cli.options.ModelOption;
import io.github.afterimage.cli.options.OtherNetwork;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.robustness.Attack;
import io.github.afterimage.experiments.robustness.AttackResult;
import io.github.afterimage.experiments.robustness.AttackSpace;
import io.github.afterimage.experiments.robustness.FastGradientSign;
import io.github.afterimage.experiments.robustness.GaussianBlur;
import io.github.afterimage.experiments.robustness.IterativeGradientSign;
import io.github.afterimage.experiments.robustness.ProjectedGradient;
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
import io.github.afterimage.store.AtomicFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "attack",
        header = "Change images until the network, the mixture or the cache alone is wrong.",
        description = {
            "",
            "Looks for the smallest change of each of some random images, and says how large it is and "
                    + "what the others, and another network, say of the changed images."
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
    private DrawnImages drawn;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Option(
            names = "--attacks",
            order = 13,
            split = ",",
            paramLabel = "NAME",
            defaultValue = "fgsm,ifgsm,pixel,blur",
            description = "fgsm, ifgsm, pixel, blur (all by default), pgd.")
    private List<String> attacks;

    @Option(
            names = "--against",
            order = 14,
            split = ",",
            paramLabel = "MODEL",
            defaultValue = "network",
            description = "network (by default), mixed, cache.")
    private List<String> against;

    @Option(
            names = "--values",
            order = 15,
            paramLabel = "N",
            defaultValue = "50",
            description =
                    "How many epsilons fgsm and ifgsm try, and how many widths blur; 50 by default, as the paper.")
    private int values;

    @Option(
            names = "--pgd-count",
            order = 15,
            paramLabel = "N",
            description = "The most images for pgd, which is slow; all by default.")
    private Integer pgdCount;

    @Mixin
    private MeanIndexes means;

    @Mixin
    private OtherNetwork other;

    @Option(
            names = "--save",
            order = 50,
            paramLabel = "DIR",
            description = "Write the changed images with their true labels as DIR/MODEL-ATTACK.npz.")
    private Path folder;

    @Option(names = "--page", order = 51, paramLabel = "FILE.html", description = "Write a page that shows them.")
    private Path page;

    @Override
    void execute(Report report) throws IOException {
        List<Victim> victims = against.stream()
                .map(name -> choice(Victim.class, "--against", name))
                .toList();
        if (values < 1) {
            throw new IllegalArgumentException("--values " + values + ": expected a positive number");
        }
        for (String name : attacks) {
            attack(name, null);
        }
        if (page != null) {
            OutputFile.checkWritable(page);
            checkIsNoInput(page);
        }
        if (folder != null) {
            for (Victim victim : victims) {
                for (String name : attacks) {
                    checkIsNoInput(file(victim, name));
                    checkIsNoInput(file(victim, name + MEAN));
                }
            }
            Files.createDirectories(folder);
        }
        ImageSet named = drawn.open();
        Path file = model.require("an attack needs the network");
        NetworkSettings settings = NetworkSettings.defaults().withThreads(index.threads());
        try (IndexOptions.Opened opened = index.open();
                DifferentiableNetwork network = DifferentiableModel.network(file, opened.index(), settings);
                MeanIndexes.Opened expectation = means.open(index.threads())) {
            Hyperparameters chosen = hyperparameters.resolve(opened.index());
            double alone = drawn.cacheTheta(chosen);
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
                run(victims, robustness, another, followed, results);
            }
            index.report(report, opened.index());
            drawn.report(report, chosen);
            report.field("least", attackSpace.space().min())
                    .field("greatest", attackSpace.space().max());
            report.line(drawn
                    + String.format(
                            Locale.ROOT,
                            ", %.4f to %.4f",
                            attackSpace.space().min(),
                            attackSpace.space().max()));
            report.line(index.describe(opened.index()));
            report.line("theta " + Format.number(chosen.theta()) + ", lambda " + Format.number(chosen.lambda())
                    + ", cache alone at theta " + Format.number(alone));
            results.report(report);
            if (page != null) {
                try (OutputFile output = OutputFile.create(page)) {
                    output.writer().write(AttackPage.of(results, report).html());
                    output.complete();
                }
                report.field("page", page.toString()).line("").line("page in " + page);
            }
        }
    }

    private void checkIsNoInput(Path output) throws IOException {
        index.checkIsNot(output);
        model.checkIsNot(output);
        drawn.checkIsNot(output);
        means.checkIsNot(output);
        other.checkIsNot(output);
    }

    /** @param followed whose gradients pgd follows besides */
    private void run(
            List<Victim> victims,
            Robustness robustness,
            TransferModel another,
            Map<Victim, Target> followed,
            AttackReport results)
            throws IOException {
        long done = 0;
        Map<Victim, AttackResult> pixels = new EnumMap<>(Victim.class);
        try (TerminalProgress progress = progress("attacking")) {
            for (Victim victim : victims) {
                for (String name : attacks) {
                    boolean strong = name.equals("pgd");
                    int limit = strong && pgdCount != null ? pgdCount : drawn.count();
                    Attack attack = attack(name, null);
                    if (attack instanceof SinglePixel single && pixels.isEmpty()) {
                        pixels.putAll(robustness.attackTogether(victims, single, limit, another));
                    }
                    AttackResult row = attack instanceof SinglePixel
                            ? pixels.get(victim)
                            : robustness.attack(victim, attack, limit, another);
                    results.add(row);
                    save(row, victim, name);
                    if (strong && followed.containsKey(victim)) {
                        row = robustness.attack(victim, attack(name, followed.get(victim)), limit, another);
                        results.add(row);
                        save(row, victim, name + MEAN);
                    }
                    progress.report(++done, (long) victims.size() * attacks.size());
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
        return folder.resolve(victim.name().toLowerCase(Locale.ROOT) + "-" + name + ".npz");
    }

    private Attack attack(String name, Target followed) {
        return switch (name) {
            case "fgsm" -> new FastGradientSign(values, 0.5);
            case "ifgsm" -> new IterativeGradientSign(values, 10);
            case "pixel" -> new SinglePixel(1000, drawn.seed());
            case "blur" -> new GaussianBlur(values);
            case "pgd" -> new ProjectedGradient(followed, 0.5, 20, 3, drawn.seed());
            default ->
                throw new IllegalArgumentException(
                        "--attacks \"" + name + "\": expected fgsm, ifgsm, pixel, blur or pgd");
        };
    }

    private static <E extends Enum<E>> E choice(Class<E> kinds, String option, String name) {
        for (E kind : kinds.getEnumConstants()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(name)) {
                return kind;
            }
        }
        throw new IllegalArgumentException(option + " \"" + name + "\": expected network, mixed or cache");
    }
}
