package io.github.afterimage.experiments.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Theta, lambda and beta, or those that the index was tuned to. */
public final class HyperparameterOptions {
    @Option(
            names = "--theta",
            paramLabel = "T",
            description =
                    "Sharpness theta of the memory, 0 or more; by default the value that \"tune --save\" wrote into the index.")
    private @Nullable Double theta;

    @Option(
            names = "--lambda",
            paramLabel = "L",
            description = "Weight lambda of the memory in the mixture, 0..1; by default likewise.")
    private @Nullable Double lambda;

    @Option(
            names = "--beta",
            paramLabel = "B",
            description =
                    "Sharpness beta of the class factor, 0 or more; by default the value in the index, or 0, for no factor.")
    private @Nullable Double beta;

    /** @param mixed whether a network answers too; else λ is 1 */
    public Hyperparameters resolve(CacheIndex index, boolean mixed) {
        double chosenBeta = beta == null ? Hyperparameters.beta(index.attributes()) : beta;
        if (!mixed) {
            if (lambda != null && lambda != 1) {
                throw new IllegalArgumentException("--lambda " + lambda
                        + ": leave it out, since the memory answers alone:"
                        + " there are no probabilities of a network of these classes");
            }
            return new Hyperparameters(theta == null ? tunedTheta(index) : theta, 1, chosenBeta);
        }
        if (theta != null && lambda != null) {
            return new Hyperparameters(theta, lambda, chosenBeta);
        }
        Hyperparameters tuned = tuned(index, "theta and lambda", "--theta T and --lambda L");
        return new Hyperparameters(
                theta == null ? tuned.theta() : theta, lambda == null ? tuned.lambda() : lambda, chosenBeta);
    }

    /** Returns the theta of a tuned index, for a command that needs theta only and has --theta. */
    public static double tunedTheta(CacheIndex index) {
        return tuned(index, "theta", "--theta T").theta();
    }

    /**
     * @param wanted the values that are needed
     * @param options that give them where the index has none
     */
    private static Hyperparameters tuned(CacheIndex index, String wanted, String options) {
        try {
            return Hyperparameters.of(index.attributes());
        } catch (IllegalArgumentException e) {
            String which = index.format()
                    .reduction()
                    .map(reduction -> "the index is reduced (" + reduction + ") and has no " + wanted
                            + " of its own; what fits longer keys does not fit these")
                    .orElse("the index has no " + wanted);
            throw new IllegalArgumentException(which + ": run tune --save, or add " + options, e);
        }
    }
}
