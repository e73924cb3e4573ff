package io.github.afterimage.cli;

import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.statistics.McNemar;

/**
 * Answers that a memory changed from wrong to right and from right to wrong, and how likely chance explains them.
 *
 * @param corrected wrong answers of the network that are right with the memory
 * @param broken right answers of the network that are wrong with the memory
 * @param examples of which the answers are
 */
record Gain(long corrected, long broken, long examples) {
    static final double CONFIDENCE = 0.95;

    /** The p-value of McNemar's exact test. */
    double p() {
        return McNemar.exact(corrected, broken);
    }

    /** Whether the memory helps and chance is an unlikely explanation: p below 0.05, the usual level. */
    boolean isClear() {
        return corrected > broken && p() < 1 - CONFIDENCE;
    }

    /**
     * How many errors fewer the memory makes, with 95 % confidence: of the answers that it changes, the exact interval of
     * the share that it corrects. Negative bounds are more errors. Needs at least one changed answer.
     */
    Interval fewerErrors() {
        long changed = corrected + broken;
        Interval share = Interval.clopperPearson(corrected, changed, CONFIDENCE);
        return new Interval(changed * (2 * share.low() - 1), changed * (2 * share.high() - 1));
    }

    /** The same in words for a reader without statistics. */
    String words() {
        if (corrected + broken == 0) {
            return "The memory changes no answer between right and wrong.";
        }
        String counts = "Of " + Format.count(examples) + " answers the memory corrects " + Format.count(corrected)
                + " and breaks " + Format.count(broken) + ". ";
        String p = Format.equalsProbability(p());
        if (isClear()) {
            Interval fewer = fewerErrors();
            return counts + "Chance alone rarely gives such a difference (McNemar's test: p " + p
                    + "): the memory helps here, by " + Format.count(Math.round(fewer.low())) + " to "
                    + Format.count(Math.round(fewer.high())) + " errors fewer (95 % interval).";
        }
        if (corrected < broken && p() < 1 - CONFIDENCE) {
            return counts + "Chance alone rarely gives such a difference (McNemar's test: p " + p
                    + "): the memory hurts here.";
        }
        return counts + "Chance alone may give such a difference (McNemar's test: p " + p
                + "): these images do not show that the memory helps.";
    }
}
