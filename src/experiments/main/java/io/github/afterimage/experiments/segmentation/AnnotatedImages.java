package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Images and their masks: two folders of files with the same names, but for the extension. Masks are PNG files. */
public record AnnotatedImages(List<Path> images, Path masks) {
    /**
     * Lists the images, in the order of their names.
     *
     * @throws NoSuchFileException if a folder is missing, or a file
     * @throws CorruptDataException if there are no images, or one has no mask
     * @throws IOException if a folder cannot be read
     */
    public static AnnotatedImages open(Path folder, Path masks) throws IOException {
        requireFolder(folder, "images");
        requireFolder(masks, "masks");
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

    /** @throws NoSuchFileException if there is no such folder; the message names the expected content */
    public static void requireFolder(Path folder, String content) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    folder.toString(),
                    null,
                    (Files.exists(folder) ? "is a file" : "no such folder") + "; expected a folder of " + content);
        }
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

    /**
     * Reads the mask of an image.
     *
     * @param image the image of this number
     * @throws CorruptDataException if the mask has another size
     */
    public Mask mask(int i, Image image) throws IOException {
        Mask mask = Mask.read(maskFile(i));
        if (mask.width() != image.width() || mask.height() != image.height()) {
            throw new CorruptDataException(maskFile(i) + " has " + mask.width() + " x " + mask.height()
                    + " pixels: expected " + image.width() + " x " + image.height() + ", as " + images.get(i) + " has");
        }
        return mask;
    }

    /** Returns the file of a mask. */
    public Path maskFile(int i) {
        return masks.resolve(name(i) + ".png");
    }
}
