package io.github.afterimage.model.data;

import java.io.IOException;
import java.util.Objects;

/** The images of a set, followed by the mirror images of all of them. */
final class MirroredImages extends ImageView {
    private final int originals;

    MirroredImages(ImageSet base) {
        super(base);
        originals = base.size();
        if (originals > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException(base.name() + " has " + originals + " images: at most "
                    + Integer.MAX_VALUE / 2 + " can be mirrored; use ranges");
        }
    }

    @Override
    protected int original(int index) {
        Objects.checkIndex(index, size());
        return index < originals ? index : index - originals;
    }

    @Override
    public String name() {
        return super.name() + " with mirror images";
    }

    @Override
    public int size() {
        return 2 * originals;
    }

    @Override
    public String imageName(int index) {
        return super.imageName(index) + (index < originals ? "" : " mirrored");
    }

    @Override
    public Image image(int index) throws IOException {
        Image image = super.image(index);
        return index < originals ? image : image.mirrored();
    }
}
