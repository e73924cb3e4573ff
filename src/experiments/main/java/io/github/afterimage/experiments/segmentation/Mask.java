package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.model.network.Planes;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * A class number for each pixel.
 *
 * <p>The array is not copied: do not change it.
 *
 * @param labels (height, width) row-major; a number that is no class, such as 255, means that the pixel does not count
 */
public record Mask(int width, int height, int[] labels) {
    /** @throws IllegalArgumentException if the length of the array is not the product of the size */
    public Mask {
        if (labels.length != (long) width * height) {
            throw new IllegalArgumentException(labels.length + " pixels of a mask of " + width + "x" + height
                    + ": expected as many as its product");
        }
    }

    /**
     * Reads an image file of one channel, grey or with a palette, whose samples are the class numbers.
     *
     * @throws CorruptDataException if it is no such file
     * @throws IOException if it cannot be read
     */
    public static Mask read(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        if (image == null || image.getRaster().getNumBands() != 1) {
            throw new CorruptDataException(file
                    + " is not a mask: expected an image of one channel, grey or with a palette, of class numbers");
        }
        Raster raster = image.getRaster();
        int width = raster.getWidth();
        int height = raster.getHeight();
        return new Mask(width, height, raster.getSamples(0, 0, width, height, 0, new int[width * height]));
    }

    /** Chooses the class with the greatest share for each pixel, the first of equals. */
    public static Mask ofGreatest(Planes shares) {
        int plane = shares.height() * shares.width();
        int[] labels = IntStream.range(0, plane)
                .map(pixel -> greatest(shares, pixel, plane))
                .toArray();
        return new Mask(shares.width(), shares.height(), labels);
    }

    private static int greatest(Planes shares, int pixel, int plane) {
        int best = 0;
        for (int c = 1; c < shares.channels(); c++) {
            best = shares.values()[c * plane + pixel] > shares.values()[best * plane + pixel] ? c : best;
        }
        return best;
    }

    /** Returns the mask of an object: 1 where this one is not 0. */
    public Mask foreground() {
        return new Mask(
                width,
                height,
                Arrays.stream(labels).map(label -> label == 0 ? 0 : 1).toArray());
    }

    /**
     * Returns the shares of the classes in each patch of a grid over this mask.
     *
     * @param classes numbers from here on do not count
     * @return (rows × columns, classes); each row sums to 1, or to 0 if no pixel of the patch counts
     */
    public float[] shares(int rows, int columns, int classes) {
        float[] shares = new float[rows * columns * classes];
        for (int i = 0; i < labels.length; i++) {
            int label = labels[i];
            if (label < classes) {
                int patch = i / width * rows / height * columns + i % width * columns / width;
                shares[patch * classes + label]++;
            }
        }
        for (int start = 0; start < shares.length; start += classes) {
            float sum = 0;
            for (int c = 0; c < classes; c++) {
                sum += shares[start + c];
            }
            for (int c = 0; c < classes && sum > 0; c++) {
                shares[start + c] /= sum;
            }
        }
        return shares;
    }

    @Override
    public String toString() {
        return "Mask[" + width + "x" + height + "]";
    }
}
