package io.github.afterimage.experiments.protocol;

import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.Network;
import java.io.Closeable;
import java.io.IOException;

/**
 * Open examples that are images.
 *
 * @param network makes the features of all examples
 * @param test the images of the test examples
 */
public record OpenImages(OpenExamples examples, Network network, ImageSet test) implements Closeable {
    @Override
    public void close() throws IOException {
        examples.close();
    }
}
