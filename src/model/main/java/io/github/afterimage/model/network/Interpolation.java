package io.github.afterimage.model.network;

import java.util.function.DoubleUnaryOperator;

/** A filter of {@link Resampler}: gives the weight of a source pixel by its distance in pixels from the sampled point. */
enum Interpolation {
    BILINEAR(1, x -> Math.max(0, 1 - x)),
    /** Keys' cubic convolution with a = -0.5, as in Pillow. */
    BICUBIC(2, Interpolation::cubic);

    private static final double A = -0.5;

    final int support; // the distance from which on weights are 0
    private final DoubleUnaryOperator weight;

    Interpolation(int support, DoubleUnaryOperator weight) {
        this.support = support;
        this.weight = weight;
    }

    private static double cubic(double x) {
        if (x < 1) {
            return ((A + 2) * x - (A + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }

    double weight(double distance) {
        return weight.applyAsDouble(Math.abs(distance));
    }
}
