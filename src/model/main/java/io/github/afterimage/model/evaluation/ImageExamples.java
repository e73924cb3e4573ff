package io.github.afterimage.model.evaluation;

import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.Thumbnail;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs each image through a network when its batch is read.
 *
 * @param pixels whether the features are the network's input; otherwise they are the activations of its layers
 */
record ImageExamples(Network network, ImageSet images, boolean pixels, Format format) implements BatchReader {
    static ImageExamples of(Network network, ImageSet images, boolean pixels, boolean hasProbabilities) {
        List<String> names = images.classNames();
        if (hasProbabilities && names.size() > network.classes()) {
            throw new IllegalArgumentException(images.name() + " has " + names.size()
                    + " classes: expected at most the network's " + network.classes());
        }
        int classes = hasProbabilities ? network.classes() : names.size();
        Format format = new Format(
                pixels ? network.inputSize() : network.dim(),
                classes,
                names.size() == classes ? names : List.of(),
                hasProbabilities ? network.views() : 0);
        return new ImageExamples(network, images, pixels, format);
    }

    @Override
    public int size() {
        return images.size();
    }

    @Override
    public int label(int example) {
        return images.label(example);
    }

    @Override
    public String name(int example) {
        return images.imageName(example);
    }

    @Override
    public byte[] thumbnail(int example) throws IOException {
        return Thumbnail.of(images.image(example));
    }

    @Override
    public Examples select(int[] rows) {
        return new ImageExamples(network, images.select(rows), pixels, format);
    }

    @Override
    public void read(int first, int count, FloatBuffer features, @Nullable FloatBuffer probabilities)
            throws IOException {
        try {
            if (pixels) {
                for (int i = 0; i < count; i++) {
                    network.input(images.image(first + i), features);
                }
                network.run(count, features.duplicate().flip(), null, probabilities);
            } else {
                network.run(images, first, count, features, probabilities);
            }
        } catch (IllegalArgumentException e) {
            String place = first == 0 ? "" : "in the batch that begins with image " + first + ": ";
            throw new IllegalArgumentException(place + e.getMessage(), e);
        }
    }
}
