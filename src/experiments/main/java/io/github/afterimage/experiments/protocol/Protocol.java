package io.github.afterimage.experiments.protocol;

import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.GridSearch;
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
    /** Makes a tuner over the grid of θ and λ, as in the paper. */
    public Tuner tuner() {
        return new Tuner(thetas, lambdas);
    }

    /** Makes a tuner that tries the β of {@link GridSearch} too if keys are whitened, and only the paper's 0 if they are not. */
    public Tuner tunerWithBetas() {
        return new Tuner(thetas, recipe.whitens() ? GridSearch.betas() : new double[] {0}, lambdas);
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
        if (recipe.whitens()) {
            settings.put("betas", GridSearch.BETAS);
        }
    }
}
