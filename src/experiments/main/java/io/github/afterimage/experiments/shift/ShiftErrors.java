package io.github.afterimage.experiments.shift;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The errors at one strength of one corruption. A method has a name, such as {@link #NETWORK}, or a name and a number of received
 * images of each class, as {@link #with} makes it; {@link #clean} makes that of its answers to the clean versions of the images.
 *
 * @param wrong the places of the wrong answers of each method among the reported images
 * @param flagged the number of changed images, with labels, after which a watch calls the promise of prediction sets broken; 0 for never
 * @param flaggedLater likewise, where clean images were watched before
 * @param learned one for each number of received images, ascending
 */
record ShiftErrors(
        String corruption,
        int strength,
        Map<String, int[]> wrong,
        int flagged,
        int flaggedLater,
        List<Learned> learned) {
    static final String NETWORK = "network";

    /** The mixture with the clean memory. */
    static final String MEMORY = "memory";

    /** The memory alone: the clean one, or with a number that of all keys with its new θ. */
    static final String ALONE = "alone";

    /** Prediction sets of the mixture with the clean memory, which are wrong without the true class. */
    static final String SETS = "sets";

    /** The mixture with all keys and the new θ and λ. */
    static final String MIXED = "mixed";

    /** The mixture with all keys and the θ and λ of clean images. */
    static final String UNCHANGED = "unchanged";

    /** The mixture with the clean keys only, and the θ and λ that the received images lead to then. */
    static final String WITHOUT_KEYS = "withoutKeys";

    /** The mixture with the received keys only, and the θ and λ that they lead to. */
    static final String WITHOUT_CLEAN = "withoutClean";

    /** A linear read-out of the received images alone. */
    static final String READOUT = "readout";

    /** A linear read-out of the clean keys and of all received images; only at the middle strength, because its training takes long. */
    static final String READOUT_OF_ALL = "readoutOfAll";

    /**
     * A memory that received labelled images; its clean keys stay.
     *
     * @param images the number of received images
     * @param theta the new θ of the mixture
     * @param cacheTheta the new θ of the memory alone
     * @param addSeconds the time after which the received images count
     * @param tuneSeconds the time for the new θ and λ, and for those of fewer keys
     * @param readoutSeconds the time for the training of the read-out
     */
    record Learned(
            int perClass,
            int images,
            double theta,
            double lambda,
            double cacheTheta,
            double addSeconds,
            double tuneSeconds,
            double readoutSeconds) {}

    /** Returns the name of a method after so many received images of each class. */
    static String with(int perClass, String method) {
        return method + " " + perClass;
    }

    /** Returns the name of the answers of a method to clean images. */
    static String clean(String method) {
        return "clean " + method;
    }

    /** Returns the wrong answers of a method that was measured. */
    int[] wrong(String method) {
        return Objects.requireNonNull(wrong.get(method), method);
    }

    /** Returns the memory with the most received images. */
    Learned last() {
        return learned.get(learned.size() - 1);
    }
}
