package io.github.afterimage.experiments.images;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;

/**
 * A blur by a Gaussian, as of a camera out of focus. The image is extended by reflection about the edge of its last pixel, and the
 * Gaussian ends at 4 σ.
 */
public final class GaussianFilter {
    private static final double CUT_OFF = 4;

    private GaussianFilter() {}

    /**
     * Blurs the images of a set.
     *
     * @param sigma the width of the Gaussian in pixels, positive
     */
    public static ImageSet blurred(ImageSet images, double sigma) {
        return images.withImages(images.name() + " blurred by " + sigma, index -> blurred(images.image(index), sigma));
    }

    private static Image blurred(Image image, double sigma) {
        ImageSpace space = new ImageSpace(0, 1, Image.CHANNELS, image.height(), image.width(), false);
        return Image.of(image.width(), image.height(), blurred(image.values(), space, sigma));
    }

    /** Blurs images of a space. */
    public static float[] blurred(float[] images, ImageSpace space, double sigma) {
        double[][] ofRows = weights(space.height(), sigma);
        double[][] ofColumns = weights(space.width(), sigma);
        int radius = radius(sigma);
        float[] blurred = new float[images.length];
        double[][] half = new double[space.height()][space.width()];
        for (int start = 0; start < images.length; start += space.values()) {
            for (int channel = 0; channel < space.channels(); channel++) {
                for (int i = 0; i < space.height(); i++) {
                    for (int j = 0; j < space.width(); j++) {
                        half[i][j] = 0;
                        int end = Math.min(space.height(), i + radius + 1);
                        for (int k = Math.max(0, i - radius); k < end; k++) {
                            half[i][j] += ofRows[i][k] * images[start + space.offset(channel, k, j)];
                        }
                    }
                }
                for (int i = 0; i < space.height(); i++) {
                    for (int j = 0; j < space.width(); j++) {
                        double sum = 0;
                        int end = Math.min(space.width(), j + radius + 1);
                        for (int k = Math.max(0, j - radius); k < end; k++) {
                            sum += ofColumns[j][k] * half[i][k];
                        }
                        blurred[start + space.offset(channel, i, j)] = space.clip((float) sum);
                    }
                }
            }
        }
        return blurred;
    }

    /** Returns the greatest distance of a value that has a weight; reflections are nearer than what they reflect. */
    private static int radius(double sigma) {
        return (int) (CUT_OFF * sigma + 0.5);
    }

    /** Returns the weight of each value of a line for each blurred value, with the reflections. */
    static double[][] weights(int length, double sigma) {
        int radius = radius(sigma);
        double total = 0;
        for (int offset = -radius; offset <= radius; offset++) {
            total += Math.exp(-0.5 * offset * offset / (sigma * sigma));
        }
        double[][] weights = new double[length][length];
        for (int i = 0; i < length; i++) {
            for (int offset = -radius; offset <= radius; offset++) {
                int place = Math.floorMod(i + offset, 2 * length);
                weights[i][place < length ? place : 2 * length - 1 - place] +=
                        Math.exp(-0.5 * offset * offset / (sigma * sigma)) / total;
            }
        }
        return weights;
    }
}
