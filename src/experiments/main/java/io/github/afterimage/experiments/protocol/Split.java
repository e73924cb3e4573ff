package io.github.afterimage.experiments.protocol;

import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The division of examples into keys, examples that tune θ and λ, and examples to report on.
 *
 * @param keys the keys during tuning
 * @param joining the examples that become keys after tuning, or null
 * @param tuning the examples that tune; they are not keys while they do
 * @param test the examples to report on, which are in no other part
 */
public record Split(Examples keys, @Nullable Examples joining, Examples tuning, Examples test) {

    /**
     * The rule of division.
     *
     * @param heldOut the number of training originals, from the end, that tune and then become keys, as in the paper for
     *     CIFAR; 0 divides the test examples instead, as in the paper for ImageNet: one half tunes, the other is reported on
     * @param seed the seed of the halves
     */
    public record Rule(int heldOut, long seed) {
        /**
         * Divides examples.
         *
         * @param rows the training originals that take part
         * @param given examples that tune in place of others, or null
         * @throws IllegalArgumentException if a part would be empty
         */
        Split of(TrainingSet training, int[] rows, Examples test, @Nullable Examples given) {
            if (given != null) {
                return new Split(training.select(rows), null, given, test);
            }
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

    /** Returns the number of keys during the test. */
    public long finalKeys() {
        return keys.size() + (joining == null ? 0L : joining.size());
    }
}
