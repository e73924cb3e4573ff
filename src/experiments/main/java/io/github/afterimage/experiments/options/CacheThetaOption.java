package io.github.afterimage.experiments.options;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.experiments.report.Text;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Theta and beta of the cache alone. */
public final class CacheThetaOption {
    @Option(
            names = "--cache-theta",
            paramLabel = "T",
            description = "Theta of the memory alone, 0 or more; that of the mixture by default.")
    private @Nullable Double theta;

    @Option(
            names = "--cache-beta",
            paramLabel = "B",
            description = "Beta of the memory alone, 0 or more; that of the mixture by default.")
    private @Nullable Double beta;

    /** Returns theta and beta of the cache alone: those of {@code mixture} if none are given. */
    public Hyperparameters alone(Hyperparameters mixture) {
        return new Hyperparameters(theta(mixture), 1, beta == null ? mixture.beta() : beta);
    }

    private double theta(Hyperparameters mixture) {
        if (theta != null && !(theta >= 0 && Double.isFinite(theta))) {
            throw new IllegalArgumentException(
                    "--cache-theta " + theta + ": expected a finite number that is not negative");
        }
        return theta == null ? mixture.theta() : theta;
    }

    /** Describes both: {@code theta 80, lambda 0.5, cache alone at theta 70}. */
    public Text describe(Hyperparameters mixture) {
        Hyperparameters alone = alone(mixture);
        return Text.of(
                "%s%s%s",
                Text.hyperparameters(mixture),
                alone.theta() == mixture.theta()
                        ? Text.of(
                                mixture.lambda() == 1 ? "%s" : ", memory alone at the same theta%s",
                                Text.hidden("cacheTheta", alone.theta()))
                        : Text.of(", memory alone at theta %s", Text.number("cacheTheta", alone.theta())),
                alone.beta() == mixture.beta()
                        ? Text.hidden("cacheBeta", alone.beta())
                        : Text.of(
                                alone.theta() == mixture.theta() ? ", memory alone with beta %s" : " and beta %s",
                                Text.number("cacheBeta", alone.beta())));
    }
}
