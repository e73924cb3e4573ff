package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.attacks.Claim.Verdict;
import io.github.afterimage.experiments.jacobian.Jacobians;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The paper's claims about robustness on CIFAR-10, each with a verdict. The paper measured its ResNet32, so its conclusions
 * are compared and not its figures.
 */
public record PaperClaims(List<Claim> claims) {
    private static final Set<String> ATTACKS =
            Set.of(FastGradientSign.NAME, IterativeGradientSign.NAME, SinglePixel.NAME, GaussianBlur.NAME);
    private static final double FOOLED = 0.1;
    private static final double TRANSFERRED = 0.5;

    /** Judges the claims of Tables 2 and 3 that these results allow. */
    public static PaperClaims ofAttacks(List<AttackResult> results) {
        List<Claim> claims = new ArrayList<>();
        for (AttackResult result : results) {
            if (result.victim() == Victim.NETWORK
                    && ATTACKS.contains(result.attack())
                    && result.changed().count() > 0) {
                claims.addAll(transferClaims(result));
            }
        }
        for (AttackResult network : results) {
            for (AttackResult other : results) {
                if (network.victim() == Victim.NETWORK
                        && other.victim() != Victim.NETWORK
                        && ATTACKS.contains(network.attack())
                        && network.attack().equals(other.attack())) {
                    claims.add(Claim.greater(
                            other.sizes().mean(),
                            network.sizes().mean(),
                            "the " + other.victim().description() + " takes a larger change than the network",
                            "Table 3",
                            network.attack()));
                }
            }
        }
        return new PaperClaims(claims);
    }

    /** Judges the claims of Figure 4, which shows smaller Jacobians with a cache. */
    public static PaperClaims ofJacobians(Map<Victim, Jacobians> jacobians) {
        Jacobians network = Objects.requireNonNull(jacobians.get(Victim.NETWORK));
        List<Claim> claims = new ArrayList<>();
        for (Victim victim : List.of(Victim.MIXED, Victim.CACHE)) {
            Jacobians model = Objects.requireNonNull(jacobians.get(victim));
            String name = victim.description();
            claims.add(figure4(model.meanNorm(), network.meanNorm(), "the mean norm is less for the " + name));
            claims.add(figure4(model.medianNorm(), network.medianNorm(), "the median norm is less for the " + name));
            claims.add(Claim.shareAbove(
                    0.5,
                    model.countBelow(network),
                    model.count(),
                    "the norm is less at most images for the " + name,
                    "Figure 4",
                    ""));
        }
        return new PaperClaims(claims);
    }

    private static Claim figure4(double figure, double ofNetwork, String statement) {
        return Claim.less(figure, ofNetwork, statement, "Figure 4", "");
    }

    private static List<Claim> transferClaims(AttackResult result) {
        int count = result.changed().count();
        return List.of(
                Claim.shareBelow(
                        FOOLED,
                        correct(result, Victim.NETWORK),
                        count,
                        "the network is right about less than 10 %",
                        "Table 2",
                        result.attack()),
                transferred(result, Victim.MIXED),
                transferred(result, Victim.CACHE));
    }

    private static Claim transferred(AttackResult result, Victim model) {
        return Claim.shareAbove(
                TRANSFERRED,
                correct(result, model),
                result.changed().count(),
                "the " + model.description() + " is right about more than 50 %",
                "Table 2",
                result.attack());
    }

    private static long correct(AttackResult result, Victim model) {
        return Math.round(result.changed().accuracy(model) * result.changed().count());
    }

    /** Returns the number of claims with each verdict, in a sentence. */
    public String summary() {
        long contradicted = count(Verdict.CONTRADICTS);
        long unsaid = count(Verdict.CANNOT_SAY);
        long agreed = count(Verdict.AGREES);
        return (agreed == claims.size() ? "All " : agreed + " of ")
                + claims.size() + (claims.size() == 1 ? " claim" : " claims")
                + (agreed == 1 ? " holds here" : " hold here")
                + (contradicted == 0 ? "" : ", " + contradicted + (contradicted == 1 ? " does not" : " do not"))
                + (unsaid == 0 ? "" : ", " + unsaid + " cannot be said with so few images")
                + ".";
    }

    /** Returns the number of claims with a verdict. */
    public long count(Verdict verdict) {
        return claims.stream().filter(claim -> claim.verdict() == verdict).count();
    }
}
