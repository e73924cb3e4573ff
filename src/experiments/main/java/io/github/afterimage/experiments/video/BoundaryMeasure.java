package io.github.afterimage.experiments.video;

import io.github.afterimage.experiments.segmentation.Mask;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The F-measure of boundaries, as in DAVIS (Perazzi et al., 2016): the harmonic mean of the share of predicted boundary pixels
 * near the true boundary, and of the share of true ones near the predicted boundary. Near is a distance of 0.008 of the
 * diagonal, rounded up.
 */
final class BoundaryMeasure {
    private static final double TOLERANCE = 0.008;

    private BoundaryMeasure() {}

    /** Returns F of masks of one size, of 0 and 1: 1 if neither has a boundary, 0 if only one has. */
    static double of(Mask truth, Mask answer) {
        int width = truth.width();
        int height = truth.height();
        int distance = (int) Math.ceil(TOLERANCE * Math.hypot(width, height));
        int[] truths = boundary(truth);
        int[] answers = boundary(answer);
        if (truths.length == 0 || answers.length == 0) {
            return truths.length == answers.length ? 1 : 0;
        }
        double precision = share(answers, dilated(truths, width, height, distance));
        double recall = share(truths, dilated(answers, width, height, distance));
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    /** Returns the pixels that differ from the one right of them, below them, or both. */
    static int[] boundary(Mask mask) {
        int width = mask.width();
        int[] labels = mask.labels();
        return IntStream.range(0, labels.length)
                .filter(i -> {
                    int right = i % width + 1 < width ? 1 : 0;
                    int below = i / width + 1 < mask.height() ? width : 0;
                    return labels[i] != labels[i + right]
                            || labels[i] != labels[i + below]
                            || labels[i] != labels[i + right + below];
                })
                .toArray();
    }

    /** Returns for each pixel whether one of these is within the distance. */
    private static boolean[] dilated(int[] pixels, int width, int height, int distance) {
        boolean[] near = new boolean[width * height];
        for (int pixel : pixels) {
            int row = pixel / width;
            int column = pixel % width;
            for (int y = Math.max(0, row - distance); y <= Math.min(height - 1, row + distance); y++) {
                int reach = (int) Math.sqrt(distance * distance - (y - row) * (y - row));
                int from = y * width + Math.max(0, column - reach);
                int to = y * width + Math.min(width - 1, column + reach);
                Arrays.fill(near, from, to + 1, true);
            }
        }
        return near;
    }

    private static double share(int[] pixels, boolean[] near) {
        return (double) Arrays.stream(pixels).filter(i -> near[i]).count() / pixels.length;
    }
}
