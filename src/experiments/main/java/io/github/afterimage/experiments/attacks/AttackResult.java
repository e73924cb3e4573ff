package io.github.afterimage.experiments.attacks;

import io.github.afterimage.model.data.Image;
import java.util.List;
import java.util.Map;

/**
 * The result of one attack on one model. The size of a change is ‖x_adv - x‖ / ‖x‖.
 *
 * @param attack the attack's name
 * @param attacked the number of attacked images
 * @param seconds the attack's duration
 * @param meanSize over the changed images, as the paper gives it; NaN if there are none
 * @param medianSize over all attacked images; an unchanged image counts as infinite
 * @param originals the images whose class changed, before the attack
 * @param adversarials the same after the attack
 * @param labels their true classes
 * @param wrongBefore the number of them that the victim misclassified before the attack; the victim can be right about the
 *     changed image only for these
 * @param accuracies of each model on the changed images; NaN if there are none
 */
record AttackResult(
        Victim victim,
        String attack,
        int attacked,
        double seconds,
        double meanSize,
        double medianSize,
        List<Image> originals,
        List<Image> adversarials,
        int[] labels,
        int wrongBefore,
        Map<Victim, Double> accuracies) {
    /** Returns the number of changed images. */
    int changed() {
        return labels.length;
    }
}
