package io.github.afterimage.cli;

import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.Robustness.Victim;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Whether a memory makes attacks harder, or only hides the way: robustness that a stronger attack by gradient does not find
 * is of gradients that vanish or mislead (Athalye, Carlini and Wagner, 2018).
 *
 * <p>Sizes are medians over all images, with those that were not changed as infinite, as multiples of the network's under
 * the same attack; the mean gradient is held against the network's PGD.
 */
final class GradientMasking {
    private static final double SCATTER = 1.2; // of a ratio of medians of a few hundred images
    private static final String STRONG = "PGD";
    private static final String MEAN = "PGD, mean gradient";

    static final List<String> HEADER = List.of("change it takes, of the network's", "FGSM", "I-FGSM", STRONG, MEAN, "");

    private GradientMasking() {}

    /** A model with a memory: the change that each attack takes, as a multiple of the network's. */
    record Row(
            String model,
            OptionalDouble step,
            OptionalDouble steps,
            OptionalDouble strong,
            OptionalDouble mean,
            String verdict) {
        List<String> cells() {
            return List.of(model, times(step), times(steps), times(strong), times(mean), verdict);
        }

        Map<String, Object> object() {
            return Report.object(
                    "model",
                    model,
                    "FGSM",
                    number(step),
                    "I-FGSM",
                    number(steps),
                    STRONG,
                    number(strong),
                    MEAN,
                    number(mean),
                    "verdict",
                    verdict);
        }

        private static Double number(OptionalDouble ratio) {
            return ratio.isPresent() ? ratio.getAsDouble() : null;
        }
    }

    /** A row for each model with a memory that was attacked by PGD, if the network was. */
    static List<Row> of(List<Robustness.Row> rows) {
        List<Row> found = new ArrayList<>();
        for (Victim victim : List.of(Victim.MIXED, Victim.CACHE)) {
            OptionalDouble step = ratio(rows, victim, "FGSM", "FGSM");
            OptionalDouble steps = ratio(rows, victim, "I-FGSM", "I-FGSM");
            OptionalDouble strong = ratio(rows, victim, STRONG, STRONG);
            OptionalDouble mean = ratio(rows, victim, MEAN, STRONG);
            if (strong.isPresent()) {
                double apparent = Math.max(step.orElse(0), steps.orElse(0));
                double real = Math.min(strong.getAsDouble(), mean.orElse(Double.POSITIVE_INFINITY));
                found.add(new Row(AttackReport.word(victim), step, steps, strong, mean, verdict(apparent, real)));
            }
        }
        return found;
    }

    /** @param apparent the greatest ratio of the weak attacks, and {@code real} the least of the strong ones */
    static String verdict(double apparent, double real) {
        if (!(real > 1)) {
            return apparent > 1 ? "apparent: gradients vanish" : "not robust";
        }
        return apparent > SCATTER * real ? "partly apparent" : "robust";
    }

    private static OptionalDouble ratio(List<Robustness.Row> rows, Victim victim, String attack, String ofNetwork) {
        return rows.stream()
                .filter(row -> row.victim() == victim && row.attack().equals(attack))
                .flatMapToDouble(row -> rows.stream()
                        .filter(network -> network.victim() == Victim.NETWORK
                                && network.attack().equals(ofNetwork)
                                && network.attacked() == row.attacked())
                        .mapToDouble(network -> row.medianSize() / network.medianSize()))
                .filter(ratio -> !Double.isNaN(ratio))
                .findFirst();
    }

    private static String times(OptionalDouble ratio) {
        return ratio.isEmpty()
                ? ""
                : Double.isInfinite(ratio.getAsDouble())
                        ? "∞"
                        : String.format(Locale.ROOT, "%.2f", ratio.getAsDouble());
    }
}
