package io.github.afterimage.model.data;

import io.github.afterimage.CorruptDataException;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Images with labels, numbered from 0.
 *
 * <p>Guarantees: a number always gives the same image and label.
 *
 * <p>Threads: every method is safe for concurrent use.
 */
public interface ImageSet {
    /** {@return the specification that the set was opened with; for messages} */
    String name();

    /** {@return the number of images} */
    int size();

    /** {@return the names of the classes; the position in this list is the label} */
    List<String> classNames();

    /** {@return whether the classes have real names, other than {@code class 0}} */
    default boolean hasClassNames() {
        return !ClassNames.areNumbered(classNames());
    }

    /**
     * Gives the label of an image.
     *
     * @param index 0 to size - 1
     * @return a position in {@link #classNames()}
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     */
    int label(int index);

    /**
     * Gives the name of an image, which tells its origin: {@code cat/0001.png} in a folder, {@code cifar10 train 4711},
     * {@code train.npz row 17}. The name of a mirror image is that of its original and {@code mirrored}.
     *
     * @param index 0 to size - 1
     * @return at most 1,024 bytes of UTF-8 without control characters; views with ranges or mirror images keep it
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     */
    String imageName(int index);

    /**
     * Reads an image.
     *
     * @param index 0 to size - 1
     * @return the decoded image
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     * @throws CorruptDataException if the image cannot be decoded
     * @throws IOException if the image cannot be read
     */
    Image image(int index) throws IOException;

    /**
     * Selects consecutive images.
     *
     * @param from the first
     * @param to one past the last
     * @return a view of them
     * @throws IllegalArgumentException if the range is empty or not within 0..size
     */
    default ImageSet range(int from, int to) {
        if (from == 0 && to == size()) {
            return this;
        }
        Specification.requireRange(name(), from, to, size());
        String range = (name().contains("#") ? "[" : "#[") + from + ":" + to + "]";
        return new SelectedImages(
                name() + range, this, IntStream.range(from, to).toArray());
    }

    /**
     * Selects images by their numbers.
     *
     * @param rows numbers from 0 to size - 1, in any order
     * @return a view of them
     */
    default ImageSet select(int[] rows) {
        return new SelectedImages(name(), this, rows.clone());
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
    default ImageSet withClasses(List<String> names, int count) throws CorruptDataException {
        List<String> mine = classNames();
        int[] labels = ClassNames.labels(name(), mine, names, count);
        boolean same = ClassNames.areNumbered(mine) || ClassNames.areNumbered(names) || mine.equals(names);
        return same ? this : new MatchedImages(this, names, labels);
    }

    /** {@return the n images, then their n mirror images: image n + i is the left-right mirror of image i} */
    default ImageSet withMirrorImages() {
        return new MirroredImages(this);
    }
}
