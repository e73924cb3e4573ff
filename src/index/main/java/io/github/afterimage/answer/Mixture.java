package io.github.afterimage.answer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rule of the paper, equation (3): p = (1 - λ) p_net + λ p_mem.
 *
 * <p>Where the network does not have the last classes, the probability u that the memory gives to all of them is theirs, as the memory
 * divides it, and the others share 1 - u: p(c) = p_mem(c) for a class that only the memory has, (1 - λ)(1 - u) p_net(c) + λ p_mem(c)
 * for another one.
 *
 * <pre>{@code
 * Mixture mixture = new Mixture(60, 0.3);
 * double[] p = mixture.probabilities(new double[] {0.6, 0.4}, new double[] {0.1, 0.9});
 * System.out.println("class " + ArgMax.of(p));
 * }</pre>
 *
 * @param theta sharpness θ of the memory, finite and not negative; θ above 1e9 is treated as 1e9
 * @param lambda weight λ of the memory in 0..1; 1 is the memory alone
 */
public record Mixture(double theta, double lambda) implements AnswerRule {
    /** @throws IllegalArgumentException if a value is out of range */
    public Mixture {
        AnswerRule.check("theta", theta);
        checkLambda(lambda);
    }

    /** @throws IllegalArgumentException if it is not in 0..1 */
    public static void checkLambda(double lambda) {
        if (!(lambda >= 0 && lambda <= 1)) {
            throw new IllegalArgumentException("lambda " + lambda + ": expected 0 to 1");
        }
    }

    /** Computes (1 - λ) p_net + λ p_mem of a class. */
    public double probability(double network, double memory) {
        return (1 - lambda) * network + lambda * memory;
    }

    @Override
    public boolean needsEvidence() {
        return false;
    }

    @Override
    public boolean needsNetwork() {
        return lambda < 1;
    }

    @Override
    public double[] probabilities(double @Nullable [] network, Answer.Row memory) {
        double[] ofMemory = new double[memory.classes()];
        Arrays.setAll(ofMemory, memory::probability);
        return probabilities(network == null ? ofMemory : network, ofMemory);
    }

    /**
     * Computes the probabilities of all classes.
     *
     * @param network {@code (classes)}, or fewer values: the last classes are those that only the memory has
     * @param memory {@code (classes)}
     * @return {@code (classes)}
     */
    public double[] probabilities(double[] network, double[] memory) {
        double unknown = 0;
        for (int c = network.length; c < memory.length; c++) {
            unknown = Math.min(1, unknown + memory[c]); // rounded numbers may add up to more than 1
        }
        double[] mixed = new double[memory.length];
        for (int c = 0; c < mixed.length; c++) {
            double ofNetwork = c >= network.length ? memory[c] : unknown == 0 ? network[c] : (1 - unknown) * network[c];
            mixed[c] = probability(ofNetwork, memory[c]);
        }
        return mixed;
    }
}
