package io.github.afterimage.model.network;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
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

    /** {@return the images of a set from image {@code first} on, with their names there} */
    static ImageSource of(ImageSet images, int first) {
        return new ImageSource() {
            @Override
            public Image image(int index) throws IOException {
                return images.image(first + index);
            }

            @Override
            public String name(int index) {
                return images.imageName(first + index);
            }
        };
    }

    /** {@return the origin of one image for messages, such as a file} */
    default String name(int index) {
        return "image " + index;
    }
}
