package io.github.afterimage.experiments.segmentation;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Counts of pixels by true class and answer. Not thread-safe. */
public final class Confusion {
    private final int classes;
    private final long[] counts; // (true class, answer)

    public Confusion(int classes) {
        this.classes = classes;
        this.counts = new long[classes * classes];
    }

    /**
     * Counts the pixels of an image; those whose true number is no class do not count.
     *
     * @throws IllegalArgumentException if the sizes differ
     */
    public Confusion add(Mask truth, Mask answer) {
        if (truth.width() != answer.width() || truth.height() != answer.height()) {
            throw new IllegalArgumentException("answer " + answer + " to " + truth + ": expected the same size");
        }
        for (int i = 0; i < truth.labels().length; i++) {
            if (truth.labels()[i] < classes) {
                counts[truth.labels()[i] * classes + answer.labels()[i]]++;
            }
        }
        return this;
    }

    /** Adds the counts of another. */
    public Confusion add(Confusion other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        return this;
    }

    /** Returns intersection over union of a class; not a number if no pixel is of the class or answered with it. */
    public double iou(int label) {
        long union = 0;
        for (int c = 0; c < classes; c++) {
            union += counts[label * classes + c] + counts[c * classes + label];
        }
        long intersection = counts[label * classes + label];
        union -= intersection;
        return union == 0 ? Double.NaN : (double) intersection / union;
    }

    /** Returns the mean of {@link #iou} over the classes that have one; 0 if none has. */
    public double meanIou() {
        return IntStream.range(0, classes)
                .mapToDouble(this::iou)
                .filter(Double::isFinite)
                .average()
                .orElse(0);
    }

    /** Returns the share of pixels with the right answer; 0 if none counts. */
    public double accuracy() {
        long right = IntStream.range(0, classes)
                .mapToLong(c -> counts[c * classes + c])
                .sum();
        long all = Arrays.stream(counts).sum();
        return all == 0 ? 0 : (double) right / all;
    }
}
