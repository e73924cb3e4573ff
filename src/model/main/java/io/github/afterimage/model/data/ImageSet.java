package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Images with labels, numbered from 0.
 *
 * <p>Guarantees: a number always gives the same image and label.
 *
 * <p>Threads: every method is safe for concurrent use.
 */
public final class ImageSet {
    private final String name;
    private final List<String> classNames;
    private final int[] labels;
    private final IntFunction<String> imageNames;
    private final Source images;

    /** Reads the images of a set by their numbers. Safe for concurrent use. */
    public interface Source {
        /**
         * Reads one image.
         *
         * @param index a number of the set
         * @throws IOException if the image cannot be read
         */
        Image image(int index) throws IOException;
    }

    /**
     * Makes a set.
     *
     * @param name the specification of the data; for messages
     * @param classNames the names of the classes; the position in this list is the label
     * @param labels one for each image; not copied
     * @param imageNames gives the name of an image by its number
     * @param images reads an image, each time that it is asked for
     */
    public ImageSet(String name, List<String> classNames, int[] labels, IntFunction<String> imageNames, Source images) {
        this.name = name;
        this.classNames = List.copyOf(classNames);
        this.labels = labels;
        this.imageNames = imageNames;
        this.images = images;
    }

    /** {@return the specification that the set was opened with; for messages} */
    public String name() {
        return name;
    }

    /** {@return the number of images} */
    public int size() {
        return labels.length;
    }

    /** {@return the names of the classes; the position in this list is the label} */
    public List<String> classNames() {
        return classNames;
    }

    /** {@return whether the classes have real names, other than {@code class 0}} */
    public boolean hasClassNames() {
        return !ClassNames.areNumbered(classNames);
    }

    /**
     * Gives the label of an image.
     *
     * @param index 0 to size - 1
     * @return a position in {@link #classNames()}
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     */
    public int label(int index) {
        return labels[index];
    }

    /**
     * Gives the name of an image, which tells its origin: {@code cat/0001.png} in a folder, {@code cifar10 train 4711},
     * {@code train.npz row 17}. The name of a mirror image is that of its original and {@code mirrored}.
     *
     * @param index 0 to size - 1
     * @return at most 1,024 bytes of UTF-8 without control characters; views with ranges or mirror images keep it
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     */
    public String imageName(int index) {
        return imageNames.apply(Objects.checkIndex(index, size()));
    }

    /**
     * Reads an image.
     *
     * @param index 0 to size - 1
     * @return the decoded image
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     * @throws CorruptDataException if the image cannot be decoded
     * @throws IOException if the image cannot be read
     */
    public Image image(int index) throws IOException {
        return images.image(Objects.checkIndex(index, size()));
    }

    /**
     * Selects consecutive images.
     *
     * @param from the first
     * @param to one past the last
     * @return a view of them
     * @throws IllegalArgumentException if the range is empty or not within 0..size
     */
    public ImageSet range(int from, int to) {
        if (from == 0 && to == size()) {
            return this;
        }
        Specification.requireRange(name, from, to, size());
        String range = (name.contains("#") ? "[" : "#[") + from + ":" + to + "]";
        return select(name + range, IntStream.range(from, to).toArray());
    }

    /**
     * Selects images by their numbers.
     *
     * @param rows numbers from 0 to size - 1, in any order
     * @return a view of them
     */
    public ImageSet select(int[] rows) {
        return select(name, rows.clone());
    }

    private ImageSet select(String newName, int[] rows) {
        int[] chosen = IntStream.of(rows).map(this::label).toArray();
        return new ImageSet(newName, classNames, chosen, i -> imageName(rows[i]), i -> image(rows[i]));
    }

    /**
     * Replaces each label by the position of the class's name in another list. Classes that are only numbered
     * ({@code class 0}), here or there, keep their labels.
     *
     * @param names the other list; empty if its classes have no names
     * @param count the number of classes of the other list
     * @return a view of the images
     * @throws CorruptDataException if a class has no equal in the list, or the numbers of classes differ and there are no
     *     names to match
     */
    public ImageSet withClasses(List<String> names, int count) throws CorruptDataException {
        int[] matched = ClassNames.labels(name, classNames, names, count);
        boolean same = ClassNames.areNumbered(classNames) || ClassNames.areNumbered(names) || classNames.equals(names);
        return same
                ? this
                : new ImageSet(
                        name,
                        names,
                        IntStream.of(labels).map(label -> matched[label]).toArray(),
                        imageNames,
                        images);
    }

    /** {@return images with the labels and the names of these, such as these images, each changed} */
    public ImageSet withImages(String newName, Source others) {
        return new ImageSet(newName, classNames, labels, imageNames, others);
    }

    /** {@return the n images, then their n mirror images: image n + i is the left-right mirror of image i} */
    public ImageSet withMirrorImages() {
        int originals = size();
        if (originals > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException(name + " has " + originals + " images: at most " + Integer.MAX_VALUE / 2
                    + " can be mirrored; use ranges");
        }
        return new ImageSet(
                name + " with mirror images",
                classNames,
                IntStream.range(0, 2 * originals)
                        .map(i -> labels[i % originals])
                        .toArray(),
                i -> imageName(i % originals) + (i < originals ? "" : " mirrored"),
                i -> i < originals ? image(i) : image(i - originals).mirrored());
    }

    @Override
    public String toString() {
        return "ImageSet[" + name + ", " + size() + " images]";
    }
}
