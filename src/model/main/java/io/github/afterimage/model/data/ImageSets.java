package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Opens labelled images by their specification. The package documentation lists the forms.
 *
 * <pre>{@code
 * ImageSet images = ImageSets.open("cifar10:data#train[0:45000]");
 * String label = images.classNames().get(images.label(0));
 * Image first = images.image(0);
 * }</pre>
 */
public final class ImageSets {
    private ImageSets() {}

    /**
     * Returns the file or the folder that a specification names. It need not exist.
     *
     * @param specification a specification of images or of features
     * @throws IllegalArgumentException if the specification cannot be understood
     */
    public static Path path(String specification) {
        return Specification.parse(specification).path();
    }

    /**
     * Opens {@code cifar10:}, {@code cifar100:}, {@code images:} or {@code npz:} data. CIFAR data are read at once and kept in
     * memory as bytes (150 MB for a training set). The images of a folder are decoded one by one when they are requested. They
     * are in a fixed random order, and every range has about the same proportions of classes; other data are in the file's
     * order. Other files in a folder of images are skipped; a warning counts them by extension.
     *
     * @param specification {@code KIND:PATH}, {@code KIND:PATH#SPLIT} or {@code KIND:PATH#SPLIT[FROM:TO]}
     * @throws IllegalArgumentException if the specification cannot be understood or its range is not within the data
     * @throws java.nio.file.NoSuchFileException if a file is missing
     * @throws CorruptDataException if a file is truncated or contradicts its format, or a class has no image
     * @throws IOException if a file cannot be read
     */
    public static ImageSet open(String specification) throws IOException {
        Specification parsed = Specification.parse(specification);
        ImageSet whole =
                switch (parsed.kind()) {
                    case "cifar10" -> CifarSet.open(parsed, CifarFormat.CIFAR10);
                    case "cifar100" -> CifarSet.open(parsed, CifarFormat.CIFAR100);
                    case "images" -> ImageFolder.open(parsed);
                    case "npz" -> ArrayImages.open(parsed);
                    default ->
                        throw new IllegalArgumentException("data \"" + specification
                                + "\" holds features, not images: expected cifar10:, cifar100:, images: or npz:");
                };
        int end = (int) parsed.requireEnd(whole.size());
        return whole.range((int) parsed.from(), end);
    }
}
