package io.github.afterimage.model.evaluation;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Images followed by their mirror images as the paper's code makes them: mirrored after the network's own normalisation. If
 * the network has a mean and a deviation for each pixel, this differs from the mirror of the image.
 */
public final class NormalizedMirrors {
    private static final float TOLERANCE = 1e-3f;

    private NormalizedMirrors() {}

    /**
     * Adds mirror images to a set.
     *
     * @param tensor the network's normalised input: (pixel - mean) / deviation for each value of the image, in order
     * @throws IllegalArgumentException if the tensor has other values
     */
    public static ImageSet of(ImageSet images, Path network, String tensor, NetworkSettings settings)
            throws IOException {
        Image first = images.image(0);
        int values = first.values().length;
        float[] black = new float[values];
        float[] white = new float[values];
        Arrays.fill(white, 1);
        float[] mean = new float[values];
        float[] deviation = new float[values];
        try (Network opened = Network.open(network, List.of(tensor), settings)) {
            if (opened.dim() != values) {
                throw new IllegalArgumentException("tensor \"" + tensor + "\" has " + opened.dim()
                        + " values: expected the image's " + values + ", normalised");
            }
            FloatBuffer answers = FloatBuffer.allocate(3 * values);
            opened.run(
                    List.of(
                            Image.of(first.width(), first.height(), black),
                            Image.of(first.width(), first.height(), white),
                            first),
                    answers,
                    null);
            float[] pixels = first.values();
            for (int i = 0; i < values; i++) {
                deviation[i] = 1 / (answers.get(values + i) - answers.get(i));
                mean[i] = -answers.get(i) * deviation[i];
                float expected = (pixels[i] - mean[i]) / deviation[i];
                if (!(Math.abs(answers.get(2 * values + i) - expected) <= TOLERANCE)) {
                    throw new IllegalArgumentException("tensor \"" + tensor
                            + "\" is not (pixel - mean) / deviation: expected the network's normalised input");
                }
            }
        }
        int originals = images.size();
        ImageSet mirrored = images.withMirrorImages();
        return mirrored.withImages(
                mirrored.name(),
                index -> index < originals
                        ? images.image(index)
                        : mirror(images.image(index - originals), mean, deviation));
    }

    private static Image mirror(Image image, float[] mean, float[] deviation) {
        float[] pixels = image.values();
        float[] values = new float[pixels.length];
        int width = image.width();
        for (int i = 0; i < values.length; i++) {
            int opposite = i - i % width + width - 1 - i % width;
            values[i] = mean[i] + deviation[i] * ((pixels[opposite] - mean[opposite]) / deviation[opposite]);
        }
        return Image.computed(width, image.height(), values);
    }
}
