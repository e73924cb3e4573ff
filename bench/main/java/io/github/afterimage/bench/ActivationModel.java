package io.github.afterimage.bench;

/**
 * A model of keys, fitted to real ones: activations of a ResNet20 for CIFAR-10, 12,000 keys of training images and
 * their mirror images against 300 test images. Cosine of a query with keys of its class, with keys of others (mean and
 * standard deviation), with the nearest of its class and of others, errors of the nearest neighbour, and zeros:
 *
 * <pre>
 *                                     own class    others       nearest      errors  zeros
 * three layers, d = 12,288   real     0.290 0.059  0.244 0.043  0.492 0.440  0.19    0.75
 *                            MAPS     0.297 0.055  0.248 0.049  0.471 0.436  0.07    0.75
 * the same pooled, d = 192   real     0.823 0.071  0.760 0.079  0.943 0.934  0.24    0.01
 *                            POOLED   0.789 0.069  0.740 0.068  0.949 0.914  0.01    0.17
 * </pre>
 *
 * <p>{@code tools/cosines.py} prints a line of this table for any keys. Real classes are harder to tell apart.
 */
enum ActivationModel {
    /** Whole maps of convolutions after a rectifier: most values are zero. */
    MAPS(0.2, 0.08, 0.35, 16, 0.67),
    /** Means of such maps: few are. */
    POOLED(0.4, 0.12, 0.46, 12, -1);

    private static final int MIN_MAPS = 4096;

    /** Shares of the variance before the rectifier: what all keys share, a class shares, few directions give. */
    final double common;

    final double ofClass;
    final double ofStyles;
    final int styles;
    /** Activations below this many standard deviations become zero. */
    final double threshold;

    ActivationModel(double common, double ofClass, double ofStyles, int styles, double threshold) {
        this.common = common;
        this.ofClass = ofClass;
        this.ofStyles = ofStyles;
        this.styles = styles;
        this.threshold = threshold;
    }

    /** Returns the model of real keys of this length. */
    static ActivationModel of(int dim) {
        return dim < MIN_MAPS ? POOLED : MAPS;
    }
}
