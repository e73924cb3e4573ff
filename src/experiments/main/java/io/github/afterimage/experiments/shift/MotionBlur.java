package io.github.afterimage.experiments.shift;

import io.github.afterimage.model.data.Image;
import java.util.SplittableRandom;

/**
 * The blur of a camera that moves along a line: the mean of the pixels at the distances 0, 1, … up to the radius in one
 * direction, rounded to whole pixels, with the weights exp(-d² / 2σ²). Beyond its edge an image goes on with its last pixels.
 *
 * @param radius in pixels
 * @param angle of the direction from the horizontal, in radians
 */
record MotionBlur(double radius, double sigma, double angle) {
    /** Draws an angle of -45 to 45 degrees. */
    static double angle(SplittableRandom random) {
        return random.nextDouble(-Math.PI / 4, Math.PI / 4);
    }

    Image apply(Image image) {
        int width = image.width();
        int height = image.height();
        float[] values = image.values();
        double[] sums = new double[values.length];
        double total = 0;
        for (int d = 0; d <= Math.round(radius); d++) {
            double weight = Math.exp(-d * d / (2 * sigma * sigma));
            total += weight;
            int down = (int) Math.round(d * Math.sin(angle));
            int right = (int) Math.round(d * Math.cos(angle));
            for (int i = 0; i < values.length; i++) {
                int line = i / width; // of all channels
                int row = Math.max(0, Math.min(height - 1, line % height + down));
                int column = Math.max(0, Math.min(width - 1, i % width + right));
                sums[i] += weight * values[(line / height * height + row) * width + column];
            }
        }
        float[] blurred = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            blurred[i] = Corruptions.clipped(sums[i] / total);
        }
        return Image.of(width, height, blurred);
    }
}
