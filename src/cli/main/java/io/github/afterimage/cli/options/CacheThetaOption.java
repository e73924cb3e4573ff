package io.github.afterimage.cli.options;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.output.Text;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Theta of the cache alone. */
public final class CacheThetaOption {
    @Option(
            names = "--cache-theta",
            paramLabel = "T",
            description = "Theta of the cache alone, 0 or more; that of the mixture by default.")
    private @Nullable Double theta;

    /** Returns theta of the cache alone: that of {@code mixture} if none is given. */
    public double theta(Hyperparameters mixture) {
        if (theta != null && !(theta >= 0 && Double.isFinite(theta))) {
            throw new IllegalArgumentException(
                    "--cache-theta " + theta + ": expected a finite number that is not negative");
        }
        return theta == null ? mixture.theta() : theta;
    }

    /** Describes both: {@code theta 80, lambda 0.5, cache alone at theta 70}. */
    public Text describe(Hyperparameters mixture) {
        double alone = theta(mixture);
        return Text.of(
                "%s%s",
                Text.hyperparameters(mixture),
                alone == mixture.theta()
                        ? Text.hidden("cacheTheta", alone)
                        : Text.of(", cache alone at theta %s", Text.number("cacheTheta", alone)));
    }
}
