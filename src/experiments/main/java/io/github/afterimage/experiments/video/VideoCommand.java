package io.github.afterimage.experiments.video;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.options.PatchNetworkOptions;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.segmentation.AnnotatedImages;
import io.github.afterimage.experiments.segmentation.Confusion;
import io.github.afterimage.experiments.segmentation.Mask;
import io.github.afterimage.experiments.segmentation.MaskPicture;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.video.MaskPropagation.PropagationOptions;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.PatchFeatures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "video",
        header = "Carry the mask of an object through videos by a memory of patches, without training.",
        description = {
            "",
            "The memory holds the patches of the first frame with its true mask, and those of the last frames with the masks "
                    + "that were predicted; keys come and go with every frame. The share of "
                    + "the object in a patch is the weighted mean of those of the nearest keys, of those near its place in the "
                    + "picture.",
            "",
            "Measures the masks as DAVIS does, on all frames but the first and the last: J, intersection over union, and F, "
                    + "the agreement of boundaries; beside them, the same for the first mask unchanged. Means over videos have "
                    + "95 % intervals of other draws of videos (bootstrap).",
            "",
            "A video is a folder of frames; the folder of its masks has the same name. Masks are PNG files of one channel, "
                    + "named as the frames, in which 0 is the background."
        },
        footer = {
            "  afterimage measure video --model mobilenet_v2.onnx --layers add_3,add_8 --preprocess resize=864x480 \\",
            "      --frames DAVIS/JPEGImages/480p --masks DAVIS/Annotations/480p --page davis.html"
        })
public final class VideoCommand extends Command {
    private static final int LEAST_FRAMES = 3;
    private static final int SHOWN = 5;
    private static final int PICTURE_WIDTH = 132;
    private static final Columns<SequenceResult> COLUMNS = new Columns<SequenceResult>()
            .text("video", "name", each -> each.name())
            .count("frames", "frames", each -> each.masks().size())
            .percent("J", "region", each -> each.memory().region())
            .percent("F", "boundary", each -> each.memory().boundary())
            .percent("J, first mask", "copiedRegion", each -> each.copied().region())
            .percent("F, first mask", "copiedBoundary", each -> each.copied().boundary());

    @Mixin
    private PatchNetworkOptions patches;

    @Option(
            names = "--frames",
            required = true,
            paramLabel = "DIR",
            description = "A folder with a folder of frames for each video.")
    private Path frames;

    @Option(
            names = "--masks",
            required = true,
            paramLabel = "DIR",
            description = "A folder with a folder of masks for each video.")
    private Path masks;

    @Option(
            names = "--videos",
            split = ",",
            paramLabel = "NAME",
            description = "The videos, separated by commas; all by default.")
    private Set<String> names = Set.of();

    @Option(names = "--theta", paramLabel = "X", description = "Sharpness of the memory; ${DEFAULT-VALUE} by default.")
    private double theta = 20;

    @Option(
            names = "--nearest",
            paramLabel = "K",
            description = "Number of keys that answer a patch; ${DEFAULT-VALUE} by default.")
    private int nearest = 5;

    @Option(
            names = "--last",
            paramLabel = "N",
            description = "Number of last frames in memory, beside the first; ${DEFAULT-VALUE} by default.")
    private int last = 7;

    @Option(
            names = "--window",
            paramLabel = "N",
            description =
                    "How many patches away a key may be; ${DEFAULT-VALUE} by default. Patches are asked in squares "
                            + "of 6 x 6, and the distance is that from the square.")
    private int window = 12;

    @Mixin
    private SeedOption seed;

    @Mixin
    private PageOption page;

    @Override
    protected void execute(Report report) throws IOException {
        page.check();
        PropagationOptions options = new PropagationOptions(theta, nearest, last, window, patches.threads());
        patches.apply();
        Map<String, AnnotatedImages> videos = new LinkedHashMap<>();
        refuse(names.contains(""), "--videos has an empty name: expected the names of folders in " + frames);
        for (String name : names.isEmpty() ? folders() : names) {
            videos.put(name, AnnotatedImages.open(frames.resolve(name), masks.resolve(name)));
        }
        List<SequenceResult> results = new ArrayList<>();
        try (Network network = patches.open()) {
            PatchFeatures features = new PatchFeatures(network);
            for (Map.Entry<String, AnnotatedImages> video : videos.entrySet()) {
                results.add(step(
                        video.getKey(),
                        progress -> run(video.getKey(), video.getValue(), features, options, progress)));
            }
        }
        report(report, options, results, List.copyOf(videos.values()));
        page.write(report);
    }

    private Collection<String> folders() throws IOException {
        AnnotatedImages.requireFolder(frames, "folders, one of frames for each video");
        try (Stream<Path> files = Files.list(frames)) {
            List<String> found = files.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
            if (found.isEmpty()) {
                throw new CorruptDataException(frames + " has no folders: expected a folder of frames for each video");
            }
            return found;
        }
    }

