package io.github.afterimage.experiments;

import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.evaluation.Prediction;

/**
 * Counts the errors of the network, the mixture and the cache alone. An answer is corrected if only the network has it
 * wrong, and broken if only the network has it right. Examples without a network count the errors of the cache alone.
 */
public final class ErrorCounts {
    private long examples;
    private boolean network;
    private long networkErrors;
    private long mixedErrors;
    private long cacheOnlyErrors;
    private long mixedCorrected;
    private long cacheOnlyCorrected;

    /** Counts one example. */
    public void add(Prediction prediction) {
        int label = prediction.label();
        examples++;
        cacheOnlyErrors += prediction.cacheOnly() != label ? 1 : 0;
        network = prediction.hasNetwork();
        if (!network) {
            return;
        }
        boolean networkWrong = prediction.network() != label;
        networkErrors += networkWrong ? 1 : 0;
        mixedErrors += prediction.mixed() != label ? 1 : 0;
        mixedCorrected += networkWrong && prediction.mixed() == label ? 1 : 0;
        cacheOnlyCorrected += networkWrong && prediction.cacheOnly() == label ? 1 : 0;
    }

    /** Returns the number of examples. */
    public long examples() {
        return examples;
    }

    /** Returns whether the examples so far came with a network's answers. */
    public boolean hasNetwork() {
        return network;
    }

    /** Returns the number of the network's errors. */
    public long networkErrors() {
        return networkErrors;
    }

    /** Returns the number of the mixture's errors. */
    public long mixedErrors() {
        return mixedErrors;
    }

    /** Returns the number of errors of the cache alone. */
    public long cacheOnlyErrors() {
        return cacheOnlyErrors;
    }

    /** Returns the error rate of the network. */
    public double networkError() {
        return (double) networkErrors / examples;
    }

    /** Returns the error rate of the mixture. */
    public double mixedError() {
        return (double) mixedErrors / examples;
    }

    /** Returns the error rate of the cache alone. */
    public double cacheOnlyError() {
        return (double) cacheOnlyErrors / examples;
    }

    /** Returns the answers that the mixture corrects and breaks. */
    public Gain mixedGain() {
        return gain(mixedErrors, mixedCorrected);
    }

    /** Returns the answers that the cache alone corrects and breaks. */
    public Gain cacheOnlyGain() {
        return gain(cacheOnlyErrors, cacheOnlyCorrected);
    }

    /** The errors that the network does not share are those that it does not make. */
    private Gain gain(long errors, long corrected) {
        return new Gain(corrected, errors - (networkErrors - corrected), examples);
    }
}
