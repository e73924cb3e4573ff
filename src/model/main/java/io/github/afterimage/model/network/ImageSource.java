package io.github.afterimage.model.network;

import io.github.afterimage.model.data.Image;
import java.io.IOException;

/** Images by their number, decoded when a network needs them. */
@FunctionalInterface
public interface ImageSource {
    /**
     * Reads one image.
     *
     * @param index its number, from 0
     * @throws IOException if the image cannot be read
     */
    Image image(int index) throws IOException;

    /** {@return the origin of one image for messages, such as a file} */
    default String name(int index) {
        return "image " + index;
    }
}
