package io.github.afterimage.model.data;

import java.io.IOException;
import java.util.List;
import java.util.Objects;

/** A set of pictures followed by the mirror images of all of them. */
final class MirroredImages implements ImageSet {
    private final ImageSet originals;

    MirroredImages(ImageSet originals) {
        this.originals = originals;
        if (originals.size() > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException(originals.name() + " has " + originals.size() + " images: at most "
                    + Integer.MAX_VALUE / 2 + " can be mirrored; use ranges");
        }
    }

    @Override
    public String name() {
        return originals.name() + " with mirror images";
    }

    @Override
    public int size() {
        return 2 * originals.size();
    }

    @Override
    public List<String> classNames() {
        return originals.classNames();
    }

    @Override
    public int label(int index) {
        return originals.label(original(index));
    }

    @Override
    public String imageName(int index) {
        String name = originals.imageName(original(index));
        return index < originals.size() ? name : name + " mirrored";
    }

    @Override
    public Image image(int index) throws IOException {
        Image image = originals.image(original(index));
        return index < originals.size() ? image : image.mirrored();
    }

    private int original(int index) {
        Objects.checkIndex(index, size());
        return index < originals.size() ? index : index - originals.size();
    }
}
