package io.github.afterimage.experiments.attacks;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.data.ImageArchive;
import io.github.afterimage.platform.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Attacks the network, the mixture and the cache alone. */
@picocli.CommandLine.Command(
        name = "attacks",
        header = "Change images until the network, the mixture or the cache alone is wrong.",
        description = {
            "",
            "Draws images at random and looks for the smallest change of each that makes the attacked model err. Reports the "
                    + "size of the changes, |change| / |image|, and how often each model is right about the changed images."
        },
        footer = {
            "  afterimage reproduce attacks --index cifar10.safetensors --model resnet20.onnx --data 'cifar10:data#test' \\",
            "      --space input_1 --against network,mixed,cache --page attack.html --save sets"
        })
public final class AttackCommand extends DrawnImagesCommand {
    private static final String STRONG = "pgd";
    private static final String PIXEL = "pixel";
    private static final int PIXELS = 1000;

    @Option(
            names = "--attacks",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "fgsm,ifgsm,pixel,blur",
            description = "The attacks, separated by commas: fgsm, ifgsm, pixel and blur (these four by default), pgd.")
    private List<String> names;

    @Option(
            names = "--against",
            split = ",",
            paramLabel = "MODEL",
            defaultValue = "network",
            description = "The models to attack, separated by commas: network (by default), mixed, cache.")
    private List<Victim> against;

    @Option(
            names = "--values",
            paramLabel = "N",
            defaultValue = "50",
            description =
                    "Number of epsilons that fgsm and ifgsm try, and of widths that blur tries; ${DEFAULT-VALUE} by"
                            + " default, as in the paper.")
    private int values;

    @Option(
            names = "--pgd-count",
            paramLabel = "N",
            description = "Maximum number of images for pgd, which is slow; all by default.")
    private @Nullable Integer strongCount;

    @Option(
            names = "--save",
            paramLabel = "DIR",
            description = "Write the changed images with their true labels as DIR/MODEL-ATTACK.npz.")
    private @Nullable Path folder;

    @Mixin
    private PageOption page;

    @Override
    protected void check() throws IOException {
        page.check();
        refuse(values < 1, "--values " + values + ": expected a positive number");
        names.forEach(name -> attack(name, 1));
        for (Victim victim : against) {
            for (String name : names) {
                if (folder != null) {
                    OutputFile.checkIsNoInput(spec(), file(victim, name));
                }
            }
        }
        if (folder != null) {
            Files.createDirectories(folder);
        }
    }

    private Attack attack(String name, long seed) {
        return switch (name) {
            case "fgsm" -> new FastGradientSign(values, 0.5);
            case "ifgsm" -> new IterativeGradientSign(values, 10);
            case PIXEL -> new SinglePixel(PIXELS, seed);
            case "blur" -> new GaussianBlur(values);
            case STRONG -> new ProjectedGradient(0.5, 20, 3, seed);
            default ->
                throw new IllegalArgumentException(
                        "--attacks \"" + name + "\": expected fgsm, ifgsm, pixel, blur or pgd");
        };
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        try (TerminalProgress progress = progress("attacking")) {
            AttackReport results = new AttackReport(setup.models());
            attack(setup, results, progress);
            results.report(report);
        }
        page.write(report);
    }

    /** Runs each attack on each model and keeps the images that it changed. */
    private void attack(Setup setup, AttackReport results, Progress progress) throws IOException {
        AttackedModels models = setup.models();
        Map<Victim, AttackResult> pixels = names.contains(PIXEL)
                ? models.attackTogether(against, new SinglePixel(PIXELS, setup.seed()), setup.count())
                : Map.of();
        long done = 0;
        for (Victim victim : against) {
            for (String name : names) {
                int limit = name.equals(STRONG) && strongCount != null ? strongCount : setup.count();
                keep(
                        name.equals(PIXEL)
                                ? Objects.requireNonNull(pixels.get(victim))
                                : models.attack(victim, attack(name, setup.seed()), limit),
                        name,
                        results);
                progress.report(++done, (long) against.size() * names.size());
            }
        }
    }

    /** Writes the images that an attack changed, if files are wanted and there are any. */
    private void keep(AttackResult result, String attack, AttackReport results) throws IOException {
        results.add(result);
        if (folder != null && result.changed() > 0) {
            try (AtomicFile output = AtomicFile.create(file(result.victim(), attack))) {
                ImageArchive.write(result.adversarials(), result.labels(), output.stream());
                output.complete();
            }
        }
    }

    private Path file(Victim victim, String attack) {
        return Objects.requireNonNull(folder).resolve(victim.word() + "-" + attack + ".npz");
    }
}
