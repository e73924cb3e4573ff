package io.github.afterimage.experiments.shift;

import java.util.List;

/**
 * The errors on a stream of images that change again and again.
 *
 * @param phases the kinds of images, in order
 * @param phase the number of images of each
 * @param strength of the corruptions
 * @param every the number of images after which their labels become known
 * @param network the network's errors in each batch of so many images
 * @param memories what keeps the images that arrived
 */
public record StreamErrors(
        List<String> phases, int phase, int strength, int every, int[] network, List<Memory> memories) {
    /**
     * The errors with one memory.
     *
     * @param name what it keeps
     * @param keys the number of its keys in the end
     * @param mixed the mixture's errors in each batch
     * @param clean the number of errors on the clean reported images in the end, with the θ and λ of clean images
     */
    public record Memory(String name, long keys, int[] mixed, int clean) {}

    /**
     * Returns the error rate in a phase.
     *
     * @param errors in each batch
     */
    public double error(int[] errors, int number) {
        int batches = (phase + every - 1) / every;
        int sum = 0;
        for (int batch = number * batches; batch < (number + 1) * batches; batch++) {
            sum += errors[batch];
        }
        return (double) sum / phase;
    }
}
