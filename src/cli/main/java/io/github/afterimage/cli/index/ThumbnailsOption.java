package io.github.afterimage.cli.index;

import io.github.afterimage.experiments.options.DataOptions;
import picocli.CommandLine.Option;

/** The option {@code --thumbnails}. */
public final class ThumbnailsOption {
    @Option(
            names = "--thumbnails",
            description =
                    "Keep a small copy of each image with its key, at most 64 pixels on the longer side and 4,096 bytes; images"
                            + " of up to 32 x 32 pixels are kept exactly. serve shows them. The index grows by them, in memory"
                            + " too: by 2.9 KB for a key of CIFAR-10.")
    private boolean given;

    /** Rejects the option for data that are features. */
    public void requireImages(DataOptions data) {
        if (given && data.areFeatures()) {
            throw new IllegalArgumentException("--thumbnails: expected images, because features have no picture");
        }
    }

    public boolean given() {
        return given;
    }
}
