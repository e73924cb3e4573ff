package io.github.afterimage.experiments.video;

import io.github.afterimage.experiments.segmentation.Mask;
import java.util.List;

/**
 * How well a mask was carried through a sequence.
 *
 * @param memory the measures of the masks that were predicted
 * @param copied the measures if the first mask stands for all frames
 * @param seconds time for a frame, decoding and network included
 * @param masks the first mask, and those predicted
 */
public record SequenceResult(String name, Measures memory, Measures copied, double seconds, List<Mask> masks) {

    /**
     * Means over frames.
     *
     * @param region intersection over union of the object, J in DAVIS
     * @param boundary F-measure of its boundary, F in DAVIS
     */
    public record Measures(double region, double boundary) {}
}
