package io.github.afterimage.experiments.robustness;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageView;
import java.io.IOException;

/** The images of a set as a camera out of focus sees them: blurred as by {@link GaussianBlur}. */
public final class BlurredImages extends ImageView {
    private final double sigma;

    /** @param sigma the width of the Gaussian in pixels, positive */
    public BlurredImages(ImageSet images, double sigma) {
        super(images);
        this.sigma = sigma;
    }

    @Override
    public String name() {
        return super.name() + " blurred by " + sigma;
    }

    @Override
    public Image image(int index) throws IOException {
        return blurred(super.image(index), sigma);
    }

    /** Blurs one image. */
    public static Image blurred(Image image, double sigma) {
        ImageSpace space = new ImageSpace(0, 1, Image.CHANNELS, image.height(), image.width(), false);
        return Image.of(image.width(), image.height(), GaussianBlur.blurred(image.values(), space, sigma));
    }
}
