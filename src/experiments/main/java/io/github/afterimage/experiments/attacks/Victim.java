package io.github.afterimage.experiments.attacks;

import java.util.List;
import java.util.Locale;

/** The models that attacks are run against. */
enum Victim {
    /** The network alone. */
    NETWORK("network"),
    /** The network and the cache, mixed by λ. */
    MIXED("mixture"),
    /** The cache alone. */
    CACHE("cache alone");

    static final List<Victim> MEMORIES = List.of(MIXED, CACHE);

    private final String description;

    Victim(String description) {
        this.description = description;
    }

    /** The name in options and reports. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The name in a sentence. */
    String description() {
        return description;
    }

    @Override
    public String toString() {
        return word();
    }
}
