package io.github.afterimage.experiments.protocol;

import java.util.Arrays;
import java.util.Map;

/**
 * The way in which an experiment divides examples, makes indexes and tunes.
 *
 * @param rule divides the examples
 * @param recipe makes indexes
 * @param thetas the values of θ that tuning tries
 * @param lambdas the values of λ that tuning tries
 */
public record Protocol(Split.Rule rule, IndexRecipe recipe, double[] thetas, double[] lambdas) {
    /** Makes the grid of θ and λ. */
    public PaperGrid grid() {
        return new PaperGrid(thetas, lambdas);
    }

    /** Adds the division to the settings of a part. */
    public void putRule(Map<String, Object> settings) {
        settings.put("heldOut", rule.heldOut());
        settings.put("seed", rule.seed());
    }

    /** Adds the grid to the settings of a part. */
    public void putGrid(Map<String, Object> settings) {
        settings.put("thetas", Arrays.toString(thetas));
        settings.put("lambdas", Arrays.toString(lambdas));
    }
}
