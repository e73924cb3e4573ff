package io.github.afterimage;

import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The attributes of an index that this library reads; it checks them when an index is built, opened or saved. */
final class StoredAttributes {
    /** The attribute that holds the names of the classes, one a line. */
    static final String CLASS_NAMES = "class_names";

    private StoredAttributes() {}

    /** Returns the names of the classes, or generated ones if the attributes have none. */
    static List<String> classNames(Map<String, String> attributes, int classes) {
        String names = attributes.get(CLASS_NAMES);
        if (names != null) {
            return List.of(names.split("\n", -1));
        }
        return new AbstractList<>() {
            @Override
            public String get(int label) {
                return "class " + Objects.checkIndex(label, classes);
            }

            @Override
            public int size() {
                return classes;
            }
        };
    }

    /** Returns the first error in the attributes of an index of {@code classes} classes, or null. */
    static @Nullable String finding(Map<String, String> attributes, int classes) {
        String names = attributes.get(CLASS_NAMES);
        int count = names == null ? classes : names.split("\n", -1).length;
        if (count != classes) {
            return CLASS_NAMES + ": " + count + " names, expected one for each of " + classes + " classes";
        }
        String theta = attributes.getOrDefault(Hyperparameters.THETA, "0");
        String lambda = attributes.getOrDefault(Hyperparameters.LAMBDA, "0");
        try {
            new Hyperparameters(Double.parseDouble(theta), Double.parseDouble(lambda));
            return null;
        } catch (IllegalArgumentException e) {
            return "theta \"" + theta + "\" and lambda \"" + lambda
                    + "\", expected a finite number that is not negative and one in 0..1";
        }
    }

    /**
     * Returns the attributes.
     *
     * @throws IllegalArgumentException if there is a {@link #finding}
     */
    static Map<String, String> checked(Map<String, String> attributes, int classes) {
        String finding = finding(attributes, classes);
        if (finding != null) {
            throw new IllegalArgumentException("attributes: " + finding);
        }
        return attributes;
    }
}
