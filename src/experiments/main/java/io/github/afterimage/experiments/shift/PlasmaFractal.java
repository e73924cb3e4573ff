package io.github.afterimage.experiments.shift;

import io.github.afterimage.model.data.Image;
import java.util.SplittableRandom;

/**
 * Clouds by the diamond-square algorithm (Fournier, Fussell and Carpenter, 1982) on a torus, scaled to 0..1. The centre of each
 * square, and then of each diamond, of points at a distance d is the mean of its four corners and a random number within ±a.
 * Then d halves, and a is divided by the square of the decay.
 */
final class PlasmaFractal {
    private final int side;
    private final double[] heights;

    /** @param side a power of two, at least 2 */
    PlasmaFractal(int side, double decay, SplittableRandom random) {
        this.side = side;
        heights = new double[side * side];
        double amplitude = 1;
        for (int distance = side; distance > 1; distance /= 2) {
            int half = distance / 2;
            for (int row = 0; row < side; row += distance) {
                for (int column = 0; column < side; column += distance) {
                    double corners = at(row, column)
                            + at(row + distance, column)
                            + at(row, column + distance)
                            + at(row + distance, column + distance);
                    put(row + half, column + half, corners / 4 + random.nextDouble(-amplitude, amplitude));
                }
            }
            for (int row = 0; row < side; row += half) {
                for (int column = row / half % 2 == 0 ? half : 0; column < side; column += distance) {
                    double corners = at(row - half, column)
                            + at(row + half, column)
                            + at(row, column - half)
                            + at(row, column + half);
                    put(row, column, corners / 4 + random.nextDouble(-amplitude, amplitude));
                }
            }
            amplitude /= decay * decay;
        }
        scale();
    }

    /** Makes a fractal with a value for each pixel. */
    static PlasmaFractal covering(Image image, double decay, SplittableRandom random) {
        int side = 2;
        while (side < Math.max(image.width(), image.height())) {
            side *= 2;
        }
        return new PlasmaFractal(side, decay, random);
    }

    private void scale() {
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        for (double height : heights) {
            least = Math.min(least, height);
            greatest = Math.max(greatest, height);
        }
        for (int i = 0; i < heights.length; i++) {
            heights[i] = (heights[i] - least) / (greatest - least);
        }
    }

    private double at(int row, int column) {
        return heights[Math.floorMod(row, side) * side + Math.floorMod(column, side)];
    }

    private void put(int row, int column, double height) {
        heights[row * side + column] = height;
    }

    /** Returns a value, in 0..1. */
    double value(int row, int column) {
        return heights[row * side + column];
    }
}
