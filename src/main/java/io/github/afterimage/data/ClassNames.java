package io.github.afterimage.data;

import java.util.List;
import java.util.stream.IntStream;

/** Names of classes that have none of their own, and how names are shown. */
final class ClassNames {
    private static final int LISTED = 12;

    private ClassNames() {}

    /** {@code class 0} and so on. */
    static List<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(label -> "class " + label).toList();
    }

    static boolean areNumbered(List<String> names) {
        return names.equals(numbered(names.size()));
    }

    /** The first of them, in one line. */
    static String listed(List<String> names) {
        String first = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
        return names.size() > LISTED ? first + ", ... (" + names.size() + ")" : first;
    }
}
