package io.github.afterimage.experiments.video;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.segmentation.AnnotatedImages;
import io.github.afterimage.experiments.segmentation.Confusion;
import io.github.afterimage.experiments.segmentation.Mask;
import io.github.afterimage.experiments.video.MaskPropagation.PropagationOptions;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.PatchFeatures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/** Carries the mask of the first frame through a sequence and measures it on the other frames. */
public final class VideoExperiment {
    /** The fewest frames of a sequence: one between the first and the last. */
    private static final int LEAST_FRAMES = 3;

    private VideoExperiment() {}

    /**
     * Runs one sequence. As in DAVIS, the first and the last frame do not count.
     *
     * @param sequence frames in the order of their names; in a mask, 0 is background
     * @throws CorruptDataException if there are fewer than three frames, the first mask is empty, or a mask has another size
     *     than its frame
     * @throws IllegalArgumentException if a frame does not fit the network
     * @throws IOException if a file cannot be read
     */
    public static SequenceResult run(
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
                new MaskPropagation(features, options, sequence.file(0).toString(), firstFrame, first)) {
            for (int i = 1; i < sequence.size(); i++) {
                Image frame = sequence.image(i);
                truths.add(sequence.mask(i, frame).foreground());
                masks.add(propagation.next(sequence.file(i).toString(), frame));
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
