package io.github.afterimage.experiments.video;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.seconds;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.segmentation.AnnotatedImages;
import io.github.afterimage.experiments.segmentation.MaskPicture;
import io.github.afterimage.experiments.statistics.Bootstrap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Reports how well masks were carried through videos.
 *
 * @param seed of the intervals
 */
public record VideoReport(PropagationOptions options, List<SequenceResult> results, long seed) {
    private static final int SHOWN = 5;
    private static final int PICTURE_WIDTH = 132;

    /** @param shown the videos of the results */
    public void write(Report report, List<AnnotatedImages> shown) {
        report.titled(
                "Masks carried through videos",
                "Nothing was trained. The mask of the first frame is given; every other mask follows from similar patches of "
                        + "the first frame and of the frames just before.");
        report.line(
                "theta %s, %s nearest keys within %s patches, memory of the first frame and the last %s",
                number("theta", options.theta()),
                count("nearest", options.nearest()),
                count("window", options.window()),
                count("lastFrames", options.last()));
        report.list("videos", videos())
                .note(
                        "J: intersection over union. F: agreement of boundaries. First mask: the same mask for all frames.");
        Table means = new Table("lrlrl")
                .row("mean", "J", "95 % interval", "F", "95 % interval")
                .row(
                        "memory",
                        mean("region", r -> r.memory().region()),
                        interval("regionInterval", r -> r.memory().region()),
                        mean("boundary", r -> r.memory().boundary()),
                        interval("boundaryInterval", r -> r.memory().boundary()))
                .row(
                        "first mask",
                        mean("copiedRegion", r -> r.copied().region()),
                        interval("copiedRegionInterval", r -> r.copied().region()),
                        mean("copiedBoundary", r -> r.copied().boundary()),
                        interval("copiedBoundaryInterval", r -> r.copied().boundary()));
        report.table(means)
                .line("")
                .line(
                        "%s for a frame",
                        seconds(
                                "secondsPerFrame",
                                results.stream()
                                        .mapToDouble(SequenceResult::seconds)
                                        .average()
                                        .orElse(0)))
                .onPage(page -> page.heading("Pictures")
                        .paragraph(
                                "The first frame with its true mask, and later frames with the masks that were predicted.")
                        .pictures(pictures(shown)));
    }

    private PictureGrid pictures(List<AnnotatedImages> shown) throws IOException {
        PictureGrid grid = new PictureGrid(PICTURE_WIDTH);
        for (int i = 0; i < shown.size(); i++) {
            strip(grid, results.get(i), shown.get(i));
        }
        return grid;
    }

    private Table videos() {
        Table table = new Table("lrrrrr").row("video", "frames", "J", "F", "J, first mask", "F, first mask");
        for (SequenceResult result : results) {
            table.row(
                    value("name", result.name()),
                    count("frames", result.masks().size()),
                    percent("region", result.memory().region()),
                    percent("boundary", result.memory().boundary()),
                    percent("copiedRegion", result.copied().region()),
                    percent("copiedBoundary", result.copied().boundary()));
        }
        return table;
    }

    private Text mean(String name, ToDoubleFunction<SequenceResult> measure) {
        return percent(name, results.stream().mapToDouble(measure).average().orElse(0));
    }

    private Text interval(String name, ToDoubleFunction<SequenceResult> measure) {
        double[] values = results.stream().mapToDouble(measure).toArray();
        return Text.interval(name, Bootstrap.ofMean(values, seed));
    }

    private static void strip(PictureGrid grid, SequenceResult result, AnnotatedImages video) throws IOException {
        List<float[]> pictures = new ArrayList<>();
        MaskPicture picture = MaskPicture.of(video.image(0), PICTURE_WIDTH);
        int shown = Math.min(SHOWN, video.size());
        for (int i = 0; i < shown; i++) {
            int frame = i * (video.size() - 1) / (shown - 1);
            picture = MaskPicture.of(video.image(frame), PICTURE_WIDTH);
            pictures.add(picture.overObject(result.masks().get(frame)));
        }
        grid.row(result.name(), pictures, picture.width(), picture.height());
    }
}
