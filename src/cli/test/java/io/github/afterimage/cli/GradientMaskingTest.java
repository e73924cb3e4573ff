package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.Robustness.Victim;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is called robust, and what another network's memory is said to do. */
class GradientMaskingTest {
    private static Robustness.Row row(Victim victim, String attack, double median, Map<Victim, boolean[]> elsewhere) {
        return new Robustness.Row(
                victim, attack, 10, 8, median, median, 0, Map.of(), elsewhere, 1, List.of(), List.of(), new int[8]);
    }

    private static Robustness.Row row(Victim victim, String attack, double median) {
        return row(victim, attack, median, Map.of());
    }

    @Test
    void robustnessThatAStrongerAttackDoesNotFindIsApparent() {
        List<Robustness.Row> rows = List.of(
                row(Victim.NETWORK, "FGSM", 0.1),
                row(Victim.NETWORK, "I-FGSM", 0.02),
                row(Victim.NETWORK, "PGD", 0.01),
                row(Victim.MIXED, "FGSM", 0.3),
                row(Victim.MIXED, "PGD", 0.015),
                row(Victim.MIXED, "PGD, mean gradient", 0.014),
                row(Victim.CACHE, "FGSM", Double.POSITIVE_INFINITY),
                row(Victim.CACHE, "I-FGSM", 0.05),
                row(Victim.CACHE, "PGD", 0.012),
                row(Victim.CACHE, "PGD, mean gradient", 0.009));
        assertThat(GradientMasking.of(rows).stream().map(GradientMasking.Row::cells))
                .containsExactly(
                        List.of("mixed", "3.00", "", "1.50", "1.40", "partly apparent"),
                        List.of("cache", "∞", "2.50", "1.20", "0.90", "apparent: gradients vanish"));
        assertThat(GradientMasking.of(rows.subList(3, 5)))
                .as("not held against the network")
                .isEmpty();
        assertThat(GradientMasking.verdict(1.7, 1.5)).isEqualTo("robust");
        assertThat(GradientMasking.verdict(0, 1.5)).isEqualTo("robust");
        assertThat(GradientMasking.verdict(0.7, 0.6)).isEqualTo("not robust");
        assertThat(GradientMasking.verdict(2, Double.NaN)).isEqualTo("apparent: gradients vanish");
    }

    @Test
    void aMemoryHelpsAnotherNetworkWhereItCorrectsMoreThanItBreaks() {
        boolean[] wrong = new boolean[8];
        boolean[] right = {true, true, true, true, true, true, true, false};
        Robustness.Row row = row(
                Victim.NETWORK,
                "FGSM",
                0.1,
                Map.of(Victim.NETWORK, wrong, Victim.MIXED, right, Victim.CACHE, wrong.clone()));
        assertThat(Transfer.of(
                                Map.of(Victim.NETWORK, right, Victim.MIXED, right),
                                List.of(row, row(Victim.MIXED, "FGSM", 0.1)))
                        .stream()
                        .map(Transfer.Row::cells))
                .containsExactly(
                        List.of("mixture", "none", "", "87.50 %", "87.50 %", "1.0", "no difference seen"),
                        List.of("mixture", "network", "FGSM", "0.00 %", "87.50 %", "0.016", "its memory helps"),
                        List.of("cache alone", "network", "FGSM", "0.00 %", "0.00 %", "1.0", "no difference seen"));
        assertThat(Transfer.accuracy(row.elsewhere(), Victim.MIXED)).isEqualTo(0.875);
        assertThat(Transfer.accuracy(Map.of(), Victim.NETWORK)).isNaN();
    }
}
