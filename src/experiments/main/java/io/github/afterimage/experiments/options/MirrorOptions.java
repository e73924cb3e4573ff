package io.github.afterimage.experiments.options;

import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.NormalizedMirrors;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Mirror images, which are appended to images. */
public final class MirrorOptions {
    @Option(
            names = "--flip",
            description = "Also use the mirror image of every image; in experiments, of every training image.")
    private boolean flip;

    @Option(
            names = "--flip-after",
            paramLabel = "TENSOR",
            description = "Like --flip, but mirror the values of TENSOR, the end of the network's normalisation, as the"
                    + " paper did.")
    private @Nullable String tensor;

    public boolean given() {
        return flip || tensor != null;
    }

    boolean flip() {
        return flip;
    }

    /** The tensor whose values are mirrored; null if none is named. */
    @Nullable
    String tensor() {
        return tensor;
    }

    void requireOne() {
        if (flip && tensor != null) {
            throw new IllegalArgumentException("--flip with --flip-after " + tensor
                    + ": leave out --flip, since --flip-after takes mirror images already");
        }
    }

    /** Appends the mirror images, if they are wanted. */
    ImageSet append(ImageSet images, Path network, NetworkSettings settings) throws IOException {
        if (tensor != null) {
            return NormalizedMirrors.of(images, network, tensor, settings);
        }
        return flip ? images.withMirrorImages() : images;
    }
}
