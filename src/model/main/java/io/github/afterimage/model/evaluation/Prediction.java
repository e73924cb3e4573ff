package io.github.afterimage.model.evaluation;

import io.github.afterimage.Answer;
import io.github.afterimage.Mixture;
import org.jspecify.annotations.Nullable;

/**
 * The classes that network, mixture and cache predict for one labelled example, and whether it is familiar.
 *
 * @param example its number
 * @param label its true class
 * @param network the network's class; {@link #NONE} if the examples have no probabilities of the network
 * @param mixed the mixture's class; {@link #NONE} likewise
 * @param cacheOnly the class of the cache alone
 * @param trueClass the probabilities of the true class
 * @param familiar whether something remembered is like it, or that is not known; see {@link QueryTarget#withJudgement}
 */
public record Prediction(
        int example, int label, int network, int mixed, int cacheOnly, TrueClass trueClass, boolean familiar) {
    /**
     * The probabilities of the true class.
     *
     * @param mixed according to the mixture; NaN without a network
     * @param cacheOnly according to the cache alone
     */
    public record TrueClass(double mixed, double cacheOnly) {}

    /** Stands for the class of a model that does not exist. */
    public static final int NONE = -1;

    /**
     * Predicts an example of a batch.
     *
     * @param network the network's probabilities; null without a network
     * @param lambda weight of the cache in the mixture
     * @param mixture the cache's answers at the point of the mixture
     * @param alone the cache's answers at its own point
     */
    public static Prediction of(
            Examples.Batch batch, int row, float @Nullable [] network, double lambda, Answer mixture, Answer alone) {
        double[] mixed = network == null
                ? null
                : Mixture.of(lambda, network, mixture.row(row).probabilities());
        int label = batch.labels()[row];
        return new Prediction(
                batch.first() + row,
                label,
                network == null ? NONE : Mixture.best(network),
                mixed == null ? NONE : Mixture.best(mixed),
                alone.row(row).best(),
                new TrueClass(
                        mixed == null ? Double.NaN : mixed[label],
                        alone.row(row).probability(label)),
                !mixture.row(row).hasNovelty() || mixture.row(row).isFamiliar());
    }

    /** {@return whether there is a network beside the cache} */
    public boolean hasNetwork() {
        return network != NONE;
    }
}
