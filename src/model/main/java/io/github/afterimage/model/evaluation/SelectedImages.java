package io.github.afterimage.model.evaluation;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import java.io.IOException;
import java.util.List;

/** Some images of a set, in any order. */
record SelectedImages(ImageSet all, int[] rows) implements ImageSet {
    @Override
    public String name() {
        return all.name();
    }

    @Override
    public int size() {
        return rows.length;
    }

    @Override
    public List<String> classNames() {
        return all.classNames();
    }

    @Override
    public int label(int index) {
        return all.label(rows[index]);
    }

    @Override
    public String imageName(int index) {
        return all.imageName(rows[index]);
    }

    @Override
    public Image image(int index) throws IOException {
        return all.image(rows[index]);
    }
}
