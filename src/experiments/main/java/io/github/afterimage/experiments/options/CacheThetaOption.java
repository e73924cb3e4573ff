package io.github.afterimage.experiments.options;

import io.github.afterimage.answer.Mixture;
import io.github.afterimage.experiments.report.Text;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Theta of the memory alone, beside equation (3). */
public final class CacheThetaOption {
    @Option(
            names = "--cache-theta",
            paramLabel = "T",
            description = "Theta of the memory alone, 0 or more; that of the mixture by default.")
    private @Nullable Double theta;

    /** Returns the memory alone: with the theta of {@code mixture} if none is given. */
    public Mixture alone(Mixture mixture) {
        if (theta != null && !(theta >= 0 && Double.isFinite(theta))) {
            throw new IllegalArgumentException(
                    "--cache-theta " + theta + ": expected a finite number that is not negative");
        }
        return new Mixture(theta == null ? mixture.theta() : theta, 1);
    }

    /** Describes both: {@code theta 80, lambda 0.5, memory alone at theta 70}. */
    public Text describe(Mixture mixture) {
        double own = alone(mixture).theta();
        return Text.of(
                "%s%s",
                Text.mixture(mixture),
                own == mixture.theta()
                        ? Text.hidden("cacheTheta", own)
                        : Text.of(", memory alone at theta %s", Text.number("cacheTheta", own)));
    }
}
