package io.github.afterimage.experiments.images;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageView;
import java.io.IOException;
import java.util.SplittableRandom;

/** The images of a set, each changed. A number and a seed always give the same image. */
public final class ChangedImages extends ImageView {
    private final String words;
    private final long seed;
    private final Change change;

    /** Changes an image. */
    public interface Change {
        /** @param random its own for each image */
        Image apply(Image image, SplittableRandom random);
    }

    /** @param words what is done to the images, such as {@code blurred by 2.0} */
    public ChangedImages(ImageSet images, String words, long seed, Change change) {
        super(images);
        this.words = words;
        this.seed = seed;
        this.change = change;
    }

    /**
     * Blurs images as a camera out of focus does.
     *
     * @param sigma the width of the Gaussian in pixels, positive
     */
    public static ChangedImages blurred(ImageSet images, double sigma) {
        return new ChangedImages(
                images, "blurred by " + sigma, 0, (image, random) -> GaussianFilter.blurred(image, sigma));
    }

    /**
     * Adds Gaussian noise to each value, and clips it to 0..1.
     *
     * @param sigma the standard deviation of the noise, for values in 0..1; positive
     */
    public static ChangedImages noisy(ImageSet images, double sigma, long seed) {
        return new ChangedImages(
                images, "with noise of " + sigma, seed, (image, random) -> noisy(image, sigma, random));
    }

    /** Adds noise to one image. */
    public static Image noisy(Image image, double sigma, SplittableRandom random) {
        float[] values = image.values();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.min(1, Math.max(0, values[i] + sigma * random.nextGaussian()));
        }
        return Image.of(image.width(), image.height(), values);
    }

    @Override
    public String name() {
        return super.name() + " " + words;
    }

    @Override
    public Image image(int index) throws IOException {
        return change.apply(super.image(index), new SplittableRandom((seed << Integer.SIZE) + index));
    }
}
