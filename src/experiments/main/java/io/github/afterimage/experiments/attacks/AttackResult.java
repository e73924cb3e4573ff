package io.github.afterimage.experiments.attacks;

import io.github.afterimage.model.data.Image;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The result of one attack on one model.
 *
 * @param attack the attack's name
 * @param attacked the number of attacked images
 * @param seconds the attack's duration
 * @param changed the images whose class changed
 */
public record AttackResult(
        Victim victim, String attack, int attacked, double seconds, Sizes sizes, ChangedImages changed) {
    /**
     * The sizes of changes, ‖x_adv - x‖ / ‖x‖.
     *
     * @param mean over the changed images, as the paper gives it; NaN if there are none
     * @param median over all attacked images; an unchanged image counts as infinite
     */
    public record Sizes(double mean, double median) {}

    /**
     * The images whose class an attack changed.
     *
     * @param originals the images before the attack
     * @param adversarials the images after the attack
     * @param labels the true classes
     * @param wrongBefore the number of images that the victim misclassified before the attack; the victim can be right about
     *     the changed image only for these
     * @param accuracy the accuracy of each model on the changed images, by the true class
     * @param transfer the answers of another network's models on the changed images
     */
    public record ChangedImages(
            List<Image> originals,
            List<Image> adversarials,
            int[] labels,
            int wrongBefore,
            Map<Victim, Double> accuracy,
            TransferAnswers transfer) {
        /** Returns the accuracy of one model. */
        double accuracy(Victim model) {
            return Objects.requireNonNull(accuracy.get(model), model.word());
        }

        /** Returns the number of changed images. */
        public int count() {
            return labels.length;
        }
    }
}
