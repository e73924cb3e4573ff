package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.experiments.statistics.Interval;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The counts of the test images.
 *
 * @param images one for each image
 */
public record SegmentationScore(int classes, List<Confusion> images) {
    /** Returns the counts of all images together. */
    public Confusion total() {
        Confusion total = new Confusion(classes);
        images.forEach(total::add);
        return total;
    }

    /** Returns the 95 % interval of the mean intersection over union, as if other images had been drawn. */
    public Interval meanIouInterval(long seed) {
        return interval(Confusion::meanIou, seed);
    }

    /** Returns the 95 % interval of the share of right pixels, as if other images had been drawn. */
    public Interval accuracyInterval(long seed) {
        return interval(Confusion::accuracy, seed);
    }

    private Interval interval(ToDoubleFunction<Confusion> measure, long seed) {
        return Interval.bootstrap(
                images.size(),
                drawn -> {
                    Confusion total = new Confusion(classes);
                    for (int image : drawn) {
                        total.add(images.get(image));
                    }
                    return measure.applyAsDouble(total);
                },
                seed);
    }
}
