package io.github.afterimage.cli;

import io.github.afterimage.experiment.Robustness;
import io.github.afterimage.experiment.Robustness.Victim;
import io.github.afterimage.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the paper says of attacks on CIFAR-10, beside what was found. The paper's figures are of its ResNet32; what is
 * compared is what it concludes from them.
 */
final class PaperClaims {
    private static final Set<String> ATTACKS = Set.of("FGSM", "I-FGSM", "single pixel", "Gaussian blur");
    private static final double FOOLED = 0.1;
    private static final double TRANSFERRED = 0.5;
    private static final String CONTRADICTS = "contradicts the paper";
    private static final double CONFIDENCE = 0.95;

    static final List<String> HEADER = List.of("the paper says", "in", "attack", "here", "");

    private PaperClaims() {}

    /** A row for each claim that can be held against these results. */
    static List<List<String>> of(List<Robustness.Row> rows) {
        List<List<String>> claims = new ArrayList<>();
        for (Robustness.Row row : rows) {
            if (row.victim() == Victim.NETWORK && ATTACKS.contains(row.attack()) && row.successes() > 0) {
                transferred(row, claims);
            }
        }
        for (Robustness.Row network : rows) {
            for (Robustness.Row other : rows) {
                if (network.victim() == Victim.NETWORK
                        && other.victim() != Victim.NETWORK
                        && ATTACKS.contains(network.attack())
                        && network.attack().equals(other.attack())) {
                    claims.add(claim(
                            "Table 3",
                            "the " + (other.victim() == Victim.MIXED ? "mixture" : "cache alone")
                                    + " takes a larger change than the network",
                            network.attack(),
                            size(other.meanSize()) + " and " + size(network.meanSize()),
                            other.meanSize() > network.meanSize()));
                }
            }
        }
        return claims;
    }

    private static void transferred(Robustness.Row row, List<List<String>> claims) {
        Map<Victim, Double> accuracy = row.accuracy();
        double network = accuracy.get(Victim.NETWORK);
        claims.add(claim(
                "Table 2",
                "the network is right about less than 10 %",
                row.attack(),
                withInterval(network, row),
                network < FOOLED));
        double mixed = accuracy.get(Victim.MIXED);
        claims.add(claim(
                "Table 2",
                "the mixture is right about more than 50 %",
                row.attack(),
                withInterval(mixed, row),
                mixed > TRANSFERRED));
        double alone = accuracy.get(Victim.CACHE);
        claims.add(claim(
                "Table 2",
                "the cache alone is right about more than 50 %",
                row.attack(),
                withInterval(alone, row),
                alone > TRANSFERRED));
    }

    /** One row: what it says, where, of which attack; what was found, and whether that agrees. */
    static List<String> claim(String where, String what, String attack, String found, boolean agrees) {
        return List.of(what, where, attack, found, agrees ? "agrees" : CONTRADICTS);
    }

    /** An accuracy on the images of a row, and its exact interval: some attacks change few images. */
    private static String withInterval(double accuracy, Robustness.Row row) {
        long right = Math.round(accuracy * row.successes());
        Interval interval = Interval.clopperPearson(right, row.successes(), CONFIDENCE);
        return String.format(
                Locale.ROOT,
                "%s (%.1f to %.1f)",
                Format.percent(accuracy),
                100 * interval.low(),
                100 * interval.high());
    }

    /** How many of the claims do not hold here, in a sentence. */
    static String summary(List<List<String>> claims) {
        long contradicted = claims.stream()
                .filter(claim -> claim.get(claim.size() - 1).equals(CONTRADICTS))
                .count();
        return contradicted == 0
                ? "All " + Format.count(claims.size(), "claim") + " hold here."
                : contradicted + " of " + Format.count(claims.size(), "claim") + " do not hold here: this "
                        + CONTRADICTS + ".";
    }

    private static String size(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
