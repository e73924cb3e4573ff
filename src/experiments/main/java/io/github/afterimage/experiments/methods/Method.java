package io.github.afterimage.experiments.methods;

import java.util.Locale;

/** A way to classify with labelled features. The network, if there is one, always takes part. */
public enum Method {
    /** All keys, weighted by exp(θ cos), with a factor for each class if keys are whitened. */
    MEMORY("memory"),
    /** Equal votes of the k nearest keys. */
    NEAREST("k nearest"),
    /** The class factor alone, with θ 0: softmax of the cosines to the mean of each class. */
    MEANS("class means"),
    /** Logistic regression on the keys. */
    PROBE("linear probe"),
    /** The class factor alone of whitened keys: linear discriminant analysis of unit rows, in closed form. */
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
