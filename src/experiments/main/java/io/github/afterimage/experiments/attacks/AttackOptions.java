package io.github.afterimage.experiments.attacks;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The attacks, and the models that they attack. */
public final class AttackOptions {
    private static final String STRONG = "pgd";

    @Option(
            names = "--attacks",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "fgsm,ifgsm,pixel,blur",
            description = "The attacks, separated by commas: fgsm, ifgsm, pixel and blur (these four by default), pgd.")
    private List<String> names;

    @Option(
            names = "--against",
            split = ",",
            paramLabel = "MODEL",
            defaultValue = "network",
            description = "The models to attack, separated by commas: network (by default), mixed, cache.")
    private List<String> against;

    @Option(
            names = "--values",
            paramLabel = "N",
            defaultValue = "50",
            description =
                    "Number of epsilons that fgsm and ifgsm try, and of widths that blur tries; ${DEFAULT-VALUE} by"
                            + " default, as in the paper.")
    private int values;

    @Option(
            names = "--pgd-count",
            paramLabel = "N",
            description = "Maximum number of images for pgd, which is slow; all by default.")
    private @Nullable Integer strongCount;

    /** Fails on values that no attack takes. */
    public void check() {
        if (values < 1) {
            throw new IllegalArgumentException("--values " + values + ": expected a positive number");
        }
        victims();
        names.forEach(name -> attack(name, null, 1));
    }

    public List<String> names() {
        return names;
    }

    public List<Victim> victims() {
        return against.stream().map(AttackOptions::victim).toList();
    }

    private static Victim victim(String name) {
        return Stream.of(Victim.values())
                .filter(victim -> victim.word().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("--against \"" + name + "\": expected network, mixed or cache"));
    }

    /** Returns true if an attack can also follow the gradient of another model. */
    public static boolean follows(String name) {
        return name.equals(STRONG);
    }

    /** The number of images for an attack, of {@code count} that are drawn. */
    public int count(String name, int count) {
        return follows(name) && strongCount != null ? strongCount : count;
    }

    /** @param followed the model whose gradient pgd follows; null for that of the attacked model */
    public Attack attack(String name, @Nullable Target followed, long seed) {
        return switch (name) {
            case "fgsm" -> new FastGradientSign(values, 0.5);
            case "ifgsm" -> new IterativeGradientSign(values, 10);
            case "pixel" -> new SinglePixel(1000, seed);
            case "blur" -> new GaussianBlur(values);
            case STRONG -> new ProjectedGradient(followed, 0.5, 20, 3, seed);
            default ->
                throw new IllegalArgumentException(
                        "--attacks \"" + name + "\": expected fgsm, ifgsm, pixel, blur or pgd");
        };
    }
}
