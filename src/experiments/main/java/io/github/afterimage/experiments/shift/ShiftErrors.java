package io.github.afterimage.experiments.shift;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The errors on the reported images at one strength of one corruption. An array holds the places of the wrong answers among the
 * reported images.
 *
 * @param memory the mixture with the clean memory
 * @param cacheOnly the clean memory alone
 * @param uncovered those whose prediction set, of the mixture with the clean memory, lacks the true class
 * @param flagged the number of these images, with labels, after which a watch calls the promise of the sets broken; 0 for never
 * @param flaggedLater likewise, where clean images were watched before
 * @param learned one for each number of received images, ascending
 * @param readoutOfAll a linear read-out of the clean keys and of all received images; null except at the middle strength, because
 *     its training takes long
 */
public record ShiftErrors(
        String corruption,
        int strength,
        int[] network,
        int[] memory,
        int[] cacheOnly,
        int[] uncovered,
        int flagged,
        int flaggedLater,
        List<Learned> learned,
        @Nullable Readout readoutOfAll) {
    /**
     * The errors with a memory that received labelled images; its clean keys stay.
     *
     * @param images the number of received images
     * @param theta the new θ of the mixture
     * @param mixed the mixture with the new θ and λ
     * @param unchanged the mixture with the θ and λ of clean images
     * @param withoutKeys the mixture with the clean keys only, and the θ and λ that the received images lead to then
     * @param withoutClean the mixture with the received keys only, and the θ and λ that they lead to
     * @param cacheOnly the memory alone, with its new θ
     * @param clean the mixture on clean images with their θ and λ
     * @param cleanRetuned the mixture on clean images with the new θ and λ
     * @param readout a linear read-out of the received images alone
     * @param addSeconds the time after which the received images count
     * @param tuneSeconds the time for the new θ and λ, and for those of fewer keys
     */
    public record Learned(
            int perClass,
            int images,
            double theta,
            double lambda,
            double cacheTheta,
            int[] mixed,
            int[] unchanged,
            int[] withoutKeys,
            int[] withoutClean,
            int[] cacheOnly,
            int[] clean,
            int[] cleanRetuned,
            Readout readout,
            double addSeconds,
            double tuneSeconds) {}

    /**
     * The errors of a linear read-out.
     *
     * @param clean on clean images
     * @param seconds the time for its training
     */
    public record Readout(int[] wrong, int[] clean, double seconds) {}

    /** Returns the errors with the most received images. */
    public Learned last() {
        return learned.get(learned.size() - 1);
    }
}
