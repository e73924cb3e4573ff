package io.github.afterimage.cli;

import io.github.afterimage.experiment.Robustness;
import io.github.afterimage.experiment.Robustness.Victim;
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
            for (Robustness.Row mixed : rows) {
                if (network.victim() == Victim.NETWORK
                        && mixed.victim() == Victim.MIXED
                        && ATTACKS.contains(network.attack())
                        && network.attack().equals(mixed.attack())) {
                    claims.add(claim(
                            "Table 3",
                            "the mixture takes a larger change than the network",
                            network.attack(),
                            size(mixed.meanSize()) + " and " + size(network.meanSize()),
                            mixed.meanSize() > network.meanSize()));
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
                Format.percent(network),
                network < FOOLED));
        double mixed = accuracy.get(Victim.MIXED);
        claims.add(claim(
                "Table 2",
                "the mixture is right about more than 50 %",
                row.attack(),
                Format.percent(mixed),
                mixed > TRANSFERRED));
        double alone = accuracy.get(Victim.CACHE);
        claims.add(claim(
                "Table 2",
                "the cache alone is right about more than 50 %",
                row.attack(),
                Format.percent(alone),
                alone > TRANSFERRED));
    }

    /** One row: what it says, where, of which attack; what was found, and whether that agrees. */
    static List<String> claim(String where, String what, String attack, String found, boolean agrees) {
        return List.of(what, where, attack, found, agrees ? "agrees" : "contradicts the paper");
    }

    private static String size(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
