package io.github.afterimage.model.data;

import java.io.IOException;
import java.util.List;
import java.util.Objects;

/** Part of a set of pictures. */
final class ImageRange implements ImageSet {
    private final ImageSet whole;
    private final int from;
    private final int to;

    ImageRange(ImageSet whole, int from, int to) {
        Specification.requireRange(whole.name(), from, to, whole.size());
        this.whole = whole;
        this.from = from;
        this.to = to;
    }

    @Override
    public String name() {
        return whole.name() + (whole.name().contains("#") ? "[" : "#[") + from + ":" + to + "]";
    }

    @Override
    public int size() {
        return to - from;
    }

    @Override
    public List<String> classNames() {
        return whole.classNames();
    }

    @Override
    public int label(int index) {
        return whole.label(from + Objects.checkIndex(index, size()));
    }

    @Override
    public String imageName(int index) {
        return whole.imageName(from + Objects.checkIndex(index, size()));
    }

    @Override
    public Image image(int index) throws IOException {
        return whole.image(from + Objects.checkIndex(index, size()));
    }
}
