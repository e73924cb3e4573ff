package io.github.afterimage.experiments;

import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.evaluation.Prediction;

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

    private final long[] wrong = new long[Voice.values().length];
    private final long[] corrected = new long[Voice.values().length];
    private final double[] loss = new double[Voice.values().length];
    private long overAveraged; // right together, and wrong by the network for all views
    private long examples;
    private boolean network;

    /** Counts one example. */
    public void add(Prediction prediction) {
        examples++;
        network = prediction.hasNetwork();
        add(Voice.MEMORY, prediction.memory(), prediction.trueClass().memory(), prediction);
        if (network) {
            add(Voice.NETWORK, prediction.network(), prediction.trueClass().network(), prediction);
            add(Voice.AVERAGED, prediction.averaged(), prediction.trueClass().averaged(), prediction);
            add(Voice.TOGETHER, prediction.together(), prediction.trueClass().together(), prediction);
            overAveraged +=
                    prediction.together() == prediction.label() && prediction.averaged() != prediction.label() ? 1 : 0;
        }
    }

    private void add(Voice voice, int answer, double probability, Prediction prediction) {
        boolean right = answer == prediction.label();
        boolean networkWrong = network && prediction.network() != prediction.label();
        wrong[voice.ordinal()] += right ? 0 : 1;
        corrected[voice.ordinal()] += right && networkWrong ? 1 : 0;
        loss[voice.ordinal()] -= Math.log(Math.max(probability, Float.MIN_NORMAL));
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
        return wrong[voice.ordinal()];
    }

    /** Returns the share of wrong answers. */
    public double error(Voice voice) {
        return (double) wrong[voice.ordinal()] / examples;
    }

    /** Returns the mean of −log p of the true class; a probability that is 0 in float32 counts as the least positive one. */
    public double logLoss(Voice voice) {
        return loss[voice.ordinal()] / examples;
    }

    /** Returns the answers that network and memory together correct and break beside the network for all views that it sees. */
    public Gain gainOverAveraged() {
        return gain(Voice.TOGETHER, overAveraged, Voice.AVERAGED);
    }

    /** Returns the answers that are corrected and broken. The errors that the network does not share are those that it does not make. */
    public Gain gain(Voice voice) {
        return gain(voice, corrected[voice.ordinal()], Voice.NETWORK);
    }

    private Gain gain(Voice voice, long right, Voice rival) {
        return new Gain(right, errors(voice) - (errors(rival) - right), examples);
    }
}
