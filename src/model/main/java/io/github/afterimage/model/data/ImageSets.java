package io.github.afterimage.model.data;

import io.github.afterimage.tensors.CorruptDataException;
import java.io.IOException;
import java.nio.file.Path;

/** Opens pictures with labels by their specification; the package documentation lists the forms. */
public final class ImageSets {
    private ImageSets() {}

    /**
     * What a specification reads.
     *
     * @param specification of pictures or of features
     * @return the file or the folder that it names, whether it is there or not
     * @throws IllegalArgumentException if the specification cannot be understood
     */
    public static Path path(String specification) {
        return Specification.parse(specification).path();
    }

    /**
     * Opens {@code cifar10:}, {@code cifar100:}, {@code images:} or {@code npz:} data. CIFAR data are read at once and
     * kept as bytes (150 MB for a training set); the pictures of a folder are decoded when asked for. They are in a fixed
     * random order in which every range has of each class about its share; those of other data are in the file's order.
     * Files of a folder that are no pictures are passed over, and a warning counts them by their endings.
     *
     * @param specification {@code KIND:PATH}, {@code KIND:PATH#SPLIT} or {@code KIND:PATH#SPLIT[FROM:TO]}
     * @return the pictures named
     * @throws IllegalArgumentException if the specification cannot be understood or its range is not within the data
     * @throws java.nio.file.NoSuchFileException if a file is missing
     * @throws CorruptDataException if a file is truncated or contradicts its format, or a class has no picture
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
