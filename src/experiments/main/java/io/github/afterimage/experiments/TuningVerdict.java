package io.github.afterimage.experiments;

import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.statistics.Gain;
import java.util.Locale;

/** The verdict of tuning on a cache: a word for programs, a sentence for people. */
public enum TuningVerdict {
    /** The mixture beats the network, and chance is an unlikely explanation. */
    HELPS,
    /** The mixture beats the network by a difference that chance may explain. */
    WITHIN_CHANCE,
    /** No mixture of the grid beats the network. */
    NO_HELP,
    /** The cache alone is best, or there is no network to mix it with. */
    CACHE_ALONE;

    /** Returns the verdict on the best point of a grid. */
    public static TuningVerdict of(Tuner tuner) {
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

    /** Returns the gain of the best point over the network, on the examples that the point was chosen on. */
    public static Gain gain(Tuner tuner) {
        Tuner.Point best = tuner.best();
        return new Gain(best.corrected(), best.broken(), tuner.examples());
    }

    /** Returns the word for programs. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the sentence for people. */
    public String sentence(Tuner tuner) {
        if (!tuner.hasNetwork()) {
            return "There are no probabilities of a network of these classes: theta is tuned for the memory alone.";
        }
        String gain = gain(tuner).words()
                + " Theta, lambda and beta were chosen on these examples, so this is optimistic; evaluate on others.";
        return switch (this) {
            case NO_HELP -> "The memory does not help: no lambda above 0 makes fewer errors than the network alone.";
            case WITHIN_CHANCE -> "The gain is within chance. " + gain;
            case CACHE_ALONE -> "Lambda is 1: the memory alone is best, and the network adds nothing to it. " + gain;
            case HELPS -> gain;
        };
    }
}
