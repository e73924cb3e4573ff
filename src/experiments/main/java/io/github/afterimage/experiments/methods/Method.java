package io.github.afterimage.experiments.methods;

import java.util.Locale;

/** A way to classify with labelled features. The network, if there is one, always takes part. */
public enum Method {
    /** The paper's cache: all keys, weighted by exp(θ cos). */
    CACHE("cache"),
    /** Equal votes of the k nearest keys. */
    NEAREST("k nearest"),
    /** Softmax of the cosines to the mean of each class. */
    MEANS("class means"),
    /** The cache with keys that are whitened within the classes. */
    WHITENED("whitened"),
    /** The cache with whitened keys and a factor for each class. */
    FACTOR("whitened, class factor"),
    /** The class factor alone, with θ 0: linear discriminant analysis of unit rows, in closed form. */
    DISCRIMINANT("linear discriminant"),
    /** A logarithmic pool of the network, the cache with whitened keys, and the discriminant. Only with a network. */
    POOLED("pooled"),
    /** Logistic regression on the keys. */
    READOUT("linear read-out");

    private final String title;

    Method(String title) {
        this.title = title;
    }

    /** Returns its name for people. */
    public String title() {
        return title;
    }

    /** Returns the name of its mixture with the network. */
    public String mixedTitle() {
        return title + " + network";
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
