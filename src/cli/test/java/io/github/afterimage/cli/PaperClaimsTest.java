package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.github.afterimage.cli.Claim.Verdict;
import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.Robustness.Victim;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is said to agree with the paper. */
class PaperClaimsTest {
    private static Robustness.Row row(Victim victim, int changed, double size, double network, double mixed) {
        Map<Victim, Double> accuracy = Map.of(Victim.NETWORK, network, Victim.MIXED, mixed, Victim.CACHE, mixed);
        return new Robustness.Row(
                victim,
                "FGSM",
                changed,
                changed,
                size,
                size,
                0,
                accuracy,
                Map.of(),
                1,
                List.of(),
                List.of(),
                new int[changed]);
    }

    private static List<String> cells(List<Claim> claims, int claim) {
        return claims.get(claim).cells();
    }

    @Test
    void fewImagesCannotSayWhatManyCan() {
        List<Claim> few = PaperClaims.of(List.of(row(Victim.NETWORK, 6, 0.1, 0, 0.5)));
        assertThat(few).extracting(Claim::verdict).containsOnly(Verdict.CANNOT_SAY);
        assertThat(cells(few, 0)).endsWith("0.00 % (0.0 to 45.9)", "cannot say");
        assertThat(cells(few, 1)).endsWith("50.00 % (11.8 to 88.2)", "cannot say");
        assertThat(PaperClaims.summary(few)).isEqualTo("0 of 3 claims hold here, 3 cannot be said with so few images.");

        List<Claim> many = PaperClaims.of(List.of(row(Victim.NETWORK, 200, 0.1, 0.02, 0.75)));
        assertThat(many).extracting(Claim::verdict).containsOnly(Verdict.AGREES);
        assertThat(PaperClaims.summary(many)).isEqualTo("All 3 claims hold here.");

        List<Claim> unlike = PaperClaims.of(List.of(row(Victim.NETWORK, 200, 0.1, 0.3, 0.25)));
        assertThat(unlike).extracting(Claim::verdict).containsOnly(Verdict.CONTRADICTS);
        assertThat(cells(unlike, 2)).endsWith("contradicts the paper");
    }

    @Test
    void figuresThatReadTheSameSayNothing() {
        List<Claim> claims = PaperClaims.of(List.of(
                row(Victim.NETWORK, 200, 0.10530, 0.02, 0.5),
                row(Victim.MIXED, 200, 0.10534, 1, 0),
                row(Victim.CACHE, 200, 0.10526, 1, 0),
                row(Victim.CACHE, 200, 0.1054, 1, 0),
                row(Victim.CACHE, 200, 0.1052, 1, 0),
                row(Victim.CACHE, 0, Double.NaN, 0, 0)));
        assertThat(claims.subList(3, 8))
                .extracting(Claim::found, Claim::verdict)
                .containsExactly(
                        tuple("0.1053 and 0.1053", Verdict.CANNOT_SAY),
                        tuple("0.1053 and 0.1053", Verdict.CANNOT_SAY),
                        tuple("0.1054 and 0.1053", Verdict.AGREES),
                        tuple("0.1052 and 0.1053", Verdict.CONTRADICTS),
                        tuple("none and 0.1053", Verdict.CANNOT_SAY));
        assertThat(PaperClaims.summary(claims))
                .isEqualTo("2 of 8 claims hold here, 1 does not, 5 cannot be said with so few images.");
        assertThat(Claim.less(1, 2, "less", "Figure 4", "").verdict()).isEqualTo(Verdict.AGREES);
        assertThat(Claim.less(2, 1, "less", "Figure 4", "").verdict()).isEqualTo(Verdict.CONTRADICTS);
    }
}
