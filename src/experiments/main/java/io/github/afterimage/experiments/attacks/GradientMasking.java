package io.github.afterimage.experiments.attacks;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Tests whether a cache makes attacks harder or only hides the gradient. Robustness that disappears under a stronger
 * gradient attack comes from gradients that vanish or mislead (Athalye, Carlini and Wagner, 2018).
 *
 * <p>Each ratio is the median size of change for the model over the median for the network under the same attack; unchanged
 * images count as infinite. The mean-gradient attack is compared with the network's PGD. A ratio is empty if either
 * attack was not run.
 *
 * @param model the model with a cache: {@link Victim#MIXED} or {@link Victim#CACHE}
 * @param fgsm the ratio under FGSM
 * @param iterative the ratio under I-FGSM
 * @param pgd the ratio under PGD
 * @param meanGradient the ratio under PGD along the mean gradient
 */
public record GradientMasking(
        Victim model,
        OptionalDouble fgsm,
        OptionalDouble iterative,
        OptionalDouble pgd,
        OptionalDouble meanGradient,
        String verdict) {
    /** The scatter of a ratio of medians over a few hundred images. */
    private static final double SCATTER = 1.2;

    /** Tests each model with a cache for which PGD was run on the model and on the network. */
    public static List<GradientMasking> of(List<AttackResult> results) {
        List<GradientMasking> found = new ArrayList<>();
        for (Victim victim : List.of(Victim.MIXED, Victim.CACHE)) {
            OptionalDouble fgsm = ratio(results, victim, FastGradientSign.NAME, FastGradientSign.NAME);
            OptionalDouble iterative = ratio(results, victim, IterativeGradientSign.NAME, IterativeGradientSign.NAME);
            OptionalDouble pgd = ratio(results, victim, ProjectedGradient.NAME, ProjectedGradient.NAME);
            OptionalDouble mean = ratio(results, victim, ProjectedGradient.MEAN_NAME, ProjectedGradient.NAME);
            if (pgd.isPresent()) {
                double apparent = Math.max(fgsm.orElse(0), iterative.orElse(0));
                double real = Math.min(pgd.getAsDouble(), mean.orElse(Double.POSITIVE_INFINITY));
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

    private static OptionalDouble ratio(
            List<AttackResult> results, Victim victim, String attack, String networkAttack) {
        return results.stream()
                .filter(result -> result.victim() == victim && result.attack().equals(attack))
                .flatMapToDouble(result -> results.stream()
                        .filter(network -> network.victim() == Victim.NETWORK
                                && network.attack().equals(networkAttack)
                                && network.attacked() == result.attacked())
                        .mapToDouble(network ->
                                result.sizes().median() / network.sizes().median()))
                .filter(ratio -> !Double.isNaN(ratio))
                .findFirst();
    }
}
