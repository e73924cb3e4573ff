package io.github.afterimage.experiments.paper;

import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which examples are keys, which tune θ and λ, and which are reported on.
 *
 * @param keys that are there while tuning
 * @param joining keys that are added after it; null where there are none
 * @param tuning never keys while they tune
 * @param test neither of the others
 */
public record Split(Examples keys, Examples joining, Examples tuning, Examples test) {

    /**
     * How examples are divided.
     *
     * @param heldOut how many of the last training originals tune, and then become keys, as the paper did for CIFAR; 0
     *     divides the test examples instead, as it did for ImageNet: one half tunes, the other is reported on
     * @param seed of the halves
     */
    public record Rule(int heldOut, long seed) {

        /**
         * Divides.
         *
         * @param rows the training originals that take part
         * @throws IllegalArgumentException if nothing would be left for a part
         */
        public Split of(TrainingSet training, int[] rows, Examples test) {
            if (heldOut > 0) {
                if (heldOut >= rows.length) {
                    throw new IllegalArgumentException("--hold-out " + heldOut + " of " + rows.length
                            + " training examples leaves no keys: hold out fewer");
                }
                int kept = rows.length - heldOut;
                Examples held = training.select(Arrays.copyOfRange(rows, kept, rows.length));
                return new Split(training.select(Arrays.copyOf(rows, kept)), held, held, test);
            }
            if (test.size() < 2) {
                throw new IllegalArgumentException("one test example cannot be divided into two halves");
            }
            int[] order =
                    BalancedSample.shuffled(IntStream.range(0, test.size()).toArray(), seed);
            int half = order.length / 2;
            return new Split(
                    training.select(rows),
                    null,
                    test.select(sorted(order, 0, half)),
                    test.select(sorted(order, half, order.length)));
        }

        private static int[] sorted(int[] order, int from, int to) {
            int[] part = Arrays.copyOfRange(order, from, to);
            Arrays.sort(part);
            return part;
        }
    }

    /** How many keys there are when it is reported. */
    public long finalKeys() {
        return keys.size() + (joining == null ? 0L : joining.size());
    }
}
