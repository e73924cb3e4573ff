package io.github.afterimage.cli.options;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.experiments.robustness.AttackSpace;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The random images that a command about robustness looks at, and where they are moved. */
public final class DrawnImages {
    @Option(names = "--data", order = 5, required = true, paramLabel = "DATA", description = "The images.")
    private String data;

    @Option(
            names = "--count",
            order = 10,
            paramLabel = "N",
            defaultValue = "250",
            description = "How many images are drawn; 250 by default.")
    private int count;

    @Option(
            names = "--seed",
            order = 11,
            paramLabel = "N",
            defaultValue = "1",
            description = "Of all that is random; 1 by default.")
    private long seed;

    @Option(
            names = "--space",
            order = 12,
            paramLabel = "SPACE",
            defaultValue = AttackSpace.INPUT,
            description =
                    "Where images are moved: input (the network's, by default), pixels from 0 to 1, or a tensor that "
                            + "holds the normalised input; bounds are those of all the images there.")
    private String space;

    @Option(
            names = "--cache-theta",
            order = 42,
            paramLabel = "T",
            description = "Sharpness for the cache alone; the same by default.")
    private Double cacheTheta;

    /** Fails if {@code output} is the file that the images are in. */
    public void checkIsNot(Path output) throws IOException {
        OutputFile.checkIsNot(output, ImageSets.path(data));
    }

    public ImageSet open() throws IOException {
        return ImageSets.open(data);
    }

    public int count() {
        return count;
    }

    public long seed() {
        return seed;
    }

    public String space() {
        return space;
    }

    /** The cache's own theta, checked. */
    public double cacheTheta(Hyperparameters chosen) {
        return new Hyperparameters(cacheTheta == null ? chosen.theta() : cacheTheta, 1).theta();
    }

    public void report(Report report, Hyperparameters chosen) {
        report.field("data", data)
                .field("images", count)
                .field("seed", seed)
                .field("space", space)
                .field("theta", chosen.theta())
                .field("lambda", chosen.lambda())
                .field("cacheTheta", cacheTheta(chosen));
    }

    @Override
    public String toString() {
        return Format.count(count, "image") + " of " + data + ", seed " + seed + ", in the space " + space;
    }
}
