package io.github.afterimage;

import java.util.Map;

/** The attributes of an index that mean something to this library, checked when an index is opened and when it is saved. */
final class StoredAttributes {
    private StoredAttributes() {}

    /** The first error in the attributes of an index of {@code classes} classes, or null. */
    static String finding(Map<String, String> attributes, int classes) {
        String names = attributes.get(CacheIndex.CLASS_NAMES);
        int count = names == null ? classes : names.split("\n", -1).length;
        if (count != classes) {
            return CacheIndex.CLASS_NAMES + ": " + count + " names, expected one for each of " + classes + " classes";
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
}