    /**
     * Runs one sequence. As in DAVIS, the first and the last frame do not count.
     *
     * @param sequence frames in the order of their names; in a mask, 0 is background
     * @throws CorruptDataException if there are fewer than three frames, the first mask is empty, or a mask has another size
     *     than its frame
     * @throws IllegalArgumentException if a frame does not fit the network
     * @throws IOException if a file cannot be read
     */
    private static SequenceResult run(
            String name,
            AnnotatedImages sequence,
            PatchFeatures features,
            PropagationOptions options,
            Progress progress)
            throws IOException {
        if (sequence.size() < LEAST_FRAMES) {
            throw new CorruptDataException(
                    "video " + name + " has " + sequence.size() + " frames: expected at least " + LEAST_FRAMES);
        }
        Stopwatch watch = Stopwatch.started();
        Image firstFrame = sequence.image(0);
        Mask first = sequence.mask(0, firstFrame).foreground();
        if (Arrays.stream(first.labels()).allMatch(label -> label == 0)) {
            throw new CorruptDataException(sequence.maskFile(0)
                    + " has no pixel of an object: expected a first mask with one, which is carried on");
        }
        List<Mask> truths = new ArrayList<>(List.of(first));
        List<Mask> masks = new ArrayList<>(List.of(first));
        try (MaskPropagation propagation =
                new MaskPropagation(features, options, sequence.images().get(0).toString(), firstFrame, first)) {
            for (int i = 1; i < sequence.size(); i++) {
                Image frame = sequence.image(i);
                truths.add(sequence.mask(i, frame).foreground());
                masks.add(propagation.next(sequence.images().get(i).toString(), frame));
                progress.report(i + 1L, sequence.size());
            }
        }
        double seconds = watch.seconds() / sequence.size();
        return new SequenceResult(
                name, measures(truths, masks::get), measures(truths, i -> truths.get(0)), seconds, masks);
    }

    private static SequenceResult.Measures measures(List<Mask> truths, IntFunction<Mask> answers) {
        double region = 0;
        double boundary = 0;
        int counted = truths.size() - 2;
        for (int i = 1; i <= counted; i++) {
            region += region(truths.get(i), answers.apply(i)) / counted;
            boundary += BoundaryMeasure.of(truths.get(i), answers.apply(i)) / counted;
        }
        return new SequenceResult.Measures(region, boundary);
    }

    /** Returns intersection over union of the object; 1 if it is in neither mask. */
    static double region(Mask truth, Mask answer) {
        double iou = new Confusion(2).add(truth, answer).iou(1);
        return Double.isNaN(iou) ? 1 : iou;
    }

    private void report(
            Report report, PropagationOptions options, List<SequenceResult> results, List<AnnotatedImages> shown) {
        report.titled(
                "Masks carried through videos",
                "Nothing was trained. The mask of the first frame is given; every other mask follows from similar patches of "
                        + "the first frame and of the frames just before.");
        report.line(
                "theta %s, %s nearest keys within %s patches, memory of the first frame and the last %s",
                Text.number("theta", options.theta()),
                Text.count("nearest", options.nearest()),
                Text.count("window", options.window()),
                Text.count("lastFrames", options.last()));
        report.list("videos", COLUMNS.table(results))
                .note(
                        "J: intersection over union. F: agreement of boundaries. First mask: the same mask for all frames.");
        Table means = new Table("lrlrl").row("mean", "J", "95 % interval", "F", "95 % interval");
        row(means, "memory", "region", "boundary", results, SequenceResult::memory);
        row(means, "first mask", "copiedRegion", "copiedBoundary", results, SequenceResult::copied);
        double perFrame =
                results.stream().mapToDouble(SequenceResult::seconds).average().orElse(0);
        report.table(means)
                .line("")
                .line("%s for a frame", Text.seconds("secondsPerFrame", perFrame))
                .onPage(page -> {
                    PictureGrid grid = new PictureGrid(PICTURE_WIDTH);
                    for (int i = 0; i < shown.size(); i++) {
                        strip(grid, results.get(i), shown.get(i));
                    }
                    page.heading("Pictures")
                            .paragraph(
                                    "The first frame with its true mask, and later frames with the masks that were predicted.")
                            .pictures(grid);
                });
    }

    private void row(
            Table means,
            String title,
            String region,
            String boundary,
            List<SequenceResult> results,
            Function<SequenceResult, SequenceResult.Measures> scores) {
        double[] regions = results.stream()
                .mapToDouble(each -> scores.apply(each).region())
                .toArray();
        double[] boundaries = results.stream()
                .mapToDouble(each -> scores.apply(each).boundary())
                .toArray();
        means.row(
                title,
                Text.percent(region, Arrays.stream(regions).average().orElse(0)),
                Text.interval(region + "Interval", Interval.ofMean(regions, seed.seed())),
                Text.percent(boundary, Arrays.stream(boundaries).average().orElse(0)),
                Text.interval(boundary + "Interval", Interval.ofMean(boundaries, seed.seed())));
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

    /**
     * How well a mask was carried through a sequence.
     *
     * @param memory the measures of the masks that were predicted
     * @param copied the measures if the first mask stands for all frames
     * @param seconds time for a frame, decoding and network included
     * @param masks the first mask, and those predicted
     */
    record SequenceResult(String name, Measures memory, Measures copied, double seconds, List<Mask> masks) {

        /**
         * Means over frames.
         *
         * @param region intersection over union of the object, J in DAVIS
         * @param boundary F-measure of its boundary, F in DAVIS
         */
        public record Measures(double region, double boundary) {}
    }
}
