package io.github.afterimage.experiments.shift;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageView;
import java.io.IOException;
import java.util.SplittableRandom;

/**
 * The images of a set, corrupted. A number and a seed always give the same image, and the same random numbers at each strength.
 */
public final class CorruptedImages extends ImageView {
    private final Corruption corruption;
    private final int strength;
    private final long seed;

    /** @param strength 1 to {@link Corruption#STRENGTHS} */
    public CorruptedImages(ImageSet images, Corruption corruption, int strength, long seed) {
        super(images);
        this.corruption = corruption;
        this.strength = strength;
        this.seed = seed;
    }

    @Override
    public String name() {
        return super.name() + " with " + corruption.name() + " " + strength;
    }

    @Override
    public Image image(int index) throws IOException {
        return corruption.apply(super.image(index), strength, new SplittableRandom((seed << Integer.SIZE) + index));
    }
}
