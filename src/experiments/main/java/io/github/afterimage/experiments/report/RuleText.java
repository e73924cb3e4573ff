package io.github.afterimage.experiments.report;

import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Pool;

/** Says how an index answers, in text and figures. */
public final class RuleText {
    private RuleText() {}

    /** {@code pool of the network on two views and the memory, theta 40, weights 0.81, 0.33 and 0}, or equation (3). */
    public static Text of(Calibration calibration) {
        int views = calibration.views();
        Text seen = Text.figure("views", views, views == 2 ? " on two views" : "");
        if (calibration.rule() instanceof Mixture mixture) {
            return Text.of("equation (3), %s%s", Text.mixture(mixture), seen);
        }
        Pool pool = (Pool) calibration.rule();
        return Text.of(
                "%s%s, theta %s, weights%s %s of the memory and %s of class directions%s%s%s",
                views == Calibration.ALONE ? "the memory alone" : "the network",
                Text.of("%s%s", seen, views == Calibration.ALONE ? "" : " and the memory together"),
                Text.number("theta", pool.theta()),
                views == Calibration.ALONE
                        ? ""
                        : Text.of(" %s of the network,", Text.number("weights.network", pool.network())),
                Text.number("weights.memory", pool.memory()),
                Text.number("weights.directions", pool.direction()),
                Text.figure(
                        "classShares",
                        pool.shares(),
                        pool.shares().isEmpty() ? "" : ", classes weighed by how often they come"),
                Text.figure(
                        "tuned",
                        calibration.tuned(),
                        calibration.tuned() ? "" : " (the usual ones: nobody tuned the index)"),
                Text.hidden("lambda", Double.NaN));
    }
}
