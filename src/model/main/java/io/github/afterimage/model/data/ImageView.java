package io.github.afterimage.model.data;

import java.io.IOException;
import java.util.List;

/** A set made of the images of another one. A subclass overrides only the methods whose results differ. */
public abstract class ImageView implements ImageSet {
    private final ImageSet base;

    /** Shows the images of a set. */
    protected ImageView(ImageSet base) {
        this.base = base;
    }

    /**
     * Maps the number of an image in this set to its number in the other set; returns it unchanged unless overridden.
     *
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     */
    protected int original(int index) {
        return index;
    }

    @Override
    public String name() {
        return base.name();
    }

    @Override
    public int size() {
        return base.size();
    }

    @Override
    public List<String> classNames() {
        return base.classNames();
    }

    @Override
    public int label(int index) {
        return base.label(original(index));
    }

    @Override
    public String imageName(int index) {
        return base.imageName(original(index));
    }

    @Override
    public Image image(int index) throws IOException {
        return base.image(original(index));
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + base + "]";
    }
}
