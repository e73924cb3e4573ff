package io.github.afterimage.experiments;

import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.evaluation.Prediction;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;

/**
 * Counts the errors of the network, of the memory, and of both together. An answer is corrected if only the network's answer to the image is
 * wrong, and broken if only that is right. Examples without a network count the errors of the memory alone.
 */
public final class ErrorCounts {
    /** Those who answer. */
    public enum Voice {
        /** The network, for the image. */
        NETWORK,
        /** The network, for all views that it sees. */
        AVERAGED,
        /** Network and memory. */
        TOGETHER,
        /** The memory alone. */
        MEMORY
    }

    private final Map<Voice, BitSet> wrong = new EnumMap<>(Voice.class); // the numbers of the wrong answers
    private final double[] loss = new double[Voice.values().length];
    private int examples;
    private boolean network;

    /** Counts one example. */
    public void add(Prediction prediction) {
        network = prediction.hasNetwork();
        add(Voice.MEMORY, prediction.memory(), prediction.trueClass().memory(), prediction);
        if (network) {
            add(Voice.NETWORK, prediction.network(), prediction.trueClass().network(), prediction);
            add(Voice.AVERAGED, prediction.averaged(), prediction.trueClass().averaged(), prediction);
            add(Voice.TOGETHER, prediction.together(), prediction.trueClass().together(), prediction);
        }
        examples++;
    }

    private void add(Voice voice, int answer, double probability, Prediction prediction) {
        wrong(voice).set(examples, answer != prediction.label());
        loss[voice.ordinal()] -= Math.log(Math.max(probability, Float.MIN_NORMAL));
    }

    private BitSet wrong(Voice voice) {
        return wrong.computeIfAbsent(voice, none -> new BitSet());
    }

    /** Returns the number of examples. */
    public long examples() {
        return examples;
    }

    /** Returns whether the examples so far came with a network's answers. */
    public boolean hasNetwork() {
        return network;
    }

    /** Returns the number of wrong answers. */
    public long errors(Voice voice) {
        return wrong(voice).cardinality();
    }

    /** Returns the share of wrong answers. */
    public double error(Voice voice) {
        return (double) errors(voice) / examples;
    }

    /** Returns the mean of −log p of the true class; a probability that is 0 in float32 counts as the least positive one. */
    public double logLoss(Voice voice) {
        return loss[voice.ordinal()] / examples;
    }

    /** Returns the answers that network and memory together correct and break beside the network for all views that it sees. */
    public Gain gainOverAveraged() {
        return Gain.of(wrong(Voice.AVERAGED), wrong(Voice.TOGETHER), examples);
    }

    /** Returns the answers that are corrected and broken. */
    public Gain gain(Voice voice) {
        return Gain.of(wrong(Voice.NETWORK), wrong(voice), examples);
    }
}
