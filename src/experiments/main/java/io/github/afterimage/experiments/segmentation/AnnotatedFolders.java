package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.experiments.command.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A folder of images and the folder of their masks, as {@code IMAGES:MASKS}. */
public final class AnnotatedFolders {
    private AnnotatedFolders() {}

    /**
     * @param option for messages
     * @throws IllegalArgumentException if the text does not name two folders
     */
    public static AnnotatedImages open(String option, String text) throws IOException {
        List<Path> folders = folders(option, text);
        return AnnotatedImages.open(folders.get(0), folders.get(1));
    }

    /** Fails if writing {@code file} would replace an image or a mask. */
    public static void checkIsNot(Path file, String option, String text) throws IOException {
        for (Path folder : folders(option, text)) {
            OutputFile.checkIsNot(file, folder);
        }
    }

    private static List<Path> folders(String option, String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || colon == text.length() - 1) {
            throw new IllegalArgumentException(option + " \"" + text
                    + "\": expected the folders of images and of masks, such as CamVid/train:CamVid/trainannot");
        }
        return List.of(Path.of(text.substring(0, colon)), Path.of(text.substring(colon + 1)));
    }
}
