package io.github.afterimage.model.evaluation;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.DoubtThreshold;
import org.jspecify.annotations.Nullable;

/**
 * The classes that network, memory, and both together predict for one labelled example, and their doubts.
 *
 * @param example its number
 * @param label its true class
 * @param network the network's class for the image; {@link #NONE} if the examples have no probabilities of the network
 * @param averaged the network's class for all views that it sees; {@link #NONE} likewise
 * @param together the class of network and memory; {@link #NONE} likewise
 * @param memory the class of the memory alone
 * @param trueClass the probabilities of the true class
 * @param doubts how unsure the answers are
 */
public record Prediction(
        int example,
        int label,
        int network,
        int averaged,
        int together,
        int memory,
        TrueClass trueClass,
        Doubts doubts) {
    /**
     * The probabilities of the true class.
     *
     * @param network of the network for the image; NaN without a network
     * @param averaged of the network for all views; NaN likewise
     * @param together of network and memory; NaN likewise
     * @param memory of the memory alone
     */
    public record TrueClass(double network, double averaged, double together, double memory) {}

    /**
     * The {@linkplain DoubtThreshold doubts} of the answers.
     *
     * @param network of the network for all views; NaN without a network
     * @param answer of network and memory; of the memory alone without a network
     */
    public record Doubts(double network, double answer) {}

    /** Stands for the class of a model that does not exist. */
    public static final int NONE = -1;

    /**
     * Predicts an example of a batch.
     *
     * @param network the network's probabilities for the image; null without a network
     * @param averaged those for all views; null likewise
     * @param rule of network and memory
     * @param memory the answer of the memory at the θ of the rule
     * @param alone the probabilities of the memory alone
     */
    public static Prediction of(
            Examples.Batch batch,
            int row,
            float @Nullable [] network,
            float @Nullable [] averaged,
            AnswerRule rule,
            Answer.Row memory,
            double[] alone) {
        int label = batch.labels()[row];
        double[] together = averaged == null ? null : rule.probabilities(averaged, memory);
        return new Prediction(
                batch.first() + row,
                label,
                network == null ? NONE : ArgMax.of(network),
                averaged == null ? NONE : ArgMax.of(averaged),
                together == null ? NONE : ArgMax.of(together),
                ArgMax.of(alone),
                new TrueClass(
                        probability(network, label),
                        probability(averaged, label),
                        together == null ? Double.NaN : together[label],
                        alone[label]),
                new Doubts(
                        averaged == null ? Double.NaN : DoubtThreshold.doubt(averaged.length, c -> averaged[c]),
                        together == null ? DoubtThreshold.alone(alone, memory) : DoubtThreshold.doubt(together)));
    }

    /** Returns a probability of the network, 0 for a class that it does not have. */
    private static double probability(float @Nullable [] network, int label) {
        return network == null ? Double.NaN : label < network.length ? network[label] : 0;
    }

    /** {@return whether there is a network beside the memory} */
    public boolean hasNetwork() {
        return network != NONE;
    }
}
