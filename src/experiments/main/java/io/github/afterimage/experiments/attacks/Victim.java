package io.github.afterimage.experiments.attacks;

import java.util.Locale;

/** The models that attacks are run against. */
enum Victim {
    /** The network alone. */
    NETWORK,
    /** The network and the cache, mixed by λ. */
    MIXED,
    /** The cache alone. */
    CACHE;

    /** The name in options and reports. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return word();
    }
}
