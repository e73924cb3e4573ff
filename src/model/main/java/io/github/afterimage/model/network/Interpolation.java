package io.github.afterimage.model.network;

/** A filter of {@link Resampler}: gives the weight of a source pixel by its distance in pixels from the sampled point. */
enum Interpolation {
    BILINEAR(1) {
        @Override
        double weight(double distance) {
            return Math.max(0, 1 - Math.abs(distance));
        }
    },
    /** Keys' cubic convolution with a = -0.5, as in Pillow. */
    BICUBIC(2) {
        @Override
        double weight(double distance) {
            double x = Math.abs(distance);
            if (x < 1) {
                return ((A + 2) * x - (A + 3)) * x * x + 1;
            }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
        }
    };

    private static final double A = -0.5;

    private final int support;

    Interpolation(int support) {
        this.support = support;
    }

    /** {@return the distance from which on weights are 0} */
    int support() {
        return support;
    }

    abstract double weight(double distance);
}
