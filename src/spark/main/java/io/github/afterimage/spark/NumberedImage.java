package io.github.afterimage.spark;

import io.github.afterimage.model.data.Image;
import java.io.IOException;

/** An image of a data set; its source decodes it. */
record NumberedImage(long id, int label, String name, Source source) {

    /** Reads and decodes an image. */
    interface Source {
        Image read() throws IOException;
    }
}
