package io.github.afterimage.model.data;

import io.github.afterimage.tensors.CorruptDataException;
import java.io.IOException;
import java.util.List;

/**
 * Pictures with labels, addressed by index.
 *
 * <p>Guarantees: index i always gives the same picture and label.
 *
 * <p>Threads: every method is safe for concurrent use.
 */
public interface ImageSet {
    /** {@return the specification it was opened with; for messages} */
    String name();

    /** {@return how many pictures there are} */
    int size();

    /** {@return the names of the classes; the index in this list is the label} */
    List<String> classNames();

    /** {@return whether the classes have names, rather than numbers as in {@code class 0}} */
    default boolean hasClassNames() {
        return !ClassNames.areNumbered(classNames());
    }

    /**
     * The label of a picture.
     *
     * @param index 0 to size - 1
     * @return an index into {@link #classNames()}
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     */
    int label(int index);

    /**
     * The name of a picture, which says where it comes from: {@code cat/0001.png} in a folder, {@code cifar10 train 4711},
     * {@code train.npz row 17}; a mirror image has that of its original and {@code mirrored}.
     *
     * @param index 0 to size - 1
     * @return at most 1,024 bytes of UTF-8 without control characters, the same however ranges and mirror images are taken
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     */
    String imageName(int index);

    /**
     * A picture.
     *
     * @param index 0 to size - 1
     * @return the picture, decoded
     * @throws IndexOutOfBoundsException if index is outside 0..size-1
     * @throws CorruptDataException if the picture cannot be decoded
     * @throws IOException if it cannot be read
     */
    Image image(int index) throws IOException;

    /**
     * Some of the pictures.
     *
     * @param from the first
     * @param to one past the last
     * @return a view of them
     * @throws IllegalArgumentException if the range is empty or not within 0..size
     */
    default ImageSet range(int from, int to) {
        return from == 0 && to == size() ? this : new ImageRange(this, from, to);
    }

    /**
     * The same pictures with the labels that classes of the same names have elsewhere. Pictures of classes that are only
     * numbered ({@code class 0}) keep theirs.
     *
     * @param names of the other classes, in the order of their labels; where there are none, or numbers, labels stay
     * @param count how many there are
     * @return a view of the pictures
     * @throws CorruptDataException if one of the classes is not among those names, or, without names, there are more or
     *     fewer
     */
    default ImageSet withClasses(List<String> names, int count) throws CorruptDataException {
        List<String> mine = classNames();
        int[] labels = ClassNames.labels(name(), mine, names, count);
        boolean same = ClassNames.areNumbered(mine) || ClassNames.areNumbered(names) || mine.equals(names);
        return same ? this : new MatchedImages(this, names, labels);
    }

    /** {@return the n pictures, then their n mirror images: picture n + i is the left-right mirror of picture i} */
    default ImageSet withMirrorImages() {
        return new MirroredImages(this);
    }
}
