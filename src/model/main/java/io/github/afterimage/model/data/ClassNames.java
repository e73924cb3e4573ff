package io.github.afterimage.model.data;

import io.github.afterimage.CorruptDataException;
import java.util.List;
import java.util.stream.IntStream;

/** Names of classes: default names, their text in messages, and their match with other names. */
public final class ClassNames {
    private static final int LISTED = 12;

    private ClassNames() {}

    /** {@return the names {@code class 0}, {@code class 1} and so on} */
    static List<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(label -> "class " + label).toList();
    }

    static boolean areNumbered(List<String> names) {
        return names.equals(numbered(names.size()));
    }

    /**
     * Finds the position of each class in another list, as {@link ImageSet#withClasses} does.
     *
     * @param place the data with the classes; for the message
     * @param mine the names of the classes
     * @param names the other list; empty if its classes have no names
     * @param count the number of classes of the other list
     * @return the position for each class
     * @throws CorruptDataException if a class has no equal in the list, or the numbers of classes differ and there are no
     *     names to match
     */
    public static int[] labels(String place, List<String> mine, List<String> names, int count)
            throws CorruptDataException {
        if (!areNumbered(mine) && areNumbered(names) && mine.size() != count) {
            throw new CorruptDataException(place + " has classes " + listed(mine) + ": expected " + count
                    + ", whose names are sorted as labels are");
        }
        int[] labels = new int[mine.size()];
        for (int label = 0; label < labels.length; label++) {
            labels[label] = areNumbered(mine) || areNumbered(names) ? label : names.indexOf(mine.get(label));
            if (labels[label] < 0) {
                throw new CorruptDataException(
                        place + " has a class \"" + mine.get(label) + "\": expected one of " + listed(names));
            }
        }
        return labels;
    }

    /** {@return the first names in one line} */
    static String listed(List<String> names) {
        String first = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
        return names.size() > LISTED ? first + ", ... (" + names.size() + ")" : first;
    }
}
