package io.github.afterimage.experiments.attacks;

import java.util.Map;
import java.util.Objects;

/**
 * The correctness of another network's models on a list of images.
 *
 * @param correct for each model, whether it is right about each image; without entries for the models that do not exist
 */
public record TransferAnswers(Map<Victim, boolean[]> correct) {
    /** The value if there is no other network. */
    public static final TransferAnswers NONE = new TransferAnswers(Map.of());

    /** Returns the share of images that a model classifies correctly; NaN for no images or no such model. */
    public double accuracy(Victim model) {
        return has(model) ? (double) count(correct(model)) / correct(model).length : Double.NaN;
    }

    /** Returns whether a model exists. */
    boolean has(Victim model) {
        return correct.containsKey(model);
    }

    /** Returns whether a model that exists is right about each image. */
    boolean[] correct(Victim model) {
        return Objects.requireNonNull(correct.get(model), model.word());
    }

    /** Returns whether there is no other network. */
    public boolean isEmpty() {
        return correct.isEmpty();
    }

    private static int count(boolean[] values) {
        int count = 0;
        for (boolean value : values) {
            count += value ? 1 : 0;
        }
        return count;
    }
}
