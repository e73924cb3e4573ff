package io.github.afterimage.experiments.attacks;

/** The models that attacks are run against. */
public enum Victim {
    /** The network alone. */
    NETWORK("network", "network"),
    /** The network and the cache, mixed by λ. */
    MIXED("mixed", "mixture"),
    /** The cache alone. */
    CACHE("cache", "cache alone");

    private final String word;
    private final String description;

    Victim(String word, String description) {
        this.word = word;
        this.description = description;
    }

    /** The name in options and reports. */
    public String word() {
        return word;
    }

    /** The name in a sentence. */
    public String description() {
        return description;
    }
}
