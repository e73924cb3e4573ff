package io.github.afterimage.experiments.attacks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Tests whether a cache makes attacks harder or only hides the gradient. Robustness that disappears under a stronger
 * gradient attack comes from gradients that vanish or mislead (Athalye, Carlini and Wagner, 2018).
 *
 * <p>Each ratio is the median size of change for the model over the median for the network under the same attack; unchanged
 * images count as infinite. The mean-gradient attack is compared with the network's PGD. A ratio is NaN if either
 * attack was not run.
 *
 * @param model the model with a cache: {@link Victim#MIXED} or {@link Victim#CACHE}
 * @param fgsm the ratio under FGSM
 * @param iterative the ratio under I-FGSM
 * @param pgd the ratio under PGD
 * @param meanGradient the ratio under PGD along the mean gradient
 */
record GradientMasking(Victim model, double fgsm, double iterative, double pgd, double meanGradient, String verdict) {
    /** The scatter of a ratio of medians over a few hundred images. */
    private static final double SCATTER = 1.2;

    /** Tests each model with a cache for which PGD was run on the model and on the network. */
    static List<GradientMasking> of(List<AttackResult> results) {
        List<GradientMasking> found = new ArrayList<>();
        for (Victim victim : Victim.MEMORIES) {
            double fgsm = ratio(results, victim, FastGradientSign.NAME, FastGradientSign.NAME);
            double iterative = ratio(results, victim, IterativeGradientSign.NAME, IterativeGradientSign.NAME);
            double pgd = ratio(results, victim, ProjectedGradient.NAME, ProjectedGradient.NAME);
            double mean = ratio(results, victim, ProjectedGradient.MEAN_NAME, ProjectedGradient.NAME);
            if (!Double.isNaN(pgd)) {
                double apparent = present(fgsm, iterative).max().orElse(0);
                double real = present(pgd, mean).min().orElseThrow();
                found.add(new GradientMasking(victim, fgsm, iterative, pgd, mean, verdict(apparent, real)));
            }
        }
        return found;
    }

    /**
     * Returns the verdict in words.
     *
     * @param apparent the greatest ratio of the weak attacks
     * @param real the least ratio of the strong attacks
     */
    static String verdict(double apparent, double real) {
        if (!(real > 1)) {
            return apparent > 1 ? "apparent: gradients vanish" : "not robust";
        }
        return apparent > SCATTER * real ? "partly apparent" : "robust";
    }

    private static DoubleStream present(double... ratios) {
        return Arrays.stream(ratios).filter(ratio -> !Double.isNaN(ratio));
    }

    private static double ratio(List<AttackResult> results, Victim victim, String attack, String networkAttack) {
        return results.stream()
                .filter(result -> result.victim() == victim && result.attack().equals(attack))
                .flatMapToDouble(result -> results.stream()
                        .filter(network -> network.victim() == Victim.NETWORK
                                && network.attack().equals(networkAttack)
                                && network.attacked() == result.attacked())
                        .mapToDouble(network -> result.medianSize() / network.medianSize()))
                .filter(ratio -> !Double.isNaN(ratio))
                .findFirst()
                .orElse(Double.NaN);
    }
}
