package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Images and their masks: two folders of files with the same names, but for the extension. Masks are PNG files. */
public final class AnnotatedImages {
    private final List<Path> images;
    private final Path masks;

    private AnnotatedImages(List<Path> images, Path masks) {
        this.images = images;
        this.masks = masks;
    }

    /**
     * Lists the images, in the order of their names.
     *
     * @throws CorruptDataException if there are none, or one has no mask
     * @throws IOException if a folder cannot be read
     */
    public static AnnotatedImages open(Path folder, Path masks) throws IOException {
        List<Path> images;
        try (Stream<Path> files = Files.list(folder)) {
            images = files.filter(ImageFiles::isImage).sorted().toList();
        }
        if (images.isEmpty()) {
            throw new CorruptDataException(folder + " has no images: expected files such as 0001.png or 0001.jpg");
        }
        AnnotatedImages annotated = new AnnotatedImages(images, masks);
        for (int i = 0; i < images.size(); i++) {
            if (!Files.exists(annotated.maskFile(i))) {
                throw new CorruptDataException(images.get(i) + " has no mask: expected " + annotated.maskFile(i));
            }
        }
        return annotated;
    }

    public int size() {
        return images.size();
    }

    /** Returns the name of an image without its extension. */
    public String name(int i) {
        return images.get(i).getFileName().toString().replaceFirst("\\.[^.]*$", "");
    }

    public Image image(int i) throws IOException {
        return Image.read(images.get(i));
    }

    public Mask mask(int i) throws IOException {
        return Mask.read(maskFile(i));
    }

    private Path maskFile(int i) {
        return masks.resolve(name(i) + ".png");
    }
}
