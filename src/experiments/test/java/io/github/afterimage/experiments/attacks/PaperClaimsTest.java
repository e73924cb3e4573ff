package io.github.afterimage.experiments.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.github.afterimage.experiments.attacks.PaperClaims.Claim;
import io.github.afterimage.experiments.attacks.PaperClaims.Claim.Verdict;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PaperClaimsTest {
    private static AttackResult result(Victim victim, int changed, double size, double network, double mixed) {
        Map<Victim, BitSet> wrong = Map.of(
                Victim.NETWORK,
                wrong(changed, network),
                Victim.MIXED,
                wrong(changed, mixed),
                Victim.CACHE,
                wrong(changed, mixed));
        return new AttackResult(
                victim,
                "FGSM",
                changed,
                1,
                size,
                size,
                List.of(),
                List.of(),
                new int[changed],
                0,
                new ModelAnswers(wrong, changed),
                ModelAnswers.NONE);
    }

    private static BitSet wrong(int images, double accuracy) {
        BitSet wrong = new BitSet();
        wrong.set((int) Math.round(accuracy * images), images);
        return wrong;
    }

    private static PaperClaims claims(AttackResult... results) {
        return PaperClaims.ofAttacks(List.of(results));
    }

    @Test
    void fewImagesCannotSayWhatManyCan() {
        PaperClaims few = claims(result(Victim.NETWORK, 6, 0.1, 0, 0.5));
        assertThat(few.claims()).extracting(Claim::verdict).containsOnly(Verdict.CANNOT_SAY);
        assertThat(few.claims().get(0).found()).isEqualTo("0.00 % (0.0 to 45.9)");
        assertThat(few.claims().get(1).found()).isEqualTo("50.00 % (11.8 to 88.2)");
        assertThat(few.summary()).isEqualTo("0 of 3 claims hold here, 3 cannot be said with so few images.");

        PaperClaims many = claims(result(Victim.NETWORK, 200, 0.1, 0.02, 0.75));
        assertThat(many.claims()).extracting(Claim::verdict).containsOnly(Verdict.AGREES);
        assertThat(many.summary()).isEqualTo("All 3 claims hold here.");

        PaperClaims unlike = claims(result(Victim.NETWORK, 200, 0.1, 0.3, 0.25));
        assertThat(unlike.claims()).extracting(Claim::verdict).containsOnly(Verdict.CONTRADICTS);
        assertThat(unlike.claims().get(2).verdict().text).isEqualTo("contradicts the paper");
    }

    @Test
    void figuresThatPrintAlikeSayNothing() {
        PaperClaims paper = claims(
                result(Victim.NETWORK, 200, 0.10530, 0.02, 0.5),
                result(Victim.MIXED, 200, 0.10534, 1, 0),
                result(Victim.CACHE, 200, 0.10526, 1, 0),
                result(Victim.CACHE, 200, 0.1054, 1, 0),
                result(Victim.CACHE, 200, 0.1052, 1, 0),
                result(Victim.CACHE, 0, Double.NaN, 0, 0));
        assertThat(paper.claims().subList(3, 8))
                .extracting(Claim::found, Claim::verdict)
                .containsExactly(
                        tuple("0.1053 and 0.1053", Verdict.CANNOT_SAY),
                        tuple("0.1053 and 0.1053", Verdict.CANNOT_SAY),
                        tuple("0.1054 and 0.1053", Verdict.AGREES),
                        tuple("0.1052 and 0.1053", Verdict.CONTRADICTS),
                        tuple("none and 0.1053", Verdict.CANNOT_SAY));
        assertThat(paper.summary())
                .isEqualTo("2 of 8 claims hold here, 1 does not, 5 cannot be said with so few images.");
        assertThat(Claim.ofFigures(1, false, 2, "less", "Figure 4", "").verdict())
                .isEqualTo(Verdict.AGREES);
        assertThat(Claim.ofFigures(2, false, 1, "less", "Figure 4", "").verdict())
                .isEqualTo(Verdict.CONTRADICTS);
    }
}
