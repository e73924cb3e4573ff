package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.statistics.Gain;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The errors of a network's models on a list of images.
 *
 * @param wrong for each model, the images that it is wrong about; without entries for the models that do not exist
 */
record ModelAnswers(Map<Victim, BitSet> wrong, int images) {
    /** The value if there is no other network. */
    static final ModelAnswers NONE = new ModelAnswers(Map.of(), 0);

    /** Returns the share of images that a model classifies correctly; NaN for no images or no such model. */
    double accuracy(Victim model) {
        return has(model) ? (double) (images - wrong(model).cardinality()) / images : Double.NaN;
    }

    private boolean has(Victim model) {
        return wrong.containsKey(model);
    }

    private BitSet wrong(Victim model) {
        return Objects.requireNonNull(wrong.get(model), model.word());
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
        static List<TransferComparison> of(ModelAnswers clean, List<AttackResult> results) {
            List<TransferComparison> found = new ArrayList<>();
            for (Victim model : Victim.MEMORIES) {
                add(found, model, "none", "", clean);
                results.forEach(
                        result -> add(found, model, result.victim().word(), result.attack(), result.transfer()));
            }
            return found;
        }

        private static void add(
                List<TransferComparison> found, Victim model, String attacked, String attack, ModelAnswers answers) {
            if (answers.images > 0 && answers.has(model)) {
                found.add(new TransferComparison(
                        model,
                        attacked,
                        attack,
                        answers.accuracy(Victim.NETWORK),
                        answers.accuracy(model),
                        Gain.of(answers.wrong(Victim.NETWORK), answers.wrong(model), answers.images)));
            }
        }

        /** Returns the effect of the cache in words. */
        String verdict() {
            return gain.isClear() ? "its cache helps" : gain.isClearLoss() ? "its cache hurts" : "no difference seen";
        }
    }
}
