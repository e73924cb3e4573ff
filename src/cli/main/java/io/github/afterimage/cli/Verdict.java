package io.github.afterimage.cli;

import io.github.afterimage.Tuner;

/** The result of tuning: whether the memory helps. The word is for programs, the sentence for people. */
enum Verdict {
    /** The mixture is better than the network, and chance is an unlikely explanation. */
    HELPS("helps"),
    /** The mixture is better than the network by a difference that chance alone may give. */
    WITHIN_CHANCE("within-chance"),
    /** No mixture of the grid is better than the network. */
    NO_HELP("no-help"),
    /** The cache alone is best, or there is no network to mix it with. */
    CACHE_ALONE("cache-alone");

    private final String word;

    Verdict(String word) {
        this.word = word;
    }

    static Verdict of(Tuner tuner) {
        Tuner.Point best = tuner.best();
        if (!tuner.hasNetwork()) {
            return CACHE_ALONE;
        }
        if (best.corrected() <= best.broken()) {
            return NO_HELP;
        }
        if (!gain(tuner).isClear()) {
            return WITHIN_CHANCE;
        }
        return best.hyperparameters().lambda() == 1 ? CACHE_ALONE : HELPS;
    }

    /** The best point of the grid against the network, on the examples that it was chosen on. */
    static Gain gain(Tuner tuner) {
        Tuner.Point best = tuner.best();
        return new Gain(best.corrected(), best.broken(), tuner.examples());
    }

    String word() {
        return word;
    }

    String sentence(Tuner tuner) {
        if (!tuner.hasNetwork()) {
            return "There are no probabilities of a network of these classes: theta is tuned for the cache alone.";
        }
        String optimistic =
                " Theta and lambda were chosen on these examples, so this is optimistic; evaluate on others.";
        return switch (this) {
            case NO_HELP -> "The memory does not help: no lambda above 0 makes fewer errors than the network alone.";
            case WITHIN_CHANCE -> "The gain is within chance. " + gain(tuner).words() + optimistic;
            case CACHE_ALONE ->
                "Lambda is 1: the cache alone is best, and the network adds nothing to it. "
                        + gain(tuner).words() + optimistic;
            case HELPS -> gain(tuner).words() + optimistic;
        };
    }
}
