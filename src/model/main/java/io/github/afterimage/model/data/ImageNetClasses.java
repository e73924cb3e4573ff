package io.github.afterimage.model.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The 1,000 classes of the ImageNet challenge of 2012, in the order in which networks give them. Thread-safe. */
public final class ImageNetClasses {
    private static final String FILE = "ilsvrc2012.txt";

    private ImageNetClasses() {}

    private static final class Holder { // is read at the first use
        static final List<String> LINES = read();
    }

    /**
     * Gives the WordNet id of each class and its words, such as {@code n01440764 tench, Tinca tinca}.
     *
     * @return 1,000 lines, sorted by id: that is the order of the outputs of networks of torchvision, Keras, timm and Caffe
     */
    public static List<String> lines() {
        return Holder.LINES;
    }

    private static List<String> read() {
        try (InputStream in = Objects.requireNonNull(ImageNetClasses.class.getResourceAsStream(FILE))) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(FILE + " of the program cannot be read", e);
        }
    }
}
