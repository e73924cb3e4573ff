package io.github.afterimage.model.data;

import java.util.List;

/** Images whose labels follow the order of other class names. */
final class MatchedImages extends ImageView {
    private final List<String> classNames;
    private final int[] labels; // by the label in the base set

    MatchedImages(ImageSet base, List<String> classNames, int[] labels) {
        super(base);
        this.classNames = List.copyOf(classNames);
        this.labels = labels;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public int label(int index) {
        return labels[super.label(index)];
    }
}
