package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.statistics.Gain;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The errors of another network's models on a list of images.
 *
 * @param wrong for each model, the images that it is wrong about; without entries for the models that do not exist
 */
public record TransferAnswers(Map<Victim, BitSet> wrong, int images) {
    /** The value if there is no other network. */
    public static final TransferAnswers NONE = new TransferAnswers(Map.of(), 0);

    /** Returns the share of images that a model classifies correctly; NaN for no images or no such model. */
    public double accuracy(Victim model) {
        return has(model) ? 1 - (double) wrong(model).cardinality() / images : Double.NaN;
    }

    /** Returns whether a model exists. */
    boolean has(Victim model) {
        return wrong.containsKey(model);
    }

    /** Returns the images that a model that exists is wrong about. */
    BitSet wrong(Victim model) {
        return Objects.requireNonNull(wrong.get(model), model.word());
    }

    /** Returns whether there is no other network. */
    public boolean isEmpty() {
        return wrong.isEmpty();
    }

    /**
     * Compares another network with and without its cache on images that were changed against the first.
     *
     * @param model the other network's model with a cache: {@link Victim#MIXED} or {@link Victim#CACHE}
     * @param attacked the name of the model that the images were changed against, or "none" for unchanged images
     * @param attack the attack's name, or empty for unchanged images
     * @param networkAccuracy the accuracy of the other network alone
     * @param cacheAccuracy its accuracy with its cache
     * @param gain the answers that its cache corrects and breaks
     */
    record TransferComparison(
            Victim model, String attacked, String attack, double networkAccuracy, double cacheAccuracy, Gain gain) {
        /**
         * Compares each model with a cache on the unchanged images and on the images of each attack that changed any.
         *
         * @param clean the other network's answers on the unchanged images
         */
        public static List<TransferComparison> of(TransferAnswers clean, List<AttackResult> results) {
            List<TransferComparison> found = new ArrayList<>();
            for (Victim model : List.of(Victim.MIXED, Victim.CACHE)) {
                if (clean.has(model)) {
                    found.add(of(model, "none", "", clean));
                }
                for (AttackResult result : results) {
                    TransferAnswers answers = result.changed().transfer();
                    if (result.changed().count() > 0 && answers.has(model)) {
                        found.add(of(model, result.victim().word(), result.attack(), answers));
                    }
                }
            }
            return found;
        }

        private static TransferComparison of(Victim model, String attacked, String attack, TransferAnswers answers) {

            return new TransferComparison(
                    model,
                    attacked,
                    attack,
                    answers.accuracy(Victim.NETWORK),
                    answers.accuracy(model),
                    Gain.of(answers.wrong(Victim.NETWORK), answers.wrong(model), answers.images));
        }

        /** Returns the effect of the cache in words. */
        public String verdict() {
            return gain.isClear() ? "its cache helps" : gain.isClearLoss() ? "its cache hurts" : "no difference seen";
        }
    }
}
