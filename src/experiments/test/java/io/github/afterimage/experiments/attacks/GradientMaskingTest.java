package io.github.afterimage.experiments.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.attacks.ModelAnswers.TransferComparison;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GradientMaskingTest {
    private static AttackResult result(Victim victim, String attack, double median, ModelAnswers transfer) {
        return new AttackResult(
                victim,
                attack,
                10,
                1,
                median,
                median,
                List.of(),
                List.of(),
                new int[8],
                0,
                ModelAnswers.NONE,
                transfer);
    }

    private static AttackResult result(Victim victim, String attack, double median) {
        return result(victim, attack, median, ModelAnswers.NONE);
    }

    @Test
    void robustnessThatAStrongerAttackDoesNotFindIsApparent() {
        List<AttackResult> rows = List.of(
                result(Victim.NETWORK, "FGSM", 0.1),
                result(Victim.NETWORK, "I-FGSM", 0.02),
                result(Victim.NETWORK, "PGD", 0.01),
                result(Victim.MIXED, "FGSM", 0.3),
                result(Victim.MIXED, "PGD", 0.015),
                result(Victim.MIXED, "PGD, mean gradient", 0.014),
                result(Victim.CACHE, "FGSM", Double.POSITIVE_INFINITY),
                result(Victim.CACHE, "I-FGSM", 0.05),
                result(Victim.CACHE, "PGD", 0.012),
                result(Victim.CACHE, "PGD, mean gradient", 0.009));
        assertThat(GradientMasking.of(rows))
                .extracting(row -> String.format(
                        Locale.ROOT,
                        "%s %.2f %.2f %.2f %.2f %s",
                        row.model().word(),
                        row.fgsm(),
                        row.iterative(),
                        row.pgd(),
                        row.meanGradient(),
                        row.verdict()))
                .containsExactly(
                        "mixed 3.00 NaN 1.50 1.40 partly apparent",
                        "cache Infinity 2.50 1.20 0.90 apparent: gradients vanish");
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
        BitSet wrong = BitSet.valueOf(new long[] {0xff});
        BitSet right = BitSet.valueOf(new long[] {0x80});
        AttackResult result = result(
                Victim.NETWORK,
                "FGSM",
                0.1,
                new ModelAnswers(Map.of(Victim.NETWORK, wrong, Victim.MIXED, right, Victim.CACHE, wrong), 8));
        assertThat(TransferComparison.of(
                        new ModelAnswers(Map.of(Victim.NETWORK, right, Victim.MIXED, right), 8),
                        List.of(result, result(Victim.MIXED, "FGSM", 0.1))))
                .extracting(row -> String.format(
                        Locale.ROOT,
                        "%s of %s %s: %.4f %.4f, p %.2g, %s",
                        row.model().description(),
                        row.attacked(),
                        row.attack(),
                        row.networkAccuracy(),
                        row.cacheAccuracy(),
                        row.gain().p(),
                        row.verdict()))
                .containsExactly(
                        "mixture of none : 0.8750 0.8750, p 1.0, no difference seen",
                        "mixture of network FGSM: 0.0000 0.8750, p 0.016, its cache helps",
                        "cache alone of network FGSM: 0.0000 0.0000, p 1.0, no difference seen");
        assertThat(result.transfer().accuracy(Victim.MIXED)).isEqualTo(0.875);
        assertThat(ModelAnswers.NONE.accuracy(Victim.NETWORK)).isNaN();
    }
}
