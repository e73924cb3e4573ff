package io.github.afterimage.experiments.images;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import java.util.SplittableRandom;

/** The images of a set, each changed. A number and a seed always give the same image. */
public final class ChangedImages {
    private ChangedImages() {}

    /** Changes an image. */
    public interface Change {
        /** @param random its own for each image */
        Image apply(Image image, SplittableRandom random);
    }

    /** @param words what is done to the images, such as {@code blurred by 2.0} */
    public static ImageSet of(ImageSet images, String words, long seed, Change change) {
        return images.withImages(
                images.name() + " " + words,
                index -> change.apply(images.image(index), new SplittableRandom((seed << Integer.SIZE) + index)));
    }

    /**
     * Blurs images as a camera out of focus does.
     *
     * @param sigma the width of the Gaussian in pixels, positive
     */
    public static ImageSet blurred(ImageSet images, double sigma) {
        return of(images, "blurred by " + sigma, 0, (image, random) -> GaussianFilter.blurred(image, sigma));
    }

    /**
     * Adds Gaussian noise to each value, and clips it to 0..1.
     *
     * @param sigma the standard deviation of the noise, for values in 0..1; positive
     */
    public static ImageSet noisy(ImageSet images, double sigma, long seed) {
        return of(images, "with noise of " + sigma, seed, (image, random) -> noisy(image, sigma, random));
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
