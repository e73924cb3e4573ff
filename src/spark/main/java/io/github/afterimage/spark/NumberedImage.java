package io.github.afterimage.spark;

import io.github.afterimage.model.data.Image;
import java.io.IOException;

/** An image of a data set, which is decoded when it is read. */
record NumberedImage(long id, int label, String name, Source source) {

    /** Where the image comes from. */
    interface Source {
        Image read() throws IOException;
    }
}
