package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.images.ChangedImages;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.data.ImageSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Images out of focus. */
public final class BlurOption {
    /** In pixels; the time grows with it. */
    public static final double MAX = 1000;

    @Option(
            names = "--blur",
            paramLabel = "SIGMA",
            description = "Blur every image first, by a Gaussian of SIGMA pixels, as a camera out of focus does.")
    private @Nullable Double sigma;

    boolean given() {
        return sigma != null;
    }

    void check() {
        if (sigma != null && !(sigma > 0 && sigma <= MAX)) {
            throw new IllegalArgumentException("--blur " + Format.number(sigma)
                    + ": expected a positive number of pixels, at most " + Format.number(MAX));
        }
    }

    /** The images as they are to be used. */
    ImageSet apply(ImageSet images) {
        return sigma == null ? images : ChangedImages.blurred(images, sigma);
    }

    /** Appended to the name of the images. */
    String description() {
        return sigma == null ? "" : " blurred by " + Format.number(sigma);
    }
}
