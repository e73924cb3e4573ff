package io.github.afterimage.model.data;

import io.github.afterimage.tensors.CorruptDataException;
import java.util.List;
import java.util.stream.IntStream;

/** Names of classes: those that have none of their own, how names are shown, and how they are found among others. */
public final class ClassNames {
    private static final int LISTED = 12;

    private ClassNames() {}

    /** {@code class 0} and so on. */
    static List<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(label -> "class " + label).toList();
    }

    static boolean areNumbered(List<String> names) {
        return names.equals(numbered(names.size()));
    }

    /**
     * The labels that classes have elsewhere, as {@link ImageSet#withClasses} matches them.
     *
     * @param place whose classes they are; for the message
     * @param mine the names of the classes
     * @param names of the other classes, in the order of their labels; empty where they have none
     * @param count how many other classes there are
     * @return of each class its label
     * @throws CorruptDataException if one of the classes is not among those names, or, without names, there are more or
     *     fewer
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

    /** The first of them, in one line. */
    static String listed(List<String> names) {
        String first = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
        return names.size() > LISTED ? first + ", ... (" + names.size() + ")" : first;
    }
}
