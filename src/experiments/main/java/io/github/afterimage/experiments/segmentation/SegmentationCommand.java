package io.github.afterimage.experiments.segmentation;

import static io.github.afterimage.experiments.report.Text.count;

import io.github.afterimage.ElementType;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.options.PatchNetworkOptions;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.PatchFeatures;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "segmentation",
        header = "Segment images by a memory of patches, without training.",
        description = {
            "",
            "A key is the features of a patch of a training image: one position of the network's spatial layers, each scaled to "
                    + "unit length. Its value is the shares of the classes among its pixels. A patch of another image gets "
                    + "the weighted mean of the values in memory, interpolated between patches; each pixel gets the class with the "
                    + "greatest share.",
            "",
            "For memories of several sizes, patches drawn at random, and for all keys and the nearest: finds the theta with the "
                    + "greatest mean intersection over union on the validation images, and measures it on the test images, with "
                    + "95 % intervals of other draws of test images (bootstrap).",
            "",
            "Masks are PNG files of one channel, named as the images. A pixel is the number of its class, in the order of "
                    + "--classes, from 0; other numbers do not count."
        },
        footer = {
            "  afterimage measure segmentation --model mobilenet_v2.onnx --layers add_8,add_10 \\",
            "      --preprocess resize=480x352 --train CamVid/train:CamVid/trainannot \\",
            "      --validation CamVid/val:CamVid/valannot --test CamVid/test:CamVid/testannot \\",
            "      --classes sky,building,pole,road,pavement,tree,sign,fence,car,pedestrian,bicyclist \\",
            "      --page camvid.html"
        })
public final class SegmentationCommand extends Command {
    @Mixin
    private PatchNetworkOptions patches;

    @Option(
            names = "--train",
            required = true,
            paramLabel = "IMAGES:MASKS",
            description = "The folders of the images and of the masks that make the memory.")
    private String train;

    @Option(
            names = "--validation",
            required = true,
            paramLabel = "IMAGES:MASKS",
            description = "Those that theta is chosen on.")
    private String validation;

    @Option(
            names = "--test",
            paramLabel = "IMAGES:MASKS",
            description = "Those to measure on; leave them out to compare layers on the validation images.")
    private @Nullable String test;

    @Option(
            names = "--classes",
            required = true,
            split = ",",
            paramLabel = "NAME",
            description = "Names of the classes 0, 1, ..., separated by commas.")
    private List<String> classes;

    @Option(
            names = "--sizes",
            split = ",",
            paramLabel = "N",
            description =
                    "Numbers of patches in memory, in ascending order; 1000,10000,100000,100000000 by default. A number "
                            + "above that of all patches means all.")
    private List<Integer> sizes = List.of(1_000, 10_000, 100_000, 100_000_000);

    @Option(
            names = "--nearest",
            paramLabel = "K",
            description = "Number of keys that answer a patch, beside all keys; ${DEFAULT-VALUE} by default.")
    private int nearest = 30;

    @Option(
            names = "--theta",
            split = ",",
            paramLabel = "X",
            description = "The values that are tried, separated by commas; 30,45,60,75,90 by default.")
    private List<Double> thetas = List.of(30.0, 45.0, 60.0, 75.0, 90.0);

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Type of the keys: f32 (by default), f16, bf16 or i8.")
    private String type = ElementType.FLOAT32.shortName();

    @Mixin
    private SeedOption seed;

    @Mixin
    private PageOption page;

    private void checkClasses() {
        String given = "--classes \"" + String.join(",", classes) + "\": ";
        for (int i = 0; i < classes.size(); i++) {
            if (classes.get(i).isBlank() || classes.indexOf(classes.get(i)) < i) {
                throw new IllegalArgumentException(given + "the name of class " + i
                        + (classes.get(i).isBlank()
                                ? " is empty"
                                : " is that of class " + classes.indexOf(classes.get(i)))
                        + "; expected a name of its own for each number");
            }
        }
        if (classes.size() < 2) {
            throw new IllegalArgumentException(given + "expected two or more, since one leaves no choice");
        }
    }

    @Override
    protected void execute(Report report) throws IOException {
        page.check(
                patches,
                file -> AnnotatedFolders.checkIsNot(file, "--train", train),
                file -> AnnotatedFolders.checkIsNot(file, "--validation", validation),
                file -> {
                    if (test != null) {
                        AnnotatedFolders.checkIsNot(file, "--test", test);
                    }
                });
        checkClasses();
        SegmentationOptions options = new SegmentationOptions(
                classes.size(),
                sizes,
                nearest,
                thetas.stream().mapToDouble(Double::doubleValue).toArray(),
                ElementType.named(type),
                patches.threads(),
                seed.seed());
        patches.apply();
        AnnotatedImages training = AnnotatedFolders.open("--train", train);
        AnnotatedImages held = AnnotatedFolders.open("--validation", validation);
        AnnotatedImages shown = test == null ? null : AnnotatedFolders.open("--test", test);
        try (Network network = patches.open();
                TerminalProgress progress = progress("segmenting")) {
            SegmentationExperiment experiment =
                    SegmentationExperiment.run(new PatchFeatures(network), options, training, held, shown, progress);
            report.line(
                    "%s training, %s validation and %s test images",
                    count("trainImages", training.size()),
                    count("validationImages", held.size()),
                    count("testImages", shown == null ? 0 : shown.size()));
            new SegmentationReport(experiment, classes, seed.seed()).write(report, shown == null ? held : shown);
            page.write(report);
        }
    }
}
