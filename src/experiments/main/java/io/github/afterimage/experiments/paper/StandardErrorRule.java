package io.github.afterimage.experiments.paper;

import io.github.afterimage.experiments.paper.LayerSearch.Trial;
import io.github.afterimage.model.network.KeyLayers;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;

/**
 * The one-standard-error rule (Breiman et al., 1984): the least of many values that were measured on the same examples is
 * least by luck as well, the more so the more were tried; what is simpler, and no worse than can be told, is taken instead.
 */
final class StandardErrorRule {
    private final Map<String, float[]> losses;
    private final int[] originals;
    private final int count;

    /**
     * @param losses of each trial's layers on each example
     * @param originals the number of the original of each example, since an image and its mirror image are not two
     */
    StandardErrorRule(Map<String, float[]> losses, int[] originals) {
        this.losses = losses;
        this.originals = originals;
        count = 1 + Arrays.stream(originals).max().orElseThrow();
    }

    /**
     * Of all that are not worse than the least by more than one standard error of the difference, that with the fewest
     * layers, then the fewest weights, then the best.
     */
    Trial simplest(Collection<Trial> tried) {
        Trial least = tried.stream().min(Trial.BETTER).orElseThrow();
        return tried.stream()
                .filter(trial -> trial.value() - least.value() <= standardError(trial, least))
                .min(Comparator.<Trial>comparingInt(
                                trial -> layers(trial).names().size())
                        .thenComparing(trial -> layers(trial).weights().stream()
                                .filter(weight -> weight != 1)
                                .count())
                        .thenComparing(Trial.BETTER))
                .orElseThrow();
    }

    private static KeyLayers layers(Trial trial) {
        return KeyLayers.parse(trial.layers());
    }

    /** Of the mean difference of two, whose examples are the same. */
    double standardError(Trial one, Trial other) {
        float[] a = losses.get(one.layers());
        float[] b = losses.get(other.layers());
        double mean = one.value() - other.value();
        double[] sums = new double[count];
        for (int i = 0; i < a.length; i++) {
            sums[originals[i]] += a[i] - b[i] - mean;
        }
        double squares = 0;
        for (double sum : sums) {
            squares += sum * sum;
        }
        return Math.sqrt(squares) / a.length;
    }
}
