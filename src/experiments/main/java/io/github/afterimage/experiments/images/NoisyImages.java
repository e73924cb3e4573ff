package io.github.afterimage.experiments.images;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageView;
import java.io.IOException;
import java.util.SplittableRandom;

/**
 * The images of a set with Gaussian noise added to each value, clipped to 0..1. A number and a seed always give the same image.
 */
public final class NoisyImages extends ImageView {
    private final double sigma;
    private final long seed;

    /** @param sigma the standard deviation of the noise, for values in 0..1; positive */
    public NoisyImages(ImageSet images, double sigma, long seed) {
        super(images);
        this.sigma = sigma;
        this.seed = seed;
    }

    @Override
    public String name() {
        return super.name() + " with noise of " + sigma;
    }

    @Override
    public Image image(int index) throws IOException {
        return noisy(super.image(index), sigma, new SplittableRandom((seed << Integer.SIZE) + index));
    }

    /** Adds noise to one image. */
    public static Image noisy(Image image, double sigma, SplittableRandom random) {
        float[] values = image.values();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.min(1, Math.max(0, values[i] + sigma * random.nextGaussian()));
        }
        return Image.of(image.width(), image.height(), values);
    }
}
