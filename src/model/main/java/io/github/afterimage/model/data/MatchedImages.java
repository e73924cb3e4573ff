package io.github.afterimage.model.data;

import java.io.IOException;
import java.util.List;

/** Pictures whose labels are those of classes of the same names. */
final class MatchedImages implements ImageSet {
    private final ImageSet images;
    private final List<String> classNames;
    private final int[] labels; // of each of the images' own

    MatchedImages(ImageSet images, List<String> classNames, int[] labels) {
        this.images = images;
        this.classNames = List.copyOf(classNames);
        this.labels = labels;
    }

    @Override
    public String name() {
        return images.name();
    }

    @Override
    public int size() {
        return images.size();
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public int label(int index) {
        return labels[images.label(index)];
    }

    @Override
    public String imageName(int index) {
        return images.imageName(index);
    }

    @Override
    public Image image(int index) throws IOException {
        return images.image(index);
    }
}
