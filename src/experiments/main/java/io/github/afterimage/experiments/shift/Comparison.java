package io.github.afterimage.experiments.shift;

import io.github.afterimage.experiments.statistics.Interval;
import java.util.List;

/**
 * The errors of a method beside those of a baseline on the same images, each the mean of several versions of them.
 *
 * @param error the error rate of the method, 0..1
 * @param baseline that of the baseline
 * @param fewer the 95 % interval of baseline - error for other draws of images, by a bootstrap that draws all versions of an
 *     image together
 */
public record Comparison(double error, double baseline, Interval fewer) {
    private static final long SEED = 1;

    /**
     * Compares.
     *
     * @param images the number of images
     * @param method the images that the method has wrong, for each version
     * @param baseline those that the baseline has wrong, for the same versions
     */
    public static Comparison of(int images, List<int[]> method, List<int[]> baseline) {
        double[] ofMethod = shares(images, method);
        double[] ofBaseline = shares(images, baseline);
        double[] differences = new double[images];
        double sum = 0;
        double baselineSum = 0;
        for (int i = 0; i < images; i++) {
            differences[i] = ofBaseline[i] - ofMethod[i];
            sum += ofMethod[i];
            baselineSum += ofBaseline[i];
        }
        return new Comparison(sum / images, baselineSum / images, Interval.ofMean(differences, SEED));
    }

    /** The share of the versions of each image that are wrong. */
    private static double[] shares(int images, List<int[]> wrong) {
        double[] shares = new double[images];
        for (int[] version : wrong) {
            for (int image : version) {
                shares[image] += 1.0 / wrong.size();
            }
        }
        return shares;
    }

    /** Returns whether the method is better, and chance alone rarely makes it look so. */
    public boolean isBetter() {
        return fewer.low() > 0;
    }

    /** Returns whether the method is worse, and chance alone rarely makes it look so. */
    public boolean isWorse() {
        return fewer.high() < 0;
    }

    /** Returns the difference of the rates, positive if the method is better. */
    public double difference() {
        return baseline - error;
    }
}
