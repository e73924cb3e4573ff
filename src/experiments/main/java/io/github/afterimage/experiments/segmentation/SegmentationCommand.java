package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.ElementType;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.options.PatchNetworkOptions;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.segmentation.SegmentationExperiment.SegmentationOptions;
import io.github.afterimage.experiments.segmentation.SegmentationExperiment.SegmentationResult;
import io.github.afterimage.experiments.segmentation.SegmentationExperiment.UncountedPixels;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.PatchFeatures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
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
    private static final int SHOWN = 6;
    private static final int PICTURE_WIDTH = 220;
    private static final int SWATCH_WIDTH = 14;
    private static final double MUCH = 0.5;

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
        page.check();
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
        AnnotatedImages training = open("--train", train);
        AnnotatedImages held = open("--validation", validation);
        AnnotatedImages shown = test == null ? null : open("--test", test);
        try (Network network = patches.open()) {
            PatchFeatures features = new PatchFeatures(network);
            SegmentationExperiment experiment = step(
                    "segmenting",
                    progress -> new SegmentationExperiment(features, options, training, held, shown, progress));
            report.line(
                    "%s training, %s validation and %s test images",
                    Text.count("trainImages", training.size()),
                    Text.count("validationImages", held.size()),
                    Text.count("testImages", shown == null ? 0 : shown.size()));
            write(report, experiment, shown == null ? held : shown);
            page.write(report);
        }
    }

    /** The folders of images and of their masks, given as {@code IMAGES:MASKS}. */
    private static AnnotatedImages open(String option, String text) throws IOException {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || colon == text.length() - 1) {
            throw new IllegalArgumentException(option + " \"" + text
                    + "\": expected the folders of images and of masks, such as CamVid/train:CamVid/trainannot");
        }
        return AnnotatedImages.open(Path.of(text.substring(0, colon)), Path.of(text.substring(colon + 1)));
    }

    /** @param images the test images, or the validation images if there are none */
    private void write(Report report, SegmentationExperiment experiment, AnnotatedImages images) {
        report.titled(
                "Segmentation by a memory of patches",
                "Nothing was trained. Each patch of a picture gets the classes of similar patches of the training images.");
        uncounted(report, experiment.uncounted());
        report.list("results", results(experiment))
                .note(
                        "Validation and test: mean intersection over union. Pixels: share of pixels with the right class. "
                                + "Queries: time for an image, without the network.");
        report.line("").line("network: %s for an image", Text.seconds("networkSeconds", experiment.networkSeconds()));
        SegmentationScore measured = experiment.last().test();
        if (measured != null) {
            report.heading("The classes, with the last of these").list("classes", classTable(measured.total()));
        }
        report.onPage(page -> page.heading("Pictures")
                .paragraph(
                        "Picture, truth and answer of the last memory in the table, for pictures at equal distances.")
                .pictures(new PictureGrid(SWATCH_WIDTH).legend(classes, MaskPicture.swatches(classes.size())))
                .pictures(pictures(experiment, images)));
    }

    private static void uncounted(Report report, List<UncountedPixels> all) {
        List<UncountedPixels> found =
                all.stream().filter(pixels -> pixels.share() > 0).toList();
        Table table = new Table("lrl");
        for (UncountedPixels pixels : found) {
            table.row(
                    Text.figure("images", pixels.images(), pixels.images() + " masks"),
                    Text.percent("share", pixels.share()),
                    Text.figure(
                            "numbers",
                            pixels.numbers(),
                            "of the pixels have no class and do not count: " + pixels.listed()));
            if (pixels.share() > MUCH) {
                report.warning(Format.percent(pixels.share()) + " of the pixels of the " + pixels.images()
                        + " masks have no class and do not count; check their numbers (" + pixels.listed()
                        + ") and --classes");
            }
        }
        if (!found.isEmpty()) {
            report.list("uncounted", table).line("");
        }
    }

    private Table results(SegmentationExperiment experiment) {
        return new Columns<SegmentationResult>()
                .count("patches", "keys", each -> each.keys())
                .right(
                        "answer",
                        each -> Text.figure(
                                "nearest", each.nearest(), each.nearest() == 0 ? "all" : "nearest " + each.nearest()))
                .number("theta", "theta", each -> each.theta())
                .percent("validation", "validationMeanIou", each -> each.validation())
                .right(
                        "test",
                        each -> tested(
                                each,
                                test -> Text.percent("meanIou", test.total().meanIou())))
                .left(
                        "95 % interval",
                        each -> tested(
                                each, test -> Text.interval("meanIouInterval", test.meanIouInterval(seed.seed()))))
                .right(
                        "pixels",
                        each -> tested(
                                each,
                                test -> Text.percent("accuracy", test.total().accuracy())))
                .left(
                        "95 % interval",
                        each -> tested(
                                each, test -> Text.interval("accuracyInterval", test.accuracyInterval(seed.seed()))))
                .right("queries", each -> Text.seconds("querySeconds", each.querySeconds()))
                .table(experiment.results());
    }

    private static Text tested(SegmentationResult result, Function<SegmentationScore, Text> figure) {
        SegmentationScore test = result.test();
        return test == null ? Text.of("") : figure.apply(test);
    }

    private Table classTable(Confusion total) {
        return new Columns<Integer>()
                .text("class", "class", c -> classes.get(c))
                .right("intersection over union", c -> {
                    double iou = total.iou(c);
                    return Double.isNaN(iou) ? "" : Text.percent("iou", iou);
                })
                .table(IntStream.range(0, classes.size()).boxed().toList());
    }

    private PictureGrid pictures(SegmentationExperiment experiment, AnnotatedImages images) throws IOException {
        PictureGrid grid = new PictureGrid(PICTURE_WIDTH);
        int shown = Math.min(SHOWN, images.size());
        for (int i = 0; i < shown; i++) {
            int image = i * images.size() / shown;
            Image shownImage = images.image(image);
            MaskPicture picture = MaskPicture.of(shownImage, PICTURE_WIDTH);
            grid.row(
                    images.name(image),
                    List.of(
                            picture.plain(),
                            picture.over(images.mask(image, shownImage), classes.size()),
                            picture.over(experiment.answers().get(image), classes.size())),
                    picture.width(),
                    picture.height());
        }
        return grid;
    }
}
