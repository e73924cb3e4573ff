package io.github.afterimage.experiments.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.model.CacheModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The rule of an answer: that of the index, or equation (3) of the paper. */
public final class RuleOptions {
    @Option(
            names = "--lambda",
            paramLabel = "L",
            description =
                    "Answer by equation (3) of the paper, (1 - L) x network + L x memory with L in 0..1; by default by the"
                            + " rule of the index.")
    private @Nullable Double lambda;

    @Option(
            names = "--theta",
            paramLabel = "T",
            description = "Sharpness theta of the memory for --lambda, 0 or more; by default that of the index.")
    private @Nullable Double theta;

    /** Returns the number of views that the rule is for unless another one is asked for: the best for the index, or that of the paper. */
    public int views(CacheIndex index) {
        return lambda == null ? CacheModel.settings(index).views() : 1;
    }

    /**
     * Returns the rule for the views that a network sees.
     *
     * @param views 0 without a network
     */
    public Calibration resolve(CacheIndex index, int views) {
        if (lambda == null) {
            if (theta != null) {
                throw new IllegalArgumentException(
                        "--theta " + theta
                                + ": add --lambda L for equation (3), or leave it out: the rule of the index has a theta of its own");
            }
            return index.calibration(views);
        }
        if (views == Calibration.ALONE && lambda != 1) {
            throw new IllegalArgumentException("--lambda " + lambda + ": leave it out, since the memory answers alone:"
                    + " there are no probabilities of a network of these classes");
        }
        return Calibration.of(new Mixture(theta(index), lambda), views);
    }

    /** Returns θ and λ of equation (3), for an experiment of the paper. */
    public Mixture mixture(CacheIndex index) {
        if (lambda == null && index.calibration(1).rule() instanceof Mixture stored) {
            return theta == null ? stored : new Mixture(theta, stored.lambda());
        }
        if (lambda == null) {
            throw new IllegalArgumentException(
                    "the index has no theta and lambda of equation (3): add --theta T and --lambda L,"
                            + " or store them with \"tune --lambda 0:1:41 --save\"");
        }
        return new Mixture(theta(index), lambda);
    }

    private double theta(CacheIndex index) {
        Calibration stored = index.calibration();
        if (theta == null && !stored.tuned()) {
            throw new IllegalArgumentException("the index has no theta, because nobody tuned it: add --theta T");
        }
        return theta == null ? stored.rule().theta() : theta;
    }
}
