package io.github.afterimage.experiments.attacks;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.RuleOptions;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that draws images and asks the network, the mixture and the cache alone about them and their surroundings. */
abstract class DrawnImagesCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Option(names = "--model", required = true, paramLabel = "MODEL", description = "The network, an ONNX file.")
    private Path model;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DATA",
            description = "The images, as build takes them: cifar10:PATH#test, images:DIR or npz:FILE.")
    private String data;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "250",
            description = "Number of images that are drawn at random; ${DEFAULT-VALUE} by default.")
    private int count;

    @Mixin
    private SeedOption seed;

    @Option(
            names = "--space",
            paramLabel = "SPACE",
            defaultValue = AttackSpace.INPUT,
            description =
                    "The space in which images are changed: input (of the network, by default), pixels (values 0 to 1),"
                            + " or the name of a tensor with the normalised input. The bounds are the least and the greatest value"
                            + " of all images there.")
    private String space;

    @Mixin
    private RuleOptions rule;

    @Option(
            names = "--cache-theta",
            paramLabel = "T",
            description = "Theta of the memory alone, 0 or more; that of the mixture by default.")
    private @Nullable Double cacheTheta;

    /**
     * The models at the drawn images.
     *
     * @param count the number of images, drawn by {@code seed}
     */
    protected record Setup(AttackedModels models, int count, long seed) {}

    @Override
    protected final void execute(Report report) throws IOException {
        check();
        ImageSet named = ImageSets.open(data);
        NetworkSettings settings = NetworkSettings.defaults().withThreads(index.threads());
        try (CacheIndex opened = index.open();
                DifferentiableNetwork network = DifferentiableModel.network(model, opened, settings)) {
            Mixture chosen = rule.mixture(opened);
            double theta = cacheTheta == null ? chosen.theta() : cacheTheta;
            refuse(
                    !(theta >= 0 && Double.isFinite(theta)),
                    "--cache-theta " + theta + ": expected a finite number that is not negative");
            Mixture alone = new Mixture(theta, 1);
            ImageSet images = named.withClasses(opened.classNames(), opened.classes());
            AttackSpace attacked = AttackSpace.of(network, images, space);
            DifferentiableModel mixed = new DifferentiableModel(network, opened, chosen);
            AttackedModels models = new AttackedModels(mixed, alone, attacked, images, count, seed.seed());
            report.line(
                            "%s of %s, seed %s, in the space %s, %s to %s",
                            Text.count("images", count, "image"),
                            Text.value("data", data),
                            Text.value("seed", seed.seed()),
                            Text.value("space", space),
                            Text.fixed("least", attacked.space().min(), 4),
                            Text.fixed("greatest", attacked.space().max(), 4))
                    .line(index.describe(opened))
                    .line(
                            "%s%s",
                            Text.mixture(chosen),
                            theta == chosen.theta()
                                    ? Text.hidden("cacheTheta", theta)
                                    : Text.of(", memory alone at theta %s", Text.number("cacheTheta", theta)));
            run(report, new Setup(models, count, seed.seed()));
        }
    }

    /** Checks the options before the work. */
    protected void check() throws IOException {}

    protected abstract void run(Report report, Setup setup) throws IOException;
}
