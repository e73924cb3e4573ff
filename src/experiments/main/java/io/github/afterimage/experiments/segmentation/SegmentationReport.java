package io.github.afterimage.experiments.segmentation;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.seconds;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Reports what memories of patches reach.
 *
 * @param classes their names
 * @param seed of the intervals
 */
record SegmentationReport(SegmentationExperiment experiment, List<String> classes, long seed) {
    private static final int SHOWN = 6;
    private static final int PICTURE_WIDTH = 220;
    private static final int SWATCH_WIDTH = 14;
    private static final double MUCH = 0.5;

    /** @param images the test images, or the validation images if there are none */
    void write(Report report, AnnotatedImages images) {
        report.titled(
                "Segmentation by a memory of patches",
                "Nothing was trained. Each patch of a picture gets the classes of similar patches of the training images.");
        uncounted(report);
        report.list("results", results())
                .note(
                        "Validation and test: mean intersection over union. Pixels: share of pixels with the right class. "
                                + "Queries: time for an image, without the network.");
        report.line("").line("network: %s for an image", seconds("networkSeconds", experiment.networkSeconds()));
        SegmentationScore test = last().test();
        if (test != null) {
            report.heading("The classes, with the last of these").list("classes", classTable(test.total()));
        }
        report.onPage(page -> page.heading("Pictures")
                .paragraph(
                        "Picture, truth and answer of the last memory in the table, for pictures at equal distances.")
                .pictures(new PictureGrid(SWATCH_WIDTH).legend(classes, MaskPicture.swatches(classes.size())))
                .pictures(pictures(images)));
    }

    private void uncounted(Report report) {
        List<UncountedPixels> found = experiment.uncounted().stream()
                .filter(pixels -> pixels.share() > 0)
                .toList();
        Table table = new Table("lrl");
        for (UncountedPixels pixels : found) {
            table.row(
                    figure("images", pixels.images(), pixels.images() + " masks"),
                    percent("share", pixels.share()),
                    figure(
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

    private SegmentationResult last() {
        return experiment.results().get(experiment.results().size() - 1);
    }

    private Table results() {
        return new Columns<SegmentationResult>()
                .right("patches", each -> count("keys", each.keys()))
                .right(
                        "answer",
                        each -> figure(
                                "nearest", each.nearest(), each.nearest() == 0 ? "all" : "nearest " + each.nearest()))
                .right("theta", each -> number("theta", each.theta()))
                .right("validation", each -> percent("validationMeanIou", each.validation()))
                .right(
                        "test",
                        each -> tested(
                                each, test -> percent("meanIou", test.total().meanIou())))
                .left(
                        "95 % interval",
                        each -> tested(each, test -> Text.interval("meanIouInterval", test.meanIouInterval(seed))))
                .right(
                        "pixels",
                        each -> tested(
                                each, test -> percent("accuracy", test.total().accuracy())))
                .left(
                        "95 % interval",
                        each -> tested(each, test -> Text.interval("accuracyInterval", test.accuracyInterval(seed))))
                .right("queries", each -> seconds("querySeconds", each.querySeconds()))
                .table(experiment.results());
    }

    private static Text tested(SegmentationResult result, Function<SegmentationScore, Text> figure) {
        SegmentationScore test = result.test();
        return test == null ? Text.of("") : figure.apply(test);
    }

    private Table classTable(Confusion total) {
        return new Columns<Integer>()
                .left("class", c -> value("class", classes.get(c)))
                .right("intersection over union", c -> {
                    double iou = total.iou(c);
                    return Double.isNaN(iou) ? "" : percent("iou", iou);
                })
                .table(IntStream.range(0, classes.size()).boxed().toList());
    }

    private PictureGrid pictures(AnnotatedImages images) throws IOException {
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
