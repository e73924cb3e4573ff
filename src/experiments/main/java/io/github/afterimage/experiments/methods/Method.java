package io.github.afterimage.experiments.methods;

import java.util.Locale;

/** A way to classify with labelled features. The network, if there is one, always takes part. */
public enum Method {
    /** All keys, by the rule of an index and by equation (3) of the paper. */
    MEMORY("memory"),
    /** Equal votes of the k nearest keys. */
    NEAREST("k nearest"),
    /** Softmax of the cosines to the mean of each class. */
    MEANS("class means"),
    /** Logistic regression on the keys. */
    PROBE("linear probe"),
    /** The class means of whitened keys: linear discriminant analysis of unit rows, in closed form. */
    DISCRIMINANT("linear discriminant");

    private final String title;

    Method(String title) {
        this.title = title;
    }

    /** Returns its name for people. */
    String title() {
        return title;
    }

    /** Returns the name of its mixture with the network. */
    String mixedTitle() {
        return title + " + network";
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
