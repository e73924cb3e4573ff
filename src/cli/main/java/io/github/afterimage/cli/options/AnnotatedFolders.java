package io.github.afterimage.cli.options;

import io.github.afterimage.experiments.segmentation.AnnotatedImages;
import java.io.IOException;
import java.nio.file.Path;

/** A folder of images and the folder of their masks, as {@code IMAGES:MASKS}. */
public final class AnnotatedFolders {
    private AnnotatedFolders() {}

    /**
     * @param option for messages
     * @throws IllegalArgumentException if the text does not name two folders
     */
    public static AnnotatedImages open(String option, String text) throws IOException {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || colon == text.length() - 1) {
            throw new IllegalArgumentException(option + " \"" + text
                    + "\": expected the folders of images and of masks, such as CamVid/train:CamVid/trainannot");
        }
        return AnnotatedImages.open(Path.of(text.substring(0, colon)), Path.of(text.substring(colon + 1)));
    }
}
