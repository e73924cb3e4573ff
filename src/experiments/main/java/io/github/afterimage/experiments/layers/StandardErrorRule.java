package io.github.afterimage.experiments.layers;

import io.github.afterimage.experiments.layers.LayerSearch.Trial;
import io.github.afterimage.model.network.KeyLayers;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The one-standard-error rule (Breiman et al., 1984). The least of many values measured on the same examples is partly least
 * by luck, and more so with more trials; a simpler trial that is not significantly worse is taken instead.
 */
final class StandardErrorRule {
    private final Map<String, float[]> losses;
    private final int[] originals;
    private final int count;

    /**
     * @param losses the loss on each example, by the layers of a trial
     * @param originals for each example, the number of its original: an image and its mirror image are not independent
     */
    StandardErrorRule(Map<String, float[]> losses, int[] originals) {
        this.losses = losses;
        this.originals = originals;
        count = 1 + Arrays.stream(originals).max().orElseThrow();
    }

    /**
     * Returns the trials that are worse than the best by at most one standard error of the difference: those with the fewest
     * layers first, then the fewest weights, then the least value.
     */
    List<Trial> close(Collection<Trial> tried) {
        Trial least = tried.stream().min(Trial.BETTER).orElseThrow();
        return tried.stream()
                .filter(trial -> trial.value() - least.value() <= standardError(trial, least))
                .sorted(Comparator.<Trial>comparingInt(
                                trial -> layers(trial).names().size())
                        .thenComparing(trial -> layers(trial).weights().stream()
                                .filter(weight -> weight != 1)
                                .count())
                        .thenComparing(Trial.BETTER))
                .toList();
    }

    private static KeyLayers layers(Trial trial) {
        return KeyLayers.parse(trial.layers());
    }

    /** Returns the standard error of the mean difference between two trials on the same examples. */
    double standardError(Trial one, Trial other) {
        float[] a = Objects.requireNonNull(losses.get(one.layers()));
        float[] b = Objects.requireNonNull(losses.get(other.layers()));
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
