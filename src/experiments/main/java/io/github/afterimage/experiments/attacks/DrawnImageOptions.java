package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.Input;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Random images for measurements of robustness, and the space in which they are changed. */
final class DrawnImageOptions implements Input {
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

    @Override
    public void checkIsNot(Path output) throws IOException {
        OutputFile.checkIsNot(output, ImageSets.path(data));
    }

    ImageSet open() throws IOException {
        return ImageSets.open(data);
    }

    int count() {
        return count;
    }

    long seed() {
        return seed.seed();
    }

    String space() {
        return space;
    }

    /** {@code 250 images of cifar10:data#test, seed 1, in the space input}. */
    Text describe() {
        return Text.of(
                "%s of %s, seed %s, in the space %s",
                Text.count("images", count, "image"),
                Text.value("data", data),
                Text.value("seed", seed()),
                Text.value("space", space));
    }
}
